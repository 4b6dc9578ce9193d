"""Background work of identity: forgetting what is over, and making sure revocations are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.service.cleanup import forget_ended
from bridgecore.domains.identity.service.revocation import MARKING, set_marks
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.resources import Resources

KEPT = timedelta(days=30)


async def _forget(resources: Resources, timestamp: int) -> None:
    await forget_ended(resources, KEPT)


JOBS: Sequence[JobSpec] = (JobSpec(name="forget_ended_sessions", run=_forget, cron="40 2 * * *"),)


def consumers(resources: Resources) -> Sequence[Consumer]:
    """Set the marks of revocations again, in case the process that made them could not."""

    async def handle(_: AsyncSession, events: Sequence[Event]) -> None:
        await set_marks(resources, events)

    return (Consumer(name="identity.revocations", handle=handle, types=MARKING),)
