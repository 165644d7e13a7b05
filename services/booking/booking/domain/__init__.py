"""The rules of appointments; pure."""
