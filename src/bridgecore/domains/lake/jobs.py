"""What the lake does at set times (UTC), and when a connection or a tenant has gone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections.events import CONNECTION_REMOVED
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.domains.lake.service import upkeep
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra.jobs import JobSpec, enqueue
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

RETIRE = "lake.retire_connection"

log = structlog.get_logger(__name__)


async def forget_tombstones(resources: Resources, timestamp: int) -> None:
    gone = await upkeep.forget_tombstones(resources.database, utcnow())
    log.info("tombstones_forgotten", count=gone)


async def measure_storage(resources: Resources, timestamp: int) -> None:
    await upkeep.measure_storage(resources.database)


async def retire_connection(resources: Resources, tenant_id: str, connection_id: str) -> None:
    connection = ConnectionRef(UUID(tenant_id), UUID(connection_id))
    emptied = await upkeep.retire_connection(resources.database, connection)
    log.info("connection_retired", connection=connection_id, records=emptied)


JOBS: Sequence[JobSpec] = (
    JobSpec("lake.forget_tombstones", forget_tombstones, cron="20 3 * * *", lock="lake.forget"),
    JobSpec("lake.measure_storage", measure_storage, cron="50 * * * *", lock="lake.storage"),
    JobSpec(RETIRE, retire_connection),
)


def consumers(resources: Resources) -> Sequence[Consumer]:
    async def forget(session: AsyncSession, happened: Sequence[Event]) -> None:
        for event in happened:
            if event.tenant_id is None:
                continue
            if event.type == TENANT_PURGED:
                await upkeep.forget_tenants(session, [event.tenant_id])
            else:
                await enqueue(
                    resources.jobs,
                    session,
                    RETIRE,
                    tenant_id=str(event.tenant_id),
                    connection_id=event.payload["connection_id"],
                )

    return (Consumer("lake.forget", forget, frozenset({TENANT_PURGED, CONNECTION_REMOVED})),)
