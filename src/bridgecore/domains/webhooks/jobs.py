"""Background work: processing events, and forgetting old ones and purged tenants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.domains.webhooks.service import maintenance
from bridgecore.domains.webhooks.service.processing import Processor
from bridgecore.domains.webhooks.service.pulling import Puller
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources


async def forget_webhook_events(resources: Resources, timestamp: int) -> None:
    """Each hour: delete the events that have been kept long enough."""
    await maintenance.forget_old(resources)


JOBS: Sequence[JobSpec] = (
    JobSpec(
        "forget_webhook_events",
        forget_webhook_events,
        cron="25 * * * *",
        attempts=1,
        lock="forget_webhook_events",
    ),
)


def loops(resources: Resources) -> Mapping[str, Callable[[], Awaitable[None]]]:
    async def process() -> None:
        await Processor(resources).run()

    async def pull() -> None:
        await Puller(resources).run()

    return {"webhooks": process, "webhooks.pull": pull}


async def _forget(session: AsyncSession, happened: Sequence[Event]) -> None:
    purged = [event.tenant_id for event in happened if event.tenant_id is not None]
    await maintenance.forget_tenants(session, purged)


def consumers(resources: Resources) -> Sequence[Consumer]:
    return (Consumer("webhooks.forget_tenants", _forget, frozenset({TENANT_PURGED})),)
