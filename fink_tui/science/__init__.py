"""What an alert means to one science or another. Pure: no store, no screen."""
