"""What an alert is. Pure: no network, no database, no screen."""
