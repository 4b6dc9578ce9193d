"""What is announced about the lake: in the transaction that changed it."""

LAKE_CHANGED = "lake.changed"
"""Payload: `connection_id`, `entity`, `first_version`, `last_version`, and counts."""
