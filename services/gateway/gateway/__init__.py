"""The edge: REST from the protos."""
