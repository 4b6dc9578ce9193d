"""What the platform's own parts are using, and what they may forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def database(session: AsyncSession) -> dict[str, Any]:
    """Size in bytes and connections of the database."""
    row = (
        await session.execute(
            text(
                "SELECT current_setting('server_version') AS version,"
                " pg_database_size(current_database()) AS size_bytes,"
                " (SELECT sum(numbackends) FROM pg_stat_database"
                "   WHERE datname = current_database())::int AS connections,"
                " current_setting('max_connections')::int AS max_connections"
            )
        )
    ).one()
    return dict(row._mapping)


async def jobs(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(
        text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
    )
    return {row[0]: row[1] for row in rows}


_TABLES = (
    "usage_logs",
    "usage_hourly",
    "usage_daily",
    "usage_metering",
    "storage_use",
    "error_logs",
    "error_daily",
    "error_groups",
)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete every row of these tenants. Needs a platform session."""
    for table in _TABLES:
        await session.execute(
            text(f"DELETE FROM {table} WHERE tenant_id = ANY(:ids)"),  # noqa: S608 - named above
            {"ids": list(tenant_ids)},
        )
