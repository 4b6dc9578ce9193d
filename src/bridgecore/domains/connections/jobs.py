"""Background work: the purge of deleted tenants, and forgetting whoever is gone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service
from bridgecore.domains.identity.events import MEMBER_REMOVED
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources


async def purge_deleted_tenants(resources: Resources, timestamp: int) -> None:
    await service.purge_deleted_tenants(resources)


JOBS: Sequence[JobSpec] = (
    JobSpec(
        "tenants.purge_deleted", purge_deleted_tenants, cron="40 3 * * *", lock="tenants.purge"
    ),
)


async def _forget(session: AsyncSession, happened: Sequence[Event]) -> None:
    await service.forget_tenants(
        session,
        [
            event.tenant_id
            for event in happened
            if event.type == TENANT_PURGED and event.tenant_id is not None
        ],
    )
    await service.forget_members(
        session,
        [
            (event.tenant_id, UUID(event.payload["membership_id"]))
            for event in happened
            if event.type == MEMBER_REMOVED and event.tenant_id is not None
        ],
    )


def consumers(resources: Resources) -> Sequence[Consumer]:
    return (Consumer("connections.forget", _forget, frozenset({TENANT_PURGED, MEMBER_REMOVED})),)
