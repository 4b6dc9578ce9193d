"""Events on their way through: taken in turn, finished, put off, buried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.models import WebhookEvent


class Finished(NamedTuple):
    """What became of one event. `due_at`: when it is tried again, else None."""

    id: UUID
    status: str
    outcome: str | None = None
    echo: bool = False
    due_at: datetime | None = None
    fault: str | None = None
    reason: str | None = None


async def due_tenants(session: AsyncSession, limit: int) -> list[UUID]:
    """Tenants with events whose time has come, longest due first. Needs a platform session.

    Steps from tenant to tenant along the index, so a backlog of one makes it no slower.
    """
    rows = await session.scalars(
        text(
            """
            WITH RECURSIVE tenant AS (
                (SELECT tenant_id, due_at FROM webhook_events WHERE status = 'pending'
                  ORDER BY tenant_id, due_at LIMIT 1)
                UNION ALL
                SELECT n.tenant_id, n.due_at FROM tenant t CROSS JOIN LATERAL (
                    SELECT e.tenant_id, e.due_at FROM webhook_events e
                     WHERE e.status = 'pending' AND e.tenant_id > t.tenant_id
                     ORDER BY e.tenant_id, e.due_at LIMIT 1) n
            )
            SELECT tenant_id FROM tenant WHERE due_at <= clock_timestamp()
             ORDER BY due_at LIMIT :limit
            """
        ),
        {"limit": limit},
    )
    return list(rows)


async def hold(session: AsyncSession, tenant_id: UUID) -> bool:
    """Be the only one to work on this tenant's events in this transaction, or learn one is not."""
    held = await session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"webhooks:{tenant_id}"},
    )
    return bool(held)


_DUE = text(
    """
    SELECT id FROM (
        SELECT id, row_number() OVER placed AS place, sum(bytes) OVER placed AS total FROM (
            SELECT id, due_at, coalesce(octet_length(payload), 0) AS bytes FROM webhook_events
             WHERE tenant_id = :tenant AND status = 'pending' AND due_at <= clock_timestamp()
             ORDER BY due_at, id LIMIT :limit) AS waiting
        WINDOW placed AS (ORDER BY due_at, id)) AS summed
     WHERE place = 1 OR total <= :bytes
    """
)


async def due(
    session: AsyncSession, tenant_id: UUID, limit: int, most_bytes: int
) -> Sequence[WebhookEvent]:
    """Events whose time has come, in order. Nobody else changes them meanwhile.

    At most `limit`, and no more than `most_bytes` of content beyond the first.
    """
    ids = await session.scalars(_DUE, {"tenant": tenant_id, "limit": limit, "bytes": most_bytes})
    rows = await session.scalars(
        select(WebhookEvent)
        .where(
            WebhookEvent.tenant_id == tenant_id,
            WebhookEvent.id.in_(list(ids)),
            WebhookEvent.status == "pending",
        )
        .order_by(WebhookEvent.due_at, WebhookEvent.id)
        .with_for_update()
    )
    return rows.all()


async def finish(session: AsyncSession, tenant_id: UUID, done: Sequence[Finished]) -> None:
    """Write what became of events, one attempt further."""
    await (await session.connection()).exec_driver_sql(
        """
        UPDATE webhook_events e
           SET status = r.status, outcome = r.outcome, echo = r.echo, fault = r.fault,
               reason = r.reason, due_at = coalesce(r.due_at, e.due_at),
               attempts = least(e.attempts + 1, 30000),
               processed_at = CASE WHEN r.status = 'pending' THEN NULL ELSE clock_timestamp() END
          FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::boolean[], %s::timestamptz[],
                      %s::text[], %s::text[])
               AS r(id, status, outcome, echo, due_at, fault, reason)
         WHERE e.tenant_id = %s AND e.id = r.id
        """,
        (
            [one.id for one in done],
            [one.status for one in done],
            [one.outcome for one in done],
            [one.echo for one in done],
            [one.due_at for one in done],
            [one.fault for one in done],
            [one.reason for one in done],
            tenant_id,
        ),
    )


async def own_writes(
    session: AsyncSession, tenant_id: UUID, since: datetime, until: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Our writes through the gateway that began in a stretch of time: model, ids, times."""
    found = await session.execute(
        text(
            "SELECT request->>'model' AS model, request->'ids' AS ids,"
            " outcome->'ids' AS made, created_at,"
            " coalesce(finished_at, created_at) AS finished_at FROM intents"
            " WHERE tenant_id = :tenant AND kind = 'gateway.write'"
            " AND created_at BETWEEN :since AND :until ORDER BY created_at DESC LIMIT :limit"
        ),
        {"tenant": tenant_id, "since": since, "until": until, "limit": limit},
    )
    return found.all()


async def backlog(session: AsyncSession, tenant_id: UUID | None = None) -> tuple[int, float | None]:
    """How many events wait, and for how many seconds the oldest has. Of all: platform session."""
    found = await session.execute(
        text(
            "SELECT count(*), extract(epoch FROM clock_timestamp() - min(received_at))"
            " FROM webhook_events WHERE status = 'pending'"
            " AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant)"
        ),
        {"tenant": tenant_id},
    )
    count, seconds = found.one()
    return int(count), None if seconds is None else float(seconds)
