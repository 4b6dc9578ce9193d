"""Hints, one row a record however often it is noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.models import LakeHint
from bridgecore.domains.lake.schemas import WaitingHint

CHANNEL = "bridgecore_lake_hints"
"""What is notified when hints are noted; the payload is `tenant_id:connection_id`."""

# in the order of the key, so that two writers of the same records never wait in a ring
_NOTE = text(
    """
    INSERT INTO lake_hints AS h (tenant_id, connection_id, entity, key, deleted)
    SELECT :tenant_id, :connection_id, entity, key, deleted
      FROM unnest(CAST(:entities AS text[]), CAST(:keys AS text[]), CAST(:deleted AS boolean[]))
           AS given (entity, key, deleted)
     ORDER BY entity, key COLLATE "C"
    ON CONFLICT (tenant_id, connection_id, entity, key) DO UPDATE
       SET deleted = excluded.deleted, number = h.number + 1
    """
)
_SETTLE = text(
    """
    DELETE FROM lake_hints h
     USING unnest(CAST(:entities AS text[]), CAST(:keys AS text[]), CAST(:numbers AS bigint[]),
                  CAST(:noted AS timestamptz[])) AS given (entity, key, number, noted_at)
     WHERE h.tenant_id = :tenant_id AND h.connection_id = :connection_id
       AND h.entity = given.entity AND h.key = given.key
       AND h.number = given.number AND h.noted_at = given.noted_at
    RETURNING h.key
    """
)


async def note(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    hints: Mapping[tuple[str, str], bool],
) -> None:
    """Keep hints, by entity and key whether deleted, and wake whoever waits for some."""
    await session.execute(
        _NOTE,
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entities": [entity for entity, _ in hints],
            "keys": [key for _, key in hints],
            "deleted": list(hints.values()),
        },
    )
    await session.execute(
        text("SELECT pg_notify(:channel, :payload)"),
        {"channel": CHANNEL, "payload": f"{tenant_id}:{connection_id}"},
    )


async def waiting(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, limit: int
) -> list[WaitingHint]:
    query = (
        select(LakeHint)
        .where(LakeHint.tenant_id == tenant_id, LakeHint.connection_id == connection_id)
        .order_by(LakeHint.noted_at)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        WaitingHint(row.entity, row.key or None, row.deleted, row.noted_at, row.number)
        for row in await session.scalars(query)
    ]


async def settle(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, hints: Sequence[WaitingHint]
) -> int:
    settled = await session.execute(
        _SETTLE,
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "entities": [hint.entity for hint in hints],
            "keys": [hint.key or "" for hint in hints],
            "numbers": [hint.number for hint in hints],
            "noted": [hint.noted_at for hint in hints],
        },
    )
    return len(settled.all())


async def hinted(session: AsyncSession, limit: int) -> Sequence[tuple[UUID, UUID]]:
    query = (
        select(LakeHint.tenant_id, LakeHint.connection_id)
        .group_by(LakeHint.tenant_id, LakeHint.connection_id)
        .order_by(func.min(LakeHint.noted_at))
        .limit(limit)
    )
    return [(tenant_id, connection_id) for tenant_id, connection_id in await session.execute(query)]
