"""What is forgotten: old tombstones, removed connections, purged tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TENANTS = text(
    "SELECT DISTINCT tenant_id FROM lake_records WHERE deleted_at < :before LIMIT :most"
)
_FORGET = text(
    """
    WITH old AS (
        SELECT connection_id, entity, key FROM lake_records
         WHERE tenant_id = :tenant_id AND deleted_at < :before
         ORDER BY deleted_at LIMIT :most
    ), gone AS (
        DELETE FROM lake_records r USING old
         WHERE r.tenant_id = :tenant_id AND r.connection_id = old.connection_id
           AND r.entity = old.entity AND r.key = old.key
        RETURNING r.connection_id, r.entity, r.size, r.version
    ), counted AS (
        UPDATE lake_entities e SET deleted = e.deleted - d.number, bytes = e.bytes - d.size
          FROM (SELECT connection_id, entity, count(*) AS number, sum(size) AS size
                  FROM gone GROUP BY connection_id, entity) AS d
         WHERE e.tenant_id = :tenant_id AND e.connection_id = d.connection_id
           AND e.entity = d.entity
    ), noted AS (
        UPDATE lake_clocks
           SET forgotten_version =
               greatest(forgotten_version, (SELECT coalesce(max(version), 0) FROM gone))
         WHERE tenant_id = :tenant_id
    )
    SELECT count(*) FROM gone
    """
)
_EMPTY = text(
    """
    UPDATE lake_records
       SET data = '{}', size = pg_column_size(CAST('{}' AS jsonb))
     WHERE tenant_id = :tenant_id AND connection_id = :connection_id AND entity = :entity
       AND key = ANY(CAST(:keys AS text[]))
    """
)
_EMPTIED = text(
    """
    UPDATE lake_entities e
       SET bytes = (SELECT coalesce(sum(size), 0) FROM lake_records r
                     WHERE r.tenant_id = e.tenant_id AND r.connection_id = e.connection_id
                       AND r.entity = e.entity)
     WHERE tenant_id = :tenant_id AND connection_id = :connection_id AND entity = :entity
    """
)
_LEFT = text(
    """
    SELECT key FROM lake_records
     WHERE tenant_id = :tenant_id AND connection_id = :connection_id AND entity = :entity
       AND (deleted_at IS NULL OR data <> '{}')
     ORDER BY key LIMIT :most
    """
)
_TABLES = ("lake_hints", "lake_records", "lake_entities", "lake_clocks")


async def tenants_with_tombstones(
    session: AsyncSession, before: datetime, most: int
) -> Sequence[UUID]:
    """Tenants with tombstones made before a moment. Needs a platform session."""
    return (await session.scalars(_TENANTS, {"before": before, "most": most})).all()


async def forget_tombstones(
    session: AsyncSession, tenant_id: UUID, before: datetime, most: int
) -> int:
    """Delete the oldest tombstones made before a moment: how many. Needs the clock."""
    values = {"tenant_id": tenant_id, "before": before, "most": most}
    return int((await session.execute(_FORGET, values)).scalar_one())


async def not_emptied(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, entity: str, most: int
) -> list[str]:
    """Keys of records that still hold something."""
    values = {"tenant_id": tenant_id, "connection_id": connection_id, "entity": entity}
    return list((await session.scalars(_LEFT, {**values, "most": most})).all())


async def empty(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, entity: str, keys: Sequence[str]
) -> None:
    """Take the content out of records. Needs the clock."""
    values = {"tenant_id": tenant_id, "connection_id": connection_id, "entity": entity}
    await session.execute(_EMPTY, {**values, "keys": list(keys)})


async def count_bytes(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, entity: str
) -> None:
    """Add up anew what an entity takes. Needs the clock."""
    values = {"tenant_id": tenant_id, "connection_id": connection_id, "entity": entity}
    await session.execute(_EMPTIED, values)


async def forget_hints(session: AsyncSession, tenant_id: UUID, connection_id: UUID) -> None:
    await session.execute(
        text("DELETE FROM lake_hints WHERE tenant_id = :tenant_id AND connection_id = :id"),
        {"tenant_id": tenant_id, "id": connection_id},
    )


async def stored_bytes(session: AsyncSession, tenant_id: UUID | None = None) -> dict[UUID, int]:
    """Bytes of records by tenant, of one alone where it is named. Needs a platform session."""
    only = "" if tenant_id is None else "WHERE tenant_id = :tenant_id"
    rows = await session.execute(
        text(
            "SELECT tenant_id, sum(bytes)::bigint AS size FROM lake_entities"  # noqa: S608
            f" {only} GROUP BY tenant_id"
        ),
        {} if tenant_id is None else {"tenant_id": tenant_id},
    )
    return {row.tenant_id: row.size for row in rows}


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete every row of these tenants. Needs a platform session."""
    for table in _TABLES:
        await session.execute(
            text(f"DELETE FROM {table} WHERE tenant_id = ANY(:ids)"),  # noqa: S608 - named above
            {"ids": list(tenant_ids)},
        )
