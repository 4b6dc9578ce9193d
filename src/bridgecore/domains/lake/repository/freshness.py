"""When the records of many connections were last read from their sources."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.lake.models import LakeEntity


async def of_entity(
    session: AsyncSession, entity: str, tenant_id: UUID | None
) -> dict[UUID, datetime]:
    query = select(LakeEntity.connection_id, LakeEntity.seen_at).where(
        LakeEntity.entity == entity, LakeEntity.seen_at.is_not(None)
    )
    if tenant_id is not None:
        query = query.where(LakeEntity.tenant_id == tenant_id)
    rows = await session.execute(query)
    return {row.connection_id: row.seen_at for row in rows if row.seen_at is not None}
