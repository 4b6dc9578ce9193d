"""Background work on Procrastinate: how a job is described, and enqueued with the data.

A domain lists its jobs as `JobSpec`; entrypoints gather the lists. A job runs at least once, so
each must stand being run twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import psycopg
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.infra.db import PLATFORM_ROLE, conninfo
from bridgecore.infra.settings import Settings

RESOURCES = "resources"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One kind of job. `run` gets the process's Resources first, then the job's arguments.

    `cron` (five fields, UTC) makes it periodic; a periodic job's `run` is also given `timestamp`,
    the Unix second it was due. Failures are tried again up to `attempts` times, waiting longer
    each time. Two jobs of one `lock` never run at once.
    """

    name: str
    run: Callable[..., Awaitable[None]]
    cron: str | None = None
    attempts: int = 5
    lock: str | None = None


def build_jobs(settings: Settings, specs: Sequence[JobSpec]) -> App:
    """The job app of one process, knowing every kind of job."""
    url = settings.database_platform_url or settings.database_url
    role = None if settings.database_platform_url else PLATFORM_ROLE
    app = App(
        connector=PsycopgConnector(
            conninfo=conninfo(url, role=role), min_size=1, max_size=4, timeout=10
        ),
        worker_defaults={
            "fetch_job_polling_interval": 5.0,
            "delete_jobs": "successful",
            "shutdown_graceful_timeout": 15.0,
        },
    )
    for spec in specs:
        _register(app, spec)
    return app


def _register(app: App, spec: JobSpec) -> None:
    async def run(context: JobContext, /, **arguments: Any) -> None:
        await spec.run(context.additional_context[RESOURCES], **arguments)

    task = app.task(
        name=spec.name,
        pass_context=True,
        lock=spec.lock,
        retry=RetryStrategy(max_attempts=spec.attempts, exponential_wait=3),
    )(run)
    if spec.cron is not None:
        app.periodic(cron=spec.cron)(cast(Any, task))


async def enqueue(
    jobs: App,
    session: AsyncSession,
    name: str,
    *,
    at: datetime | None = None,
    lock: str | None = None,
    **arguments: Any,
) -> None:
    """Enqueue a job in the transaction of `session`: it runs if, and only if, that commits.

    No `queueing_lock` is taken here: its clash would abort the caller's transaction.
    """
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    if not isinstance(connection, psycopg.AsyncConnection):
        raise TypeError("jobs are enqueued over a psycopg connection")
    await jobs.configure_task(name, schedule_at=at, lock=lock, connection=connection).defer_async(
        **arguments
    )


async def retry(session: AsyncSession, job_id: int) -> None:
    """Put a job that ended badly back in the queue, to be tried at once."""
    await session.execute(
        text(
            "UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = now(),"
            " abort_requested = false WHERE id = :id"
            " AND status IN ('failed', 'cancelled', 'aborted')"
        ),
        {"id": job_id},
    )


async def cancel(session: AsyncSession, job_id: int) -> None:
    """Give up a waiting job."""
    await session.execute(
        text("SELECT procrastinate_cancel_job_v1(:id, false, false)"), {"id": job_id}
    )


async def _reclaim_stalled_jobs(resources: Any, timestamp: int) -> None:
    """Jobs whose worker has died are tried again by another."""
    manager = resources.jobs.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=60):
        await manager.retry_job(job)


# What the mechanism itself needs done, beside the jobs of the domains.
UPKEEP: Sequence[JobSpec] = (
    JobSpec("reclaim_stalled_jobs", _reclaim_stalled_jobs, cron="* * * * *", attempts=1),
)
