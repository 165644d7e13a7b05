"""The promise: the RPCs."""
