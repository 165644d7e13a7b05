"""What only scheduling needs to know."""

from chassis import Settings as Shared


class Settings(Shared):
    memory_mb: int = 256
    """How much of what was read before may be kept in this process."""
