"""Queries of a tenant's end: what is held of it.

They read the database's catalogue instead of other domains' models, which are not ours to know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, column, func, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

# records of how requests were worked on, not of what a tenant has
_MECHANISMS = ("outbox_events", "intents", "idempotency_keys")

_TABLES = text(
    """
    SELECT c.relname AS name, owned.attname AS owner,
           array_agg(a.attname ORDER BY a.attnum) AS columns
      FROM pg_class c
      JOIN pg_attribute owned ON owned.attrelid = c.oid AND NOT owned.attisdropped
       AND owned.attname = CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       AND a.atttypid <> 'bytea'::regtype
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition AND owned.atttypid = 'uuid'::regtype
       AND c.relname <> ALL(CAST(:mechanisms AS text[]))
       AND has_table_privilege(c.oid, 'SELECT')
     GROUP BY c.relname, owned.attname
     ORDER BY c.relname
    """
)


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table with rows of tenants: whose they are is in `owner`. `columns` are those to show."""

    name: str
    owner: str
    columns: tuple[str, ...]


async def tables_of_tenants(session: AsyncSession) -> list[TenantTable]:
    """Every table that carries rows of tenants."""
    rows = await session.execute(_TABLES, {"mechanisms": list(_MECHANISMS)})
    return [TenantTable(row.name, row.owner, tuple(row.columns)) for row in rows]


async def rows_of_tenant(
    session: AsyncSession, found: TenantTable, tenant_id: UUID
) -> AsyncIterator[dict[str, Any]]:
    """The tenant's rows of one table as JSON values, streamed."""
    owner: ColumnElement[UUID] = column(found.owner)
    rows = (
        select(*(column(name) for name in found.columns))
        .select_from(table(found.name))
        .where(owner == tenant_id)
        .subquery("exported")
    )
    query = select(func.to_jsonb(literal_column("exported"), type_=JSONB)).select_from(rows)
    async for row in await session.stream_scalars(query):
        yield row
