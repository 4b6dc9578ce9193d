"""What is announced about usage."""

STORAGE_EXCEEDED = "storage.exceeded"
"""A tenant stores as much as its plan allows; with `used_bytes` and `limit_bytes`."""
