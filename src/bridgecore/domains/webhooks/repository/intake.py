"""Storing what arrived: one statement for the events of many requests, of any tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.schemas import Event

CHANNEL = "bridgecore_webhooks"
"""What is notified when events were stored."""


class Sender(NamedTuple):
    """Where events come from. `credential_id` is None for tokens and for a secret of settings."""

    tenant_id: UUID
    connection_id: UUID
    trust: str
    credential_id: UUID | None


class Row(NamedTuple):
    """One event to be stored; `sender` is its place in the list of senders."""

    id: UUID
    sender: int
    event: Event
    due_at: datetime


class Stored(NamedTuple):
    """`refused`: senders that are valid no more. `known`: ids of rows that were there already."""

    refused: frozenset[int]
    known: frozenset[UUID]


# The platform's role stores for all tenants at once, so nothing but this join stands between a
# row and the wrong tenant: the connection is that tenant's, both are active, and the credential
# has not been revoked since it was looked up. Arrays travel in binary (%b): as text they cost the
# process six times as much to write.
_STORE = """
    WITH allowed AS (
        SELECT g.n, g.tenant_id, g.connection_id, g.trust
          FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::uuid[])
               WITH ORDINALITY AS g(tenant_id, connection_id, trust, credential_id, n)
          JOIN connections c ON c.tenant_id = g.tenant_id AND c.id = g.connection_id
           AND c.is_active
          JOIN tenants t ON t.id = g.tenant_id AND t.status IN ('trial', 'active')
         WHERE g.credential_id IS NULL
            OR EXISTS (SELECT FROM webhook_secrets s
                        WHERE g.trust = 'signed' AND s.id = g.credential_id
                          AND s.connection_id = c.id AND s.revoked_at IS NULL
                          AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp()))
            OR EXISTS (SELECT FROM webhook_addresses a
                        WHERE g.trust = 'address' AND a.id = g.credential_id
                          AND a.connection_id = c.id AND a.revoked_at IS NULL
                          AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp()))
    ), stored AS (
        INSERT INTO webhook_events (
            tenant_id, id, connection_id, trust, source_event_id, model, record_key, operation,
            changed_fields, payload, origin, occurred_at, received_at, due_at)
        SELECT a.tenant_id, r.id, a.connection_id, a.trust, r.source_event_id, r.model,
               r.record_key, r.operation, r.changed_fields::jsonb, r.payload, r.origin,
               r.occurred_at, clock_timestamp(), r.due_at
          FROM unnest(%b::uuid[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[],
                      %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[])
               AS r(id, n, source_event_id, model, record_key, operation, changed_fields,
                    payload, origin, occurred_at, due_at)
          JOIN allowed a USING (n)
         ORDER BY a.connection_id, r.source_event_id
        ON CONFLICT (connection_id, source_event_id) DO NOTHING
        RETURNING id
    )
    SELECT (SELECT array_agg(n::int) FROM allowed), count(*),
           CASE WHEN count(*) < %s THEN array_agg(id) END
      FROM stored
"""


async def store(session: AsyncSession, senders: Sequence[Sender], rows: Sequence[Row]) -> Stored:
    """Insert what is new. Needs a platform session.

    Rows are written in the order of their keys, so two processes with the same events wait for
    each other and do not deadlock. An event that another transaction is storing is waited for:
    it is told as known only once it is committed.
    """
    events = [row.event for row in rows]
    connection = await session.connection()
    found = await connection.exec_driver_sql(
        _STORE,
        (
            [sender.tenant_id for sender in senders],
            [sender.connection_id for sender in senders],
            [sender.trust for sender in senders],
            [sender.credential_id for sender in senders],
            [row.id for row in rows],
            [row.sender + 1 for row in rows],
            [event.source_event_id for event in events],
            [event.model for event in events],
            [event.record_key for event in events],
            [event.operation.value for event in events],
            [_json(event.changed_fields) for event in events],
            [event.payload for event in events],
            [event.origin for event in events],
            [event.occurred_at for event in events],
            [row.due_at for row in rows],
            len(rows),
        ),
    )
    answer: Any = found.one()
    allowed, count, ids = answer[0], answer[1], answer[2]
    refused = frozenset(range(len(senders))) - {n - 1 for n in allowed or ()}
    if count == len(rows):
        return Stored(refused, frozenset())
    new = frozenset(ids or ())
    return Stored(refused, frozenset(row.id for row in rows if row.id not in new))


def _json(names: Sequence[str] | None) -> str | None:
    return None if names is None else msgspec.json.encode(names).decode()


async def notify(session: AsyncSession) -> None:
    """Wake whoever works on events."""
    await session.execute(text(f"NOTIFY {CHANNEL}"))
