"""The SQL of booking."""
