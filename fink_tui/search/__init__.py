"""Fink's REST API."""
