"""Background work: evaluation after events and by the clock, and forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.alerts import service
from bridgecore.domains.identity.events import MEMBER_REMOVED
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources


async def evaluate(resources: Resources, timestamp: int) -> None:
    """What no event tells: schedules that pass, shares that move, windows that end."""
    await service.evaluate_all(resources)


async def forget_old(resources: Resources, timestamp: int) -> None:
    await service.forget_old(resources)


JOBS: Sequence[JobSpec] = (
    JobSpec("alerts.evaluate", evaluate, cron="*/2 * * * *", attempts=1, lock="alerts.evaluate"),
    JobSpec("alerts.forget_old", forget_old, cron="15 3 * * *", lock="alerts.forget_old"),
)


def consumers(resources: Resources) -> Sequence[Consumer]:
    async def watch(_: AsyncSession, happened: Sequence[Event]) -> None:
        await service.evaluate_after(resources, happened)

    async def forget(session: AsyncSession, happened: Sequence[Event]) -> None:
        purged = [
            event.tenant_id
            for event in happened
            if event.type == TENANT_PURGED and event.tenant_id is not None
        ]
        if purged:
            await service.forget_tenants(session, purged)
        for event in happened:
            if event.type == MEMBER_REMOVED and event.tenant_id is not None:
                await service.forget_member(
                    session, event.tenant_id, UUID(event.payload["user_id"])
                )

    return (
        Consumer("alerts.watch", watch, service.triggers(resources)),
        Consumer("alerts.forget", forget, frozenset({TENANT_PURGED, MEMBER_REMOVED})),
    )
