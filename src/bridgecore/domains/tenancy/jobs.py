"""Follows announced changes of tenants, in case the process that made them could not tell."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy import events, service
from bridgecore.domains.tenancy.errors import TenantNotFound
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources

JOBS: Sequence[JobSpec] = ()


def consumers(resources: Resources) -> Sequence[Consumer]:
    async def tell(_: AsyncSession, changes: Sequence[Event]) -> None:
        enforced = resources.settings.rate_limit_enabled
        for tenant_id in {change.tenant_id for change in changes if change.tenant_id}:
            try:
                state = await service.read_state(resources.database, tenant_id, enforced=enforced)
            except TenantNotFound:
                continue  # purged meanwhile
            if not await resources.admission.put_state(state):
                raise ConnectionError("Redis is away; the change is told again later")

    return (Consumer("tenancy.state", tell, frozenset({events.TENANT_STATE_CHANGED})),)
