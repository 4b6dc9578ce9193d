"""Forgetting what is old, and whoever is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import repository
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

KEPT = timedelta(days=90)


async def forget_old(resources: Resources) -> None:
    async with resources.database.platform() as session:
        await repository.forget_old(session, utcnow() - KEPT)


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    await repository.forget_tenants(session, tenant_ids)


async def forget_member(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> None:
    await repository.forget_member(session, tenant_id, user_id)
