"""The SQL of identity, and its keys in Valkey."""
