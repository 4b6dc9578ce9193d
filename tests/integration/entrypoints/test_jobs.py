"""Jobs as staff see them: why one failed, whether it is tried again, and what is announced."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
from sqlalchemy import text

from bridgecore.infra.jobs import (
    JOB_CANCELLED,
    JOB_FAILED,
    JOB_RETRIED,
    RESOURCES,
    JobSpec,
    build_jobs,
    enqueue,
)
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings


async def announced(resources: Resources, job_id: int) -> list[tuple[str, dict[str, Any]]]:
    async with resources.database.platform() as session:
        rows = await session.execute(
            text(
                "SELECT type, payload FROM outbox_events WHERE type LIKE 'job.%'"
                " AND payload ->> 'job_id' = :id ORDER BY sequence"
            ),
            {"id": str(job_id)},
        )
        return [(row.type, row.payload) for row in rows]


async def run_one(resources: Resources, settings: Settings, spec: JobSpec) -> int | None:
    """Enqueue a job, try it once; its id, or None when it was done and so forgotten."""
    jobs = build_jobs(settings, [spec])
    async with jobs.open_async():
        async with resources.database.platform() as session:
            await enqueue(jobs, session, spec.name)
        await work(resources, jobs)
    return await job_of(resources, spec.name)


async def run_now(resources: Resources, settings: Settings, spec: JobSpec) -> None:
    """Try a waiting job without waiting for its time."""
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = :name"),
            {"name": spec.name},
        )
    jobs = build_jobs(settings, [spec])
    async with jobs.open_async():
        await work(resources, jobs)


async def work(resources: Resources, jobs: Any) -> None:
    await jobs.run_worker_async(
        wait=False,
        install_signal_handlers=False,
        listen_notify=False,
        additional_context={RESOURCES: resources},
    )


async def job_of(resources: Resources, name: str) -> int | None:
    async with resources.database.platform() as session:
        found: int | None = await session.scalar(
            text("SELECT id FROM procrastinate_jobs WHERE task_name = :name"), {"name": name}
        )
        return found


async def test_a_job_that_failed_says_why_and_is_tried_again(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    resources: Resources,
    settings: Settings,
) -> None:
    async def fail(_: Resources) -> None:
        raise LookupError("no road to postgresql://robot:planted-Passw0rd@db/x")

    spec = JobSpec(f"fail_{secrets.token_hex(4)}", fail, attempts=1)
    job_id = await run_one(resources, settings, spec)
    assert job_id is not None
    for tries in (1, 2):
        job = (await client.get(f"/admin/jobs/{job_id}", headers=staff_headers)).json()
        assert job["failure"]["kind"] == "LookupError"
        assert job["failure"]["reason"].startswith("no road to postgresql://robot:[redacted]")
        assert job["attempts"] == tries
        assert job["will_retry"] == (tries == 1)
        assert job["status"] == ("todo" if tries == 1 else "failed")
        assert (job["retry_at"] is None) == (tries == 2)
        kind, payload = (await announced(resources, job_id))[-1]
        assert kind == JOB_FAILED
        assert payload["name"] == spec.name
        assert payload["tries"] == tries
        assert payload["final"] == (tries == 2)
        assert "planted" not in str(payload)
        await run_now(resources, settings, spec)


async def test_a_kind_of_job_tells_how_often_it_is_tried(
    client: httpx.AsyncClient, staff_headers: dict[str, str], resources: Resources
) -> None:
    async with resources.database.platform() as session:
        await enqueue(resources.jobs, session, "forget_finished_jobs", timestamp=0)
    job_id = await job_of(resources, "forget_finished_jobs")
    job = (await client.get(f"/admin/jobs/{job_id}", headers=staff_headers)).json()
    assert job["max_attempts"] == 6
    assert job["failure"] is None
    assert not job["will_retry"]
    cancelled = await client.post(f"/admin/jobs/{job_id}/cancel", headers=staff_headers)
    assert cancelled.is_success
    assert job_id is not None
    assert [kind for kind, _ in await announced(resources, job_id)] == [JOB_CANCELLED]


async def test_what_failed_and_then_went_well_leaves_no_trace(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    resources: Resources,
    settings: Settings,
) -> None:
    broken = True

    async def sometimes(_: Resources) -> None:
        if broken:
            raise ValueError

    spec = JobSpec(f"sometimes_{secrets.token_hex(4)}", sometimes, attempts=1)
    job_id = await run_one(resources, settings, spec)
    assert job_id is not None
    await run_now(resources, settings, spec)
    retried = await client.post(f"/admin/jobs/{job_id}/retry", headers=staff_headers)
    assert retried.json()["status"] == "todo"
    assert retried.json()["failure"]["reason"] == "ValueError"
    broken = False
    await run_now(resources, settings, spec)
    assert await job_of(resources, spec.name) is None
    async with resources.database.platform() as session:
        left = await session.scalar(
            text("SELECT count(*) FROM job_failures WHERE job_id = :id"), {"id": job_id}
        )
    assert left == 0
    assert [kind for kind, _ in await announced(resources, job_id)] == [
        JOB_FAILED,
        JOB_FAILED,
        JOB_RETRIED,
    ]


async def test_a_failure_of_the_database_is_told_without_its_statement(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    resources: Resources,
    settings: Settings,
) -> None:
    async def fail(opened: Resources) -> None:
        async with opened.database.platform() as session:
            await session.execute(text("SELECT 1 / CAST(:nothing AS int)"), {"nothing": 0})

    spec = JobSpec(f"fail_{secrets.token_hex(4)}", fail, attempts=1)
    job_id = await run_one(resources, settings, spec)
    job = (await client.get(f"/admin/jobs/{job_id}", headers=staff_headers)).json()
    assert job["failure"]["reason"] == "division by zero"
