"""The rules of people; pure."""
