"""Domain and rows to protobuf, and back where needed: when people work, and what is free."""
