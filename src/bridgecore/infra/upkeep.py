"""What the mechanisms themselves need done at set times, beside the jobs of the domains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from bridgecore.infra import outbox
from bridgecore.infra.idempotency import forget_old_keys
from bridgecore.infra.jobs import JobSpec, forget_failures
from bridgecore.kit.clock import utcnow

EVENTS_KEEP_DAYS = 7

log = structlog.get_logger(__name__)


async def reclaim_stalled_jobs(resources: Any, timestamp: int) -> None:
    """Jobs whose worker has died are tried again by another."""
    manager = resources.jobs.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await manager.retry_job(job)


async def forget_finished_jobs(resources: Any, timestamp: int) -> None:
    """Why jobs failed that are done by now."""
    async with resources.database.platform() as session:
        await forget_failures(session)


async def forget_old_events(resources: Any, timestamp: int) -> None:
    """Events every consumer has passed, and idempotency keys past their time."""
    async with resources.database.platform() as session:
        keys = await forget_old_keys(session)
        events = await outbox.forget_passed(session, utcnow() - timedelta(days=EVENTS_KEEP_DAYS))
    log.info("mechanisms_cleaned", idempotency_keys=keys, events=events)


UPKEEP: Sequence[JobSpec] = (
    JobSpec("reclaim_stalled_jobs", reclaim_stalled_jobs, cron="* * * * *", attempts=1),
    JobSpec("forget_finished_jobs", forget_finished_jobs, cron="20 * * * *"),
    JobSpec("forget_old_events", forget_old_events, cron="10 2 * * *", lock="outbox:cleanup"),
)
