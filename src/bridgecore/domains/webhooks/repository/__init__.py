"""Queries of webhooks."""
