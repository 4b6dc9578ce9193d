"""How fresh one entity is, over every connection at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.repository import freshness as repository


async def freshness(
    session: AsyncSession, entity: str, *, tenant_id: UUID | None = None
) -> dict[UUID, datetime]:
    """When each connection's records of an entity were last read, by connection.

    Of one tenant, or of all of them in a platform session; those never read are left out.
    """
    return await repository.of_entity(session, entity, tenant_id)
