"""Who reads which connection now: taken with a lease, across tenants, in a platform session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "bridgecore_sync"
"""What is notified when something is asked for; the payload is `due` or `cancel:<run id>`."""

# A run still under way without a lease is one whose process died: it is taken up.
_CLAIM = text(
    """
    WITH free AS (
        SELECT p.tenant_id, p.connection_id,
               row_number() OVER (
                   PARTITION BY p.tenant_id ORDER BY least(q.at, p.due_at, p.hinted_at)) AS nth,
               least(q.at, p.due_at, p.hinted_at) AS since
          FROM sync_plans p
          LEFT JOIN (SELECT tenant_id, connection_id, min(requested_at) AS at
                       FROM sync_runs WHERE status IN ('queued', 'running')
                      GROUP BY 1, 2) q
            ON q.tenant_id = p.tenant_id AND q.connection_id = p.connection_id
         WHERE (p.lease_until IS NULL OR p.lease_until < clock_timestamp())
           AND (q.at IS NOT NULL
                OR (p.is_enabled AND p.due_at <= clock_timestamp())
                OR (p.is_enabled AND p.failures = 0 AND p.hinted_at <= clock_timestamp()))
    ), held AS (
        SELECT tenant_id, count(*) AS runs FROM sync_plans
         WHERE lease_until >= clock_timestamp() GROUP BY tenant_id
    ), picked AS (
        SELECT f.tenant_id, f.connection_id FROM free f LEFT JOIN held h USING (tenant_id)
         WHERE f.nth + coalesce(h.runs, 0) <= :per_tenant
         ORDER BY f.nth + coalesce(h.runs, 0), f.since LIMIT :room
    ), locked AS (
        SELECT p.tenant_id, p.connection_id FROM sync_plans p
          JOIN picked USING (tenant_id, connection_id)
         WHERE p.lease_until IS NULL OR p.lease_until < clock_timestamp()
           FOR UPDATE OF p SKIP LOCKED
    )
    UPDATE sync_plans p
       SET lease_token = gen_random_uuid(),
           lease_until = clock_timestamp() + :seconds * interval '1 second'
      FROM locked l
     WHERE p.tenant_id = l.tenant_id AND p.connection_id = l.connection_id
    RETURNING p.tenant_id, p.connection_id, p.lease_token,
              coalesce(p.is_enabled AND p.due_at <= clock_timestamp(), false) AS scheduled,
              p.hinted_at, clock_timestamp() AS now
    """
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One connection taken. `scheduled`: its time has come; `now` is the database's clock."""

    tenant_id: UUID
    connection_id: UUID
    token: UUID
    scheduled: bool
    hinted_at: datetime | None
    now: datetime


async def claim(
    session: AsyncSession, *, room: int, per_tenant: int, lease_seconds: float
) -> list[Claim]:
    """Take at most `room` connections that are due, at most `per_tenant` of one tenant at once.

    Tenants with fewer runs under way come first. What another process is taking is passed over.
    """
    rows = await session.execute(
        _CLAIM, {"room": room, "per_tenant": per_tenant, "seconds": lease_seconds}
    )
    return [
        Claim(
            row.tenant_id, row.connection_id, row.lease_token, row.scheduled, row.hinted_at, row.now
        )
        for row in rows
    ]


async def renew(
    session: AsyncSession, tokens: Sequence[UUID], *, lease_seconds: float
) -> set[UUID]:
    """Keep the leases for longer. Returns those that are still held."""
    rows = await session.scalars(
        text(
            "UPDATE sync_plans"
            " SET lease_until = clock_timestamp() + :seconds * interval '1 second'"
            " WHERE lease_token = ANY(:tokens) RETURNING lease_token"
        ),
        {"seconds": lease_seconds, "tokens": list(tokens)},
    )
    return set(rows)


async def cancelled(session: AsyncSession, run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these runs that a person asked to end."""
    rows = await session.scalars(
        text("SELECT id FROM sync_runs WHERE id = ANY(:ids) AND cancel_requested_at IS NOT NULL"),
        {"ids": list(run_ids)},
    )
    return set(rows)


async def mark_hinted(session: AsyncSession, connections: Sequence[tuple[UUID, UUID]]) -> None:
    """Let a run read what hints wait for."""
    await session.execute(
        text(
            "UPDATE sync_plans p SET hinted_at = clock_timestamp()"
            " FROM unnest(CAST(:tenants AS uuid[]), CAST(:connections AS uuid[]))"
            " AS h(tenant_id, connection_id)"
            " WHERE p.tenant_id = h.tenant_id AND p.connection_id = h.connection_id"
        ),
        {
            "tenants": [tenant_id for tenant_id, _ in connections],
            "connections": [connection_id for _, connection_id in connections],
        },
    )


async def next_due(session: AsyncSession) -> float | None:
    """Seconds until the next connection is due or a dead process's lease ends; None: nothing is."""
    found: float | None = await session.scalar(
        text(
            "SELECT extract(epoch FROM min(greatest(due_at,"
            " coalesce(lease_until, due_at))) - clock_timestamp())::float8"
            " FROM sync_plans WHERE is_enabled AND due_at IS NOT NULL"
        )
    )
    return found


async def wake(session: AsyncSession, payload: str = "due") -> None:
    """Tell the engines, once the transaction has committed."""
    await session.execute(
        text("SELECT pg_notify(:channel, :payload)"),
        {
            "channel": CHANNEL,
            "payload": payload,
        },
    )


async def add_totals(session: AsyncSession, counts: Sequence[tuple[str, str, int]]) -> None:
    """Count `(connector, measure, more)` into the platform's totals."""
    for connector, measure, more in sorted(counts):
        await session.execute(
            text(
                "INSERT INTO sync_totals (connector, measure, value) VALUES (:c, :m, :v)"
                " ON CONFLICT (connector, measure)"
                " DO UPDATE SET value = sync_totals.value + excluded.value"
            ),
            {"c": connector, "m": measure, "v": more},
        )


async def figures(session: AsyncSession) -> dict[str, list[dict[str, Any]]]:
    """What is measured of all connections: totals, and how old each copy is in seconds."""
    totals = await session.execute(text("SELECT connector, measure, value FROM sync_totals"))
    lags = await session.execute(
        text(
            "SELECT p.tenant_id, p.connection_id, p.connector,"
            " extract(epoch FROM clock_timestamp() - p.caught_up_at)::float8 AS seconds,"
            " p.failures"
            " FROM sync_plans p WHERE p.is_enabled"
        )
    )
    return {
        "totals": [dict(row._mapping) for row in totals],
        "lags": [dict(row._mapping) for row in lags],
    }
