"""Queries of records set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import SetAside
from bridgecore.domains.sync.models import SyncSetAside

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=12)


async def put(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str,
    found: Sequence[SetAside],
) -> None:
    """Keep records that could not be had; the wait until the next try doubles each time."""
    await session.execute(
        text(
            "INSERT INTO sync_set_asides AS s"
            " (tenant_id, connection_id, entity, key, reason, retry_at)"
            " SELECT :tenant, :connection, :entity, key, reason, clock_timestamp() + :first"
            " FROM unnest(CAST(:keys AS text[]), CAST(:reasons AS text[])) AS n(key, reason)"
            " ON CONFLICT (tenant_id, connection_id, entity, key) DO UPDATE SET"
            " reason = excluded.reason, attempts = s.attempts + 1, last_at = clock_timestamp(),"
            " retry_at = clock_timestamp()"
            " + least(:longest, :first * power(2, least(s.attempts, 10)))"
        ),
        {
            "tenant": tenant_id,
            "connection": connection_id,
            "entity": entity,
            "keys": [each.key for each in found],
            "reasons": [each.reason.replace("\x00", "\ufffd")[:2000] for each in found],
            "first": FIRST_WAIT,
            "longest": LONGEST_WAIT,
        },
    )


async def settle(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, entity: str, keys: Sequence[str]
) -> None:
    """Forget those that could be had after all, or are gone."""
    await session.execute(
        delete(SyncSetAside).where(
            SyncSetAside.tenant_id == tenant_id,
            SyncSetAside.connection_id == connection_id,
            SyncSetAside.entity == entity,
            SyncSetAside.key.in_(keys),
        )
    )


async def counts(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID | None = None
) -> dict[tuple[UUID, str], int]:
    """How many there are, by connection and entity."""
    query = select(SyncSetAside.connection_id, SyncSetAside.entity, func.count()).where(
        SyncSetAside.tenant_id == tenant_id
    )
    if connection_id is not None:
        query = query.where(SyncSetAside.connection_id == connection_id)
    rows = await session.execute(query.group_by(SyncSetAside.connection_id, SyncSetAside.entity))
    return {(connection, entity): int(count) for connection, entity, count in rows}


async def keys(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, limit: int = 50_000
) -> dict[str, set[str]]:
    """The keys set aside, by entity."""
    rows = await session.execute(
        select(SyncSetAside.entity, SyncSetAside.key)
        .where(SyncSetAside.tenant_id == tenant_id, SyncSetAside.connection_id == connection_id)
        .limit(limit)
    )
    found: dict[str, set[str]] = {}
    for entity, key in rows:
        found.setdefault(entity, set()).add(key)
    return found


async def due(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, limit: int
) -> Sequence[tuple[str, str]]:
    """`(entity, key)` of those to be tried again now."""
    rows = await session.execute(
        select(SyncSetAside.entity, SyncSetAside.key)
        .where(
            SyncSetAside.tenant_id == tenant_id,
            SyncSetAside.connection_id == connection_id,
            SyncSetAside.retry_at <= func.clock_timestamp(),
        )
        .order_by(SyncSetAside.retry_at)
        .limit(limit)
    )
    return [(entity, key) for entity, key in rows]


async def make_due(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    entity: str | None,
    keys: Sequence[str] | None,
) -> int:
    """Let them be tried at the next run. Returns how many."""
    query = update(SyncSetAside).where(
        SyncSetAside.tenant_id == tenant_id, SyncSetAside.connection_id == connection_id
    )
    if entity is not None:
        query = query.where(SyncSetAside.entity == entity)
    if keys is not None:
        query = query.where(SyncSetAside.key.in_(keys))
    changed = await session.execute(query.values(retry_at=func.clock_timestamp()))
    return int(getattr(changed, "rowcount", 0))


async def make_reason_due(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, reason: str
) -> None:
    """Let those be tried at once that were set aside for this reason alone."""
    await session.execute(
        update(SyncSetAside)
        .where(
            SyncSetAside.tenant_id == tenant_id,
            SyncSetAside.connection_id == connection_id,
            SyncSetAside.reason == reason,
            SyncSetAside.retry_at > func.clock_timestamp(),
        )
        .values(retry_at=func.clock_timestamp())
    )


async def page(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    connection_id: UUID | None,
    entity: str | None,
    after: tuple[UUID, str, str] | None,
    limit: int,
) -> Sequence[SyncSetAside]:
    """By connection, entity and key."""
    place = tuple_(SyncSetAside.connection_id, SyncSetAside.entity, SyncSetAside.key)
    query = select(SyncSetAside).where(SyncSetAside.tenant_id == tenant_id)
    if connection_id is not None:
        query = query.where(SyncSetAside.connection_id == connection_id)
    if entity is not None:
        query = query.where(SyncSetAside.entity == entity)
    if after is not None:
        query = query.where(place > after)
    return (await session.scalars(query.order_by(place).limit(limit))).all()
