"""Background work: facts follow the lake, failures are explained, whoever is gone is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation import service
from bridgecore.domains.connections.events import CONNECTION_REMOVED
from bridgecore.domains.lake.events import LAKE_CHANGED
from bridgecore.domains.tenancy.errors import TenantNotFound
from bridgecore.domains.tenancy.events import TENANT_PURGED, TENANT_UPDATED
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)


async def explain_failures(resources: Resources, timestamp: int) -> None:
    explained = await service.explain_failures(resources)
    if explained:
        log.info("failures_explained", executions=explained)


JOBS: Sequence[JobSpec] = (
    JobSpec(
        "automation.explain_failures",
        explain_failures,
        cron="* * * * *",
        attempts=1,
        lock="automation.explain_failures",
    ),
)

_FOLLOWED = frozenset({service.EXECUTION, service.WORKFLOW})


def consumers(resources: Resources) -> Sequence[Consumer]:
    async def follow(_: AsyncSession, happened: Sequence[Event]) -> None:
        tenants = [event for event in happened if event.tenant_id is not None]
        moved = {event.tenant_id for event in tenants if event.type == TENANT_UPDATED}
        changed = {
            event.tenant_id
            for event in tenants
            if event.type == LAKE_CHANGED and event.payload.get("entity") in _FOLLOWED
        }
        for tenant_id in moved | changed:
            assert tenant_id is not None  # looked at above
            with suppress(TenantNotFound):
                if tenant_id in moved:
                    await service.keep_time_zone(resources.database, tenant_id)
                await service.follow(resources.database, tenant_id)

    async def forget(session: AsyncSession, happened: Sequence[Event]) -> None:
        for event in happened:
            if event.tenant_id is None:
                continue
            if event.type == TENANT_PURGED:
                await service.forget_tenants(session, [event.tenant_id])
            elif event.payload.get("connector") == service.N8N:
                server = UUID(event.payload["connection_id"])
                await service.forget_server(session, event.tenant_id, server)

    return (
        Consumer("automation.follow", follow, frozenset({LAKE_CHANGED, TENANT_UPDATED})),
        Consumer("automation.forget", forget, frozenset({TENANT_PURGED, CONNECTION_REMOVED})),
    )
