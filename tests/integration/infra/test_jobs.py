"""Jobs are enqueued with the data, and run at least once."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import text

from bridgecore.infra.jobs import RESOURCES, JobSpec, build_jobs, enqueue
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.tenants import TenantFactory


async def test_a_job_exists_only_if_its_transaction_commits(
    settings: Settings, resources: Resources, tenant_factory: TenantFactory
) -> None:
    ran: list[str] = []

    async def note(_: Resources, word: str) -> None:
        ran.append(word)

    name = f"note_{secrets.token_hex(4)}"
    tenant = await tenant_factory.tenant()
    jobs = build_jobs(settings, [JobSpec(name, note)])
    async with jobs.open_async():
        with pytest.raises(RuntimeError):
            async with resources.database.tenant(tenant.id) as session:
                await enqueue(jobs, session, name, word="lost")
                raise RuntimeError
        async with resources.database.tenant(tenant.id) as session:
            await enqueue(jobs, session, name, word="kept")
        await jobs.run_worker_async(
            wait=False,
            install_signal_handlers=False,
            listen_notify=False,
            additional_context={RESOURCES: resources},
        )
    assert ran == ["kept"]
    async with resources.database.platform() as session:
        left = await session.execute(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name"), {"name": name}
        )
        assert left.scalar_one() == 0
