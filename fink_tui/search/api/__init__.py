"""Fink's REST API as data: its endpoints, their arguments, and what is refused before anything is asked."""
