"""The rules of what the observer does."""
