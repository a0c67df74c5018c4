"""Where and when. Pure."""
