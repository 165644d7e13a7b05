"""The SQL of scheduling."""
