"""Asking a server: politely, with an end to each request, and a sentence for each way in which it can fail."""
