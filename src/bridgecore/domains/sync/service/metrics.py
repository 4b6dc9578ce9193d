"""The Prometheus series of synchronisation.

Runs happen in any process, so what they did is counted in the database and read at a scrape:
whichever process is asked tells the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.sync.repository import claims
from bridgecore.infra.resources import Resources

_EXTENSION = "sync.metrics"


class Figures(Collector):
    """The figures as last read. `by_tenant`: lags by tenant and connection, not the worst alone."""

    def __init__(self, *, by_tenant: bool) -> None:
        self._by_tenant = by_tenant
        self.latest: Mapping[str, list[dict[str, Any]]] = {"totals": [], "lags": []}

    def collect(self) -> Iterator[Metric]:
        yield from self._lags()
        totals = self.latest["totals"]
        runs = CounterMetricFamily(
            "bridgecore_sync_runs", "Synchronisation runs that ended", labels=["connector"]
        )
        records = CounterMetricFamily(
            "bridgecore_sync_records",
            "Records by what became of them",
            labels=["connector", "outcome"],
        )
        for each in totals:
            if each["measure"] == "runs":
                runs.add_metric([each["connector"]], each["value"])
            else:
                outcome = each["measure"].removeprefix("records_")
                records.add_metric([each["connector"], outcome], each["value"])
        yield runs
        yield records

    def _lags(self) -> Iterator[Metric]:
        labels = ["connector", *(["tenant", "connection"] if self._by_tenant else [])]
        lag = GaugeMetricFamily(
            "bridgecore_sync_lag_seconds",
            "How old the copy is" + ("" if self._by_tenant else "; of the oldest"),
            labels=labels,
        )
        failing = GaugeMetricFamily(
            "bridgecore_sync_failing",
            "Connections whose last run failed",
            labels=["connector"],
        )
        oldest: dict[str, float] = {}
        broken: dict[str, int] = {}
        for each in self.latest["lags"]:
            name = each["connector"]
            broken[name] = broken.get(name, 0) + (each["failures"] > 0)
            if each["seconds"] is None:
                continue
            oldest[name] = max(oldest.get(name, 0.0), each["seconds"])
            if self._by_tenant:
                place = [name, str(each["tenant_id"]), str(each["connection_id"])]
                lag.add_metric(place, each["seconds"])
        if not self._by_tenant:
            for name, seconds in oldest.items():
                lag.add_metric([name], seconds)
        for name, count in broken.items():
            failing.add_metric([name], count)
        yield lag
        yield failing


async def measure(session: AsyncSession, resources: Resources) -> None:
    """Read the figures for this process's next scrape. Needs a platform session."""
    figures = resources.extensions.get(_EXTENSION)
    if figures is None:
        figures = Figures(by_tenant=resources.settings.metrics_by_tenant)
        resources.metrics.registry.register(figures)
        resources.extensions[_EXTENSION] = figures
    figures.latest = await claims.figures(session)
