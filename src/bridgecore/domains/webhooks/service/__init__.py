"""Webhooks in: who may send, what was sent, what became of it."""

from bridgecore.domains.webhooks.service.overview import measure_backlog
from bridgecore.domains.webhooks.service.processing import work_once
from bridgecore.domains.webhooks.service.secrets import rotate_secrets

__all__ = ["measure_backlog", "rotate_secrets", "work_once"]
