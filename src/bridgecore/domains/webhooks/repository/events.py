"""Stored events as people read them: lists, dead letters, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, and_, cast, false, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.models import WebhookEvent
from bridgecore.domains.webhooks.schemas import EventStatus, ManyIn


def first_id(moment: datetime) -> UUID:
    """The smallest id an event of this moment can have: ids are in order of time."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


async def page(
    session: AsyncSession,
    tenant_id: UUID | None,
    *,
    model: str | None = None,
    operation: str | None = None,
    status: str | None = None,
    connection_id: UUID | None = None,
    fault: str | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
    models: Sequence[str] | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Sequence[WebhookEvent]:
    """Events newest first: later than `after`, earlier than `before`, of `models` where given.

    `tenant_id` None is every tenant: of dead letters, in a platform session.
    """
    wanted: list[ColumnElement[bool]] = []
    if tenant_id is not None:
        wanted.append(WebhookEvent.tenant_id == tenant_id)
    if model is not None:
        wanted.append(WebhookEvent.model == model)
    if models is not None:
        wanted.append(WebhookEvent.model.in_(models))
    if operation is not None:
        wanted.append(WebhookEvent.operation == operation)
    if status is not None:
        # written out, so that the partial index of dead letters is seen to fit
        wanted.append(
            WebhookEvent.status == text("'dead'")
            if status == EventStatus.DEAD
            else WebhookEvent.status == status
        )
    if connection_id is not None:
        wanted.append(WebhookEvent.connection_id == connection_id)
    if fault is not None:
        wanted.append(WebhookEvent.fault == fault)
    if after is not None:
        wanted.append(WebhookEvent.id > after)
    if before is not None:
        wanted.append(WebhookEvent.id < before)
    rows = await session.scalars(
        select(WebhookEvent)
        .where(*wanted)
        .order_by(WebhookEvent.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def one(session: AsyncSession, tenant_id: UUID, event_id: UUID) -> WebhookEvent | None:
    return await session.get(WebhookEvent, (tenant_id, event_id))


async def updates(
    session: AsyncSession,
    tenant_id: UUID,
    after: UUID,
    models: Sequence[str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """By model: how many of the newest `limit` events after an id, and the latest of them."""
    newest = (
        select(WebhookEvent.id, WebhookEvent.model, WebhookEvent.received_at)
        .where(WebhookEvent.tenant_id == tenant_id, WebhookEvent.id > after)
        .order_by(WebhookEvent.id.desc())
        .limit(limit)
    )
    if models is not None:
        newest = newest.where(WebhookEvent.model.in_(models))
    part = newest.subquery()
    found = await session.execute(
        select(
            part.c.model,
            func.count().label("events"),
            func.max(part.c.received_at).label("last_event_at"),
            # PostgreSQL before 18 has no max() of UUIDs; as text they sort the same
            func.max(cast(part.c.id, Text)).label("last_event_id"),
        )
        .group_by(part.c.model)
        .order_by(func.max(part.c.received_at).desc())
    )
    return found.all()


async def last_by_connection(
    session: AsyncSession, tenant_id: UUID, since: datetime
) -> dict[UUID, tuple[datetime, int]]:
    """By connection: when the last event came and how many came since a moment."""
    found = await session.execute(
        select(
            WebhookEvent.connection_id,
            func.max(WebhookEvent.received_at),
            func.count(),
        )
        .where(WebhookEvent.tenant_id == tenant_id, WebhookEvent.id >= first_id(since))
        .group_by(WebhookEvent.connection_id)
    )
    return {row[0]: (row[1], row[2]) for row in found.all()}


async def dead_count(session: AsyncSession, tenant_id: UUID) -> int:
    found = await session.scalar(
        text("SELECT count(*) FROM webhook_events WHERE tenant_id = :tenant AND status = 'dead'"),
        {"tenant": tenant_id},
    )
    return int(found or 0)


async def dead_reasons(session: AsyncSession, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Dead letters by fault and reason, the commonest first."""
    found = await session.execute(
        text(
            "SELECT fault, reason, count(*) AS events, min(received_at) AS oldest"
            " FROM webhook_events WHERE tenant_id = :tenant AND status = 'dead'"
            " GROUP BY fault, reason ORDER BY count(*) DESC, reason"
        ),
        {"tenant": tenant_id},
    )
    return found.all()


async def retry(session: AsyncSession, tenant_id: UUID | None, wanted: ManyIn, limit: int) -> int:
    """Put dead letters back in line, to be tried at once. Returns how many."""
    return await _change(
        session,
        tenant_id,
        wanted,
        limit,
        status=EventStatus.PENDING,
        attempts=1,
        due_at=func.clock_timestamp(),
        fault=None,
        reason=None,
    )


async def discard(session: AsyncSession, tenant_id: UUID, wanted: ManyIn, limit: int) -> int:
    """Give dead letters up. Returns how many."""
    return await _change(session, tenant_id, wanted, limit, status=EventStatus.DISCARDED)


async def _change(
    session: AsyncSession, tenant_id: UUID | None, wanted: ManyIn, limit: int, **values: Any
) -> int:
    chosen = [WebhookEvent.status == text("'dead'")]
    if tenant_id is not None:
        chosen.append(WebhookEvent.tenant_id == tenant_id)
    if wanted.event_ids is not None:
        chosen.append(WebhookEvent.id.in_(wanted.event_ids) if wanted.event_ids else false())
    if wanted.connection_id is not None:
        chosen.append(WebhookEvent.connection_id == wanted.connection_id)
    if wanted.model is not None:
        chosen.append(WebhookEvent.model == wanted.model)
    if wanted.fault is not None:
        chosen.append(WebhookEvent.fault == wanted.fault)
    part = (
        select(WebhookEvent.tenant_id, WebhookEvent.id)
        .where(*chosen)
        .order_by(WebhookEvent.tenant_id, WebhookEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    result = await session.execute(
        update(WebhookEvent)
        .where(and_(WebhookEvent.tenant_id == part.c.tenant_id, WebhookEvent.id == part.c.id))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


async def tenants(session: AsyncSession) -> list[UUID]:
    """Tenants with events, stepping along the index. Needs a platform session."""
    rows = await session.scalars(
        text(
            """
            WITH RECURSIVE tenant AS (
                (SELECT tenant_id FROM webhook_events ORDER BY tenant_id LIMIT 1)
                UNION ALL
                SELECT (SELECT e.tenant_id FROM webhook_events e
                         WHERE e.tenant_id > t.tenant_id ORDER BY e.tenant_id LIMIT 1)
                  FROM tenant t WHERE t.tenant_id IS NOT NULL
            )
            SELECT tenant_id FROM tenant WHERE tenant_id IS NOT NULL
            """
        )
    )
    return list(rows)


async def forget(
    session: AsyncSession, tenant_id: UUID, before: datetime, limit: int, *, dead: bool
) -> int:
    """Delete events received before a moment that nobody waits for any more."""
    result = await session.execute(
        text(
            "DELETE FROM webhook_events WHERE tenant_id = :tenant AND id IN ("
            " SELECT id FROM webhook_events WHERE tenant_id = :tenant AND id < :before"
            " AND status = ANY(:statuses) ORDER BY id LIMIT :limit)"
        ),
        {
            "tenant": tenant_id,
            "before": first_id(before),
            "statuses": ["dead"] if dead else ["done", "discarded"],
            "limit": limit,
        },
    )
    return int(getattr(result, "rowcount", 0))


async def forget_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """Delete everything of a tenant. Its secrets and addresses go with the connections."""
    for table in ("webhook_events", "webhook_hours", "webhook_secrets", "webhook_addresses"):
        await session.execute(
            text(f"DELETE FROM {table} WHERE tenant_id = :tenant"),  # noqa: S608 - our own names
            {"tenant": tenant_id},
        )
