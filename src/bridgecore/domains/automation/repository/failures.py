"""Failed executions and why they failed, as far as n8n was asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def unexplained(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, limit: int
) -> list[int]:
    """Failed executions nobody has asked n8n about, the newest first."""
    rows = await session.scalars(
        text(
            "SELECT number FROM automation_executions"
            " WHERE tenant_id = :tenant_id AND connection_id = :connection_id"
            " AND failed AND explained_at IS NULL ORDER BY number DESC LIMIT :limit"
        ),
        {"tenant_id": tenant_id, "connection_id": connection_id, "limit": limit},
    )
    return list(rows)


async def connections_with_unexplained(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """(tenant, connection) that have failures to be explained. Needs a platform session."""
    rows = await session.execute(
        text(
            "SELECT tenant_id, connection_id FROM automation_executions"
            " WHERE failed AND explained_at IS NULL GROUP BY 1, 2"
        )
    )
    return [(row.tenant_id, row.connection_id) for row in rows]


async def explain(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    number: int,
    *,
    message: str | None,
    name: str | None,
    node: str | None,
    description: str | None,
    at: datetime,
) -> None:
    await session.execute(
        text(
            "UPDATE automation_executions SET error_message = :message, error_name = :name,"
            " error_node = :node, error_description = :description, explained_at = :at"
            " WHERE tenant_id = :tenant_id AND connection_id = :connection_id"
            " AND number = :number"
        ),
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "number": number,
            "message": message,
            "name": name,
            "node": node,
            "description": description,
            "at": at,
        },
    )
