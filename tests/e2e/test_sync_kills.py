"""kill -9 of workers, API and database at random moments, again and again.

Meanwhile people change two Odoos, pushed events tell of it, runs are asked for and the feed is
followed. In the end nothing that was accepted is lost, nothing was done twice, every run ended, and
both copies equal their sources. `--kills 200` kills so often; a suite has less time.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.embedded import EmbeddedPostgres
from bridgecore.infra.migrate import migrate
from bridgecore.infra.resources import Resources
from bridgecore.infra.server_process import ServerFailed
from bridgecore.infra.settings import Settings
from tests.e2e.changing import (
    ENDED,
    LEADS,
    MODELS,
    PARTNERS,
    Business,
    Copied,
    Pusher,
    Reader,
    until,
)
from tests.e2e.conftest import Platform, company_on, platform_running, simulated

KILLS = 8
WORKERS = 2
VICTIMS = ("worker", "worker", "api", "database", "session")


@dataclass(slots=True)
class Tenant:
    """One company whose Odoo is changed, told of, copied and followed."""

    business: Business
    copied: Copied
    pusher: Pusher
    reader: Reader
    runs: list[str] = field(default_factory=list)

    async def busy(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.business.act()
            await asyncio.sleep(self.business.chance.random() * 0.4)

    async def ask(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            full = self.business.chance.random() < 0.3
            self.runs.append(await self.copied.request(full=full))
            await asyncio.sleep(self.business.chance.random() * 3)


class Killer:
    """Ends what is told, as a power cut would, and starts it again."""

    def __init__(
        self, platform: Platform, postgres: EmbeddedPostgres, chance: random.Random
    ) -> None:
        self.done: Counter[str] = Counter()
        self.given_up = 0
        self._platform = platform
        self._postgres = postgres
        self._chance = chance
        self._api = platform.processes[0]
        self._workers: list[subprocess.Popen[bytes]] = []
        for _ in range(WORKERS):
            self._start_worker()

    def _start_worker(self) -> None:
        self._workers.append(self._platform.start("worker", log="worker.log"))

    async def kill(self) -> None:
        """One of them, at once; what ended by itself since is started again too."""
        for worker in [each for each in self._workers if each.poll() is not None]:
            self.given_up += 1
            self._workers.remove(worker)
            self._platform.processes.remove(worker)
            self._start_worker()
        victim = self._chance.choice(VICTIMS)
        self.done[victim] += 1
        match victim:
            case "worker":
                worker = self._workers.pop(self._chance.randrange(len(self._workers)))
                self._platform.kill(worker)
                self._start_worker()
            case "api":
                self._platform.kill(self._api)
                self._api = await self._platform.serve()
            case "database":
                postmaster = await self._postmaster()
                for each in [postmaster, *postmaster.children(recursive=True)]:
                    with suppress(psutil.NoSuchProcess):  # a session ends on its own at any time
                        each.kill()
                await asyncio.sleep(self._chance.random())
                await until(self._started, "the database", 60)
            case _:
                await self._kill_a_session()

    async def _kill_a_session(self) -> None:
        # PostgreSQL then ends every other and recovers, since memory is shared
        postmaster = await self._postmaster()
        sessions = []
        for each in postmaster.children():
            with suppress(psutil.NoSuchProcess):  # ended since it was listed
                if any("[local]" in part for part in each.cmdline()):
                    sessions.append(each)
        if sessions:
            with suppress(psutil.NoSuchProcess):
                self._chance.choice(sessions).kill()

    async def _postmaster(self) -> psutil.Process:
        # still recovering from the kill before this one, it may not say its process id
        await until(self._started, "the database", 60)
        pid = self._postgres.pid
        assert pid is not None
        return psutil.Process(pid)

    async def _started(self) -> bool:
        try:
            await self._postgres.start()
        except ServerFailed:
            return False
        return True


@asynccontextmanager
async def _installation(
    settings: Settings, folder: Path
) -> AsyncIterator[tuple[EmbeddedPostgres, Settings]]:
    """A database server of its own, which may be killed."""
    async with EmbeddedPostgres(folder) as postgres:
        await asyncio.to_thread(migrate, postgres.url)
        yield postgres, settings.model_copy(update={"database_url": postgres.url})


async def _tenant(
    resources: Resources, http: httpx.AsyncClient, stack: AsyncExitStack, version: int
) -> Tenant:
    odoo = await stack.enter_async_context(simulated(version))
    company = await company_on(resources, http, url=odoo.url, database=next(iter(odoo.databases)))
    copied = Copied(resources, company, http)
    business = Business(odoo, random.Random(version), http)
    await business.create(PARTNERS, 1_000)
    await business.create(LEADS, 300)
    # so that a kill finds runs under way
    odoo.fault("latency", seconds=0.1, jitter=0.1)
    await copied.plan(interval_seconds=60)
    return Tenant(business, copied, await copied.pusher(), Reader(company, http))


async def test_whatever_is_killed_nothing_is_lost_or_done_twice(
    settings: Settings, folder: Path, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(11)
    async with AsyncExitStack() as stack:
        postgres, own = await stack.enter_async_context(_installation(settings, folder / "server"))
        resources = await stack.enter_async_context(open_resources(own))
        platform = await stack.enter_async_context(
            platform_running(own, folder, workers=1, SYNC_ENABLED="true")
        )
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=platform.url, timeout=20))
        tenants = [await _tenant(resources, http, stack, version) for version in (17, 19)]
        killer = Killer(platform, postgres, chance)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            following = [group.create_task(each.reader.follow()) for each in tenants]
            pushing = [group.create_task(each.pusher.push_on(each.business)) for each in tenants]
            working = [
                group.create_task(work(stop))
                for each in tenants
                for work in (each.busy, each.busy, each.ask)
            ]
            for number in range(int(pytestconfig.getoption("--kills") or KILLS)):
                await asyncio.sleep(chance.random() * 3)
                await killer.kill()
                print(f"kill {number + 1}: {dict(killer.done)}, given up {killer.given_up}")
            stop.set()
            await asyncio.gather(*working)
            for each in tenants:
                each.business.finish()
                await each.business.changed.join()
            for each in tenants:
                for run_id in each.runs:
                    assert (await each.copied.ended(run_id))["status"] in ENDED
                await _settled(own, each)
                await each.copied.synchronise()
            async with open_resources(own) as afresh:
                for each in tenants:
                    each.copied.resources = afresh
                    await each.copied.equals(each.business)
                    each.reader.stop.set()
                await asyncio.gather(*following)
                for task in pushing:
                    task.cancel()
                for each in tenants:
                    await each.copied.feed_was_whole(each.reader)
                    await _counted(each)


async def _settled(settings: Settings, tenant: Tenant) -> None:
    """Every pushed event has been worked on."""
    async with open_resources(settings) as resources:

        async def none_waits() -> bool:
            async with resources.database.tenant(tenant.copied.company.tenant_id) as session:
                waiting = await session.scalar(
                    text("SELECT count(*) FROM webhook_events WHERE status = 'pending'")
                )
            return bool(waiting == 0)

        await until(none_waits, "the end of pushed events")


async def _counted(tenant: Tenant) -> None:
    """Events are there once each and had their effect once; the lake's counts are its rows."""
    async with tenant.copied.resources.database.tenant(tenant.copied.company.tenant_id) as session:
        found = await session.execute(text("SELECT source_event_id, status FROM webhook_events"))
        events = found.all()
        received = await session.scalar(text("SELECT sum(received) FROM webhook_hours"))
        states = await session.execute(
            text(
                "SELECT e.entity, e.records, e.deleted, e.archived,"
                " count(*) FILTER (WHERE r.deleted_at IS NULL) AS rows,"
                " count(*) FILTER (WHERE r.deleted_at IS NOT NULL) AS tombstones,"
                " count(*) FILTER (WHERE r.deleted_at IS NULL AND NOT r.is_active) AS hidden,"
                " count(*) - count(DISTINCT r.version) AS twice"
                " FROM lake_entities e JOIN lake_records r USING (tenant_id, connection_id, entity)"
                " GROUP BY 1, 2, 3, 4"
            )
        )
        shown = {row.entity: row for row in states}
        left = await session.scalar(
            text("SELECT count(*) FROM sync_runs WHERE status IN ('queued', 'running')")
        )
    assert left == 0
    stored = Counter(str(row.source_event_id) for row in events)
    assert set(stored.values()) == {1}
    assert set(tenant.pusher.accepted) <= stored.keys()
    assert {row.status for row in events} == {"done"}
    assert received == len(events)
    for model in MODELS:
        row = shown[model]
        assert (row.records, row.deleted, row.archived) == (row.rows, row.tombstones, row.hidden)
        assert row.twice == 0
