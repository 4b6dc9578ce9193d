"""How webhooks go: what receives, what waits, what failed, figures by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter
from bridgecore.domains.webhooks.repository import credentials, events, figures, work
from bridgecore.domains.webhooks.schemas import (
    DeadLetterStats,
    DeadReason,
    Fault,
    HourOut,
    ReceiverOut,
    Statistics,
    WebhookStatus,
)
from bridgecore.domains.webhooks.service import pulling
from bridgecore.domains.webhooks.service.metrics import metrics_of
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

SIGNED_PATH = "/api/webhooks/odoo"
PUSH_PATH = "/api/v1/webhooks/push"
# events that wait longer than this without failing tell of trouble
LATE_SECONDS = 60.0
_REASONS = 20
_CONNECTIONS = 1_000


async def status(session: AsyncSession, resources: Resources, tenant_id: UUID) -> WebhookStatus:
    """Every connection as a receiver, and whether processing keeps up."""
    rows, _ = await connections.list_connections(
        session, ConnectionFilter(tenant_id=tenant_id), 0, _CONNECTIONS
    )
    counts = await credentials.counts(session, tenant_id)
    recent = await events.last_by_connection(session, tenant_id, utcnow() - timedelta(days=1))
    backlog, oldest = await work.backlog(session, tenant_id)
    dead = await events.dead_count(session, tenant_id)
    base = resources.settings.public_url.rstrip("/")
    not_pulled = await pulling.errors_of(resources.redis, tenant_id)
    found = []
    for row in rows:
        secrets, addresses = counts.get(row.id, (0, 0))
        last, count = recent.get(row.id, (None, 0))
        found.append(
            ReceiverOut(
                connection_id=row.id,
                connection=row.name,
                connector=row.connector,
                is_active=row.is_active,
                secrets=secrets,
                addresses=addresses,
                last_event_at=last,
                events_24h=count,
                pull_error=not_pulled.get(row.id),
            )
        )
    said = "ok"
    if dead:
        said = "dead_letters"
    if oldest is not None and oldest > LATE_SECONDS:
        said = "late"
    return WebhookStatus(
        status=said,
        push_address=base + PUSH_PATH,
        signed_address=base + SIGNED_PATH,
        receivers=found,
        backlog=backlog,
        oldest_seconds=oldest,
        dead=dead,
    )


async def statistics(
    session: AsyncSession, tenant_id: UUID, hours: int, connection_id: UUID | None
) -> Statistics:
    """Figures of the last `hours`, the current one among them."""
    now = utcnow()
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    rows = await figures.by_hour(session, tenant_id, since, connection_id)
    return Statistics(
        since=since, total=_hour(since, rows), hours=[_hour(row.hour, [row]) for row in rows]
    )


async def dead_letters(session: AsyncSession, tenant_id: UUID) -> DeadLetterStats:
    """How many dead letters there are, whose fault, and why."""
    rows = await events.dead_reasons(session, tenant_id)
    of = {fault: sum(row.events for row in rows if row.fault == fault) for fault in Fault}
    return DeadLetterStats(
        total=sum(row.events for row in rows),
        of_source=of[Fault.SOURCE],
        of_ours=of[Fault.OURS],
        oldest=min((row.oldest for row in rows), default=None),
        reasons=[
            DeadReason(
                fault=row.fault or Fault.OURS,
                reason=row.reason or "",
                events=row.events,
                oldest=row.oldest,
            )
            for row in rows[:_REASONS]
        ],
    )


async def measure_backlog(session: AsyncSession, resources: Resources) -> None:
    """Set the backlog's gauge of this process. Needs a platform session."""
    count, _ = await work.backlog(session)
    metrics_of(resources).backlog.set(count)


def _hour(hour: datetime, rows: Sequence[Row[Any]]) -> HourOut:
    sums = {name: sum(getattr(row, name) for row in rows) for name in figures.COUNTS}
    lag = sums.pop("lag_ms_sum")
    done = sums["applied"] + sums["removed"] + sums["hinted"]
    return HourOut(
        hour=hour,
        **sums,
        mean_lag_ms=round(lag / done, 1) if done else None,
        max_lag_ms=max((row.lag_ms_max for row in rows), default=0),
    )
