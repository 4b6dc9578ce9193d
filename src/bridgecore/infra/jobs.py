"""Background work on Procrastinate: how a job is described, and enqueued with the data.

A domain lists its jobs as `JobSpec`; entrypoints gather the lists. A job runs at least once, so
each must stand being run twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy import BigInteger, Integer, String, Text, func, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import PLATFORM_ROLE, Base, conninfo
from bridgecore.infra.outbox import announce
from bridgecore.infra.reporting import TRACING
from bridgecore.infra.settings import Settings
from bridgecore.infra.telemetry import redact

RESOURCES = "resources"
LONGEST_REASON = 2000
# a try of a job ended badly; `final`: it is not tried again by itself
JOB_FAILED = "job.failed"
JOB_RETRIED = "job.retried"
JOB_CANCELLED = "job.cancelled"

log = structlog.get_logger(__name__)


class JobFailure(Base):
    """Why the last try of a job ended badly; forgotten with the job, or when a try goes well."""

    __tablename__ = "job_failures"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


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
        resources = context.additional_context[RESOURCES]
        job = context.job
        tracing = resources.extensions.get(TRACING)
        try:
            with nullcontext() if tracing is None else tracing.job(spec.name):
                await spec.run(resources, **arguments)
        except Exception as error:
            if job.id is not None:
                await _note_failure(resources, job.id, spec, job.attempts + 1, error)
            raise
        if job.attempts and job.id is not None:
            async with resources.database.platform() as session:
                await forget_failures(session, job.id)

    task = app.task(
        name=spec.name,
        pass_context=True,
        lock=spec.lock,
        retry=RetryStrategy(max_attempts=spec.attempts, exponential_wait=3),
    )(run)
    if spec.cron is not None:
        app.periodic(cron=spec.cron)(cast(Any, task))


def reason_of(error: BaseException) -> str:
    """What went wrong, in words for staff: without secrets, SQL or values of rows."""
    if isinstance(error, DBAPIError):
        # its own text repeats the statement and what was bound
        diagnosis = getattr(error.orig, "diag", None)
        told = getattr(diagnosis, "message_primary", None) or type(error.orig).__name__
    elif isinstance(error, BaseExceptionGroup):
        told = "; ".join(reason_of(each) for each in error.exceptions)
    else:
        told = str(error) or type(error).__name__
    cleaned: str = redact(told.replace("\x00", ""))
    return cleaned[:LONGEST_REASON]


async def _note_failure(
    resources: Any, job_id: int, spec: JobSpec, tries: int, failure: Exception
) -> None:
    kind, reason = type(failure).__name__, reason_of(failure)
    try:
        async with resources.database.platform() as session:
            await session.execute(
                text(
                    "INSERT INTO job_failures (job_id, tries, kind, reason)"
                    " VALUES (:job_id, :tries, :kind, :reason) ON CONFLICT (job_id) DO UPDATE"
                    " SET tries = excluded.tries, kind = excluded.kind, reason = excluded.reason,"
                    " failed_at = clock_timestamp()"
                ),
                {"job_id": job_id, "tries": tries, "kind": kind[:100], "reason": reason},
            )
            await announce(
                session,
                JOB_FAILED,
                {
                    "job_id": job_id,
                    "name": spec.name,
                    "reason": reason,
                    "tries": tries,
                    "final": tries > spec.attempts,
                },
            )
    except Exception as error:
        # the job's own error is the one that counts
        log.warning("job_failure_not_noted", job=job_id, error=type(error).__name__)


async def forget_failures(session: AsyncSession, job_id: int | None = None) -> None:
    """Forget why a job failed; of every job that is gone without one."""
    await session.execute(
        text("DELETE FROM job_failures WHERE job_id = :job_id").bindparams(job_id=job_id)
        if job_id is not None
        else text(
            "DELETE FROM job_failures f WHERE NOT EXISTS"
            " (SELECT FROM procrastinate_jobs j WHERE j.id = f.job_id)"
        )
    )


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
    await announce(session, JOB_RETRIED, {"job_id": job_id})


async def cancel(session: AsyncSession, job_id: int) -> None:
    """Give up a waiting job."""
    await session.execute(
        text("SELECT procrastinate_cancel_job_v1(:id, false, false)"), {"id": job_id}
    )
    await announce(session, JOB_CANCELLED, {"job_id": job_id})
