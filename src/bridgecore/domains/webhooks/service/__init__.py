"""Webhooks in: who may send, what was sent, what became of it."""

from bridgecore.domains.webhooks.service.secrets import rotate_secrets

__all__ = ["rotate_secrets"]
