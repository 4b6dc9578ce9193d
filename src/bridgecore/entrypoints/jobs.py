"""Background jobs for staff: what waits, runs and failed; trying again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from sqlalchemy import text

from bridgecore.domains.audit import service as audit
from bridgecore.domains.audit.service import audited
from bridgecore.entrypoints.rooms import job_specs
from bridgecore.infra import jobs
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.problems import Conflict, NotFound
from bridgecore.infra.telemetry import redact
from bridgecore.infra.web import Feed, Output, SessionDep
from bridgecore.kit.cursors import decode_cursor, encode_cursor

router = APIRouter(prefix="/admin/jobs", tags=["jobs"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("jobs:read"))]
Writer = Annotated[Actor, Depends(requires_staff("jobs:write"))]
JobId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_CURSOR = "jobs"
_SHOWN = (
    "id",
    "name",
    "status",
    "attempts",
    "lock",
    "scheduled_at",
    "created_at",
    "changed_at",
)


class JobStatus(StrEnum):
    """`todo` waits, for its time or for a worker. Finished jobs are not kept."""

    TODO = "todo"
    DOING = "doing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


class JobFailureOut(Output):
    """Why the last try ended badly."""

    kind: str = Field(description="The name of the exception.")
    reason: str
    failed_at: datetime


class JobOut(Output):
    id: int
    name: str
    status: str
    attempts: int = Field(description="Tries that have ended.")
    max_attempts: int | None = Field(description="Tries in all; null: a kind no longer known.")
    will_retry: bool = Field(description="It failed, and is tried again by itself.")
    retry_at: datetime | None = Field(description="When it is tried again, if it is.")
    failure: JobFailureOut | None = None
    arguments: dict[str, Any]
    lock: str | None
    scheduled_at: datetime | None
    created_at: datetime | None
    changed_at: datetime | None


class PeriodicJobOut(Output):
    """A job that runs by itself. `last_due` is the last time it was, null before the first."""

    name: str
    cron: str
    last_due: datetime | None


class JobCounts(Output):
    todo: int = 0
    doing: int = 0
    failed: int = 0
    cancelled: int = 0
    aborted: int = 0
    workers: int = 0


_JOBS = """
    SELECT j.id, j.task_name AS name, j.status::text AS status, j.attempts, j.args AS arguments,
           j.lock, j.scheduled_at, f.kind, f.reason, f.failed_at,
           (SELECT min(at) FROM procrastinate_events e WHERE e.job_id = j.id) AS created_at,
           (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id) AS changed_at
      FROM procrastinate_jobs j LEFT JOIN job_failures f ON f.job_id = j.id
"""


@router.get("", summary="Jobs that wait, run or failed")
async def list_jobs(
    actor: Reader,
    session: SessionDep,
    status: JobStatus | None = None,
    name: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Feed[JobOut]:
    before = None if cursor is None else decode_cursor(_CURSOR, cursor, [int])[0]
    rows = (
        await session.execute(
            text(
                _JOBS + " WHERE (CAST(:status AS text) IS NULL OR j.status::text = :status)"
                " AND (CAST(:name AS text) IS NULL OR j.task_name = :name)"
                " AND (CAST(:before AS bigint) IS NULL OR j.id < :before)"
                " AND j.status::text = ANY(:shown)"
                " ORDER BY j.id DESC LIMIT :limit"
            ),
            {
                "status": status,
                "name": name,
                "before": before,
                "shown": [each.value for each in JobStatus],
                "limit": limit + 1,
            },
        )
    ).all()
    more = len(rows) > limit
    most = _most_attempts()
    return Feed(
        items=[_out(row, most) for row in rows[:limit]],
        next_cursor=encode_cursor(_CURSOR, [rows[limit - 1].id]) if more else None,
    )


@router.get("/counts", summary="How many jobs are in each state, and how many workers there are")
async def count_jobs(actor: Reader, session: SessionDep) -> JobCounts:
    rows = await session.execute(
        text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
    )
    counts = {status: number for status, number in rows if status in JobCounts.model_fields}
    workers = await session.scalar(
        text(
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - interval '1 minute'"
        )
    )
    return JobCounts(**counts, workers=workers or 0)


@router.get("/periodic", summary="Jobs that run by themselves")
async def list_periodic(actor: Reader, session: SessionDep) -> list[PeriodicJobOut]:
    rows = await session.execute(
        text(
            "SELECT task_name, max(defer_timestamp) FROM procrastinate_periodic_defers"
            " GROUP BY task_name"
        )
    )
    last = {row[0]: row[1] for row in rows}
    return [
        PeriodicJobOut(
            name=spec.name,
            cron=spec.cron,
            last_due=datetime.fromtimestamp(last[spec.name], UTC) if spec.name in last else None,
        )
        for spec in sorted(job_specs(), key=lambda spec: spec.name)
        if spec.cron is not None
    ]


@router.get("/{job_id}", summary="One job")
async def get_job(actor: Reader, session: SessionDep, job_id: JobId) -> JobOut:
    return await _job(session, job_id)


@router.post("/{job_id}/retry", summary="Try a failed job again")
@audited("job.retried")
async def retry_job(actor: Writer, session: SessionDep, job_id: JobId) -> JobOut:
    job = await _job(session, job_id)
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.ABORTED):
        raise Conflict(f"This job is {job.status}; only one that ended badly can be tried again.")
    await jobs.retry(session, job_id)
    await audit.record(
        session,
        actor,
        "job.retried",
        target_type="job",
        target_id=job_id,
        changes={"name": job.name},
    )
    return await _job(session, job_id)


@router.post("/{job_id}/cancel", summary="Give up a waiting job")
@audited("job.cancelled")
async def cancel_job(actor: Writer, session: SessionDep, job_id: JobId) -> JobOut:
    job = await _job(session, job_id)
    if job.status != JobStatus.TODO:
        raise Conflict(f"This job is {job.status}; only a waiting one can be given up.")
    await jobs.cancel(session, job_id)
    await audit.record(
        session,
        actor,
        "job.cancelled",
        target_type="job",
        target_id=job_id,
        changes={"name": job.name},
    )
    return await _job(session, job_id)


async def _job(session: SessionDep, job_id: int) -> JobOut:
    row = (await session.execute(text(_JOBS + " WHERE j.id = :id"), {"id": job_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such job; finished ones are not kept.")
    return _out(row, _most_attempts())


def _out(row: Any, most: Mapping[str, int]) -> JobOut:
    failed = row.reason is not None
    will_retry = failed and row.status == JobStatus.TODO
    return JobOut(
        **{name: getattr(row, name) for name in _SHOWN},
        arguments=redact(row.arguments),
        max_attempts=most.get(row.name),
        will_retry=will_retry,
        retry_at=row.scheduled_at if will_retry else None,
        failure=JobFailureOut(kind=row.kind, reason=row.reason, failed_at=row.failed_at)
        if failed
        else None,
    )


def _most_attempts() -> dict[str, int]:
    return {spec.name: spec.attempts + 1 for spec in job_specs()}
