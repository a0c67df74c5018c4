"""Alerts coming in, from Kafka."""
