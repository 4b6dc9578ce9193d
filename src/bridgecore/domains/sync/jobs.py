"""Background work of synchronisation beside the engine, and what follows from others' events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections.events import (
    CONNECTION_CHANGED,
    CONNECTION_CREATED,
    CONNECTION_REMOVED,
)
from bridgecore.domains.sync import service
from bridgecore.domains.sync.service import following
from bridgecore.domains.tenancy.events import TENANT_PURGED, TENANT_STATE_CHANGED
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources


async def compare_daily(resources: Resources, timestamp: int) -> None:
    """Compare every copy with its source, a seventh of the content with it."""
    async with resources.database.platform() as session:
        await service.ask_for_all(session, "parity", {"content": "rolling"})


async def clean_up(resources: Resources, timestamp: int) -> None:
    async with resources.database.platform() as session:
        await service.ensure_plans(session)
        await service.forget_old(session)
        await service.forget_old_reports(session)


JOBS: Sequence[JobSpec] = (
    JobSpec("sync.compare_daily", compare_daily, cron="20 1 * * *", lock="sync.compare"),
    JobSpec("sync.clean_up", clean_up, cron="50 2 * * *", lock="sync.clean_up"),
)


async def _follow(session: AsyncSession, happened: Sequence[Event]) -> None:
    for event in happened:
        if event.tenant_id is None:
            continue
        if event.type == TENANT_PURGED:
            await following.forget_tenants(session, [event.tenant_id])
            continue
        if event.type == TENANT_STATE_CHANGED:
            await following.tenant_changed(session, event.tenant_id)
            continue
        connection_id = UUID(event.payload["connection_id"])
        if event.type == CONNECTION_REMOVED:
            await following.forget_connections(session, [(event.tenant_id, connection_id)])
        elif event.type == CONNECTION_CREATED:
            await service.ensure_plan(
                session, event.tenant_id, connection_id, event.payload["connector"]
            )
        else:
            await following.connection_changed(session, event.tenant_id, connection_id)


def consumers(resources: Resources) -> Sequence[Consumer]:
    types = {
        CONNECTION_CREATED,
        CONNECTION_CHANGED,
        CONNECTION_REMOVED,
        TENANT_PURGED,
        TENANT_STATE_CHANGED,
    }
    return (Consumer("sync.follow", _follow, frozenset(types)),)


def loops(resources: Resources) -> Mapping[str, Callable[[], Awaitable[None]]]:
    if not resources.settings.sync_enabled:
        return {}

    async def engine() -> None:
        await service.Engine(resources).run()

    return {"sync": engine}
