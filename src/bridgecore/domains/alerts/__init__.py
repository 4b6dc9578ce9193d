"""Alerts: rules, what fires by them, and who is told."""
