"""The rules of the catalog."""
