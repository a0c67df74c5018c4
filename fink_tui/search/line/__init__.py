"""The line that an observer types: reading it, what it asks for, and what may stand in it."""
