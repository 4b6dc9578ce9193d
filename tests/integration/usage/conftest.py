"""Requests for these tests: records as the middleware makes them, and a log of the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bridgecore.domains.usage import service
from bridgecore.domains.usage.service import UsageRecorder
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.db import Database
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import Metrics
from tests.factories.usage import fill_usage


def record(tenant_id: UUID | None, **given: Any) -> RequestRecord:
    """A finished request, as the middleware hands it to the recorder."""
    made = RequestRecord("POST", "/api/v1/odoo/read", uuid4().hex, "192.0.2.1")
    made.route = made.path
    made.tenant_id = tenant_id
    made.actor_kind = "member"
    made.status = 200
    made.duration_ms = 5.0
    for name, value in given.items():
        setattr(made, name, value)
    return made


class MakeRecorder(Protocol):
    def __call__(
        self, on: Database | None = None, **options: Any
    ) -> tuple[UsageRecorder, Metrics]: ...


@pytest.fixture
def make_recorder(resources: Resources) -> MakeRecorder:
    """Recorders of their own, as further processes would have them."""

    def make(on: Database | None = None, **options: Any) -> tuple[UsageRecorder, Metrics]:
        alone = replace(resources, database=on or resources.database, metrics=Metrics())
        return UsageRecorder(alone, **options), alone.metrics

    return make


@dataclass(frozen=True, slots=True)
class Past:
    """Five days of requests long ago, which no other test writes to."""

    start: datetime
    end: datetime
    tenants: list[UUID]


@pytest.fixture(scope="session")
async def past(resources: Resources, tenant_factory: Any) -> Past:
    """Days 1 and 2 have figures of days and hours, day 3 of hours alone, 4 and 5 none."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=40
    )
    tenants = [(await tenant_factory.tenant()).id for _ in range(5)]
    async with resources.database.platform() as session:
        # figures that a test of the jobs made of these days while they were empty
        await session.execute(
            text("DELETE FROM usage_rollups WHERE start >= :start AND start < :end"),
            {"start": start, "end": start + timedelta(days=5)},
        )
        await fill_usage(
            session, tenants, rows=6000, start=start, end=start + timedelta(days=5), seed=11
        )
        # staff are in the log, but in no figures
        await fill_usage(
            session, [None], rows=300, start=start, end=start + timedelta(days=5), seed=12
        )
    for hour in range(72):
        await service.make_figures(resources.database, "hour", start + timedelta(hours=hour))
    for day in range(2):
        await service.make_figures(resources.database, "day", start + timedelta(days=day))
    return Past(start, start + timedelta(days=5), tenants)


def dropped(metrics: Metrics, reason: str) -> float:
    """How many records were dropped for a reason, as the metrics tell."""
    value = metrics.registry.get_sample_value("bridgecore_usage_dropped_total", {"reason": reason})
    return value or 0.0
