"""The Prometheus series of webhooks, in the registry of their process."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from bridgecore.infra.resources import Resources

_EXTENSION = "webhooks.metrics"


class WebhookMetrics:
    """What came in and what became of it, in events."""

    def __init__(self, resources: Resources) -> None:
        registry = resources.metrics.registry
        self.received = Counter(
            "bridgecore_webhook_events_total",
            "Events of webhooks by how they were answered",
            ["result"],
            registry=registry,
        )
        self.processed = Counter(
            "bridgecore_webhook_processed_total",
            "Events of webhooks by what they led to",
            ["outcome"],
            registry=registry,
        )
        self.backlog = Gauge(
            "bridgecore_webhook_backlog", "Events that wait to be processed", registry=registry
        )
        self.lag = Histogram(
            "bridgecore_webhook_lag_seconds",
            "From the acceptance of an event to its effect",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
            registry=registry,
        )
        self.storing = Histogram(
            "bridgecore_webhook_store_batch",
            "Events stored by one statement",
            buckets=(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500),
            registry=registry,
        )


def metrics_of(resources: Resources) -> WebhookMetrics:
    """The series of this process, made once."""
    found: WebhookMetrics | None = resources.extensions.get(_EXTENSION)
    if found is None:
        found = resources.extensions[_EXTENSION] = WebhookMetrics(resources)
    return found
