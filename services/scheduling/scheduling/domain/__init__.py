"""Time as masks of minutes; pure."""
