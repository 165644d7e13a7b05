"""The hand-written routes."""
