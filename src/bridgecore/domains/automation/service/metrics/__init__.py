"""Figures of clients and workflows over any period."""

from bridgecore.domains.automation.service.metrics.asked import Asked
from bridgecore.domains.automation.service.metrics.client import client_metrics
from bridgecore.domains.automation.service.metrics.overview import overview
from bridgecore.domains.automation.service.metrics.workflows import savings_of, workflow_metrics

__all__ = ["Asked", "client_metrics", "overview", "savings_of", "workflow_metrics"]
