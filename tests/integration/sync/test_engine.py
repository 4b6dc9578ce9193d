"""Who reads what, when: leases, fairness, being taken over, following connections' lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bridgecore.domains.connections import events as connection_events
from bridgecore.domains.connections import service as connections
from bridgecore.domains.sync import jobs
from bridgecore.domains.sync.errors import LeaseLost
from bridgecore.domains.sync.repository import claims
from bridgecore.domains.sync.service import Engine
from bridgecore.domains.sync.service.reading import read_entity
from bridgecore.domains.sync.service.run import Gates, Run
from bridgecore.domains.sync.service.running import open_run
from bridgecore.domains.sync.service.sources import Sources
from bridgecore.infra.outbox import Event
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.factories.waiting import until
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo


async def _make_plans(resources: Resources, tenants: Sequence[UUID], each: int) -> None:
    async with resources.database.platform() as session:
        await session.execute(text("UPDATE sync_plans SET due_at = NULL, hinted_at = NULL"))
        await session.execute(
            text("UPDATE sync_runs SET status = 'cancelled' WHERE status IN ('queued', 'running')")
        )
        for tenant_id in tenants:
            for _ in range(each):
                await session.execute(
                    text(
                        "INSERT INTO sync_plans (tenant_id, connection_id, connector,"
                        " interval_seconds, sweep_seconds, delete_share, delete_floor, due_at)"
                        " VALUES (:t, :c, 'odoo', 60, 60, 0.2, 50, now())"
                    ),
                    {"t": tenant_id, "c": uuid4()},
                )


async def _opened(copy: Copy, claim: claims.Claim, *, ahead: int = 1) -> tuple[Run, Sources]:
    """The claimed run, ready to read; its sources are to be closed."""
    gates = Gates(transactions=asyncio.Semaphore(2), ahead=asyncio.Semaphore(ahead))
    run = await open_run(copy.resources, gates, claim)
    assert run is not None
    sources = Sources(copy.resources)
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        source = await connections.source(
            session, copy.resources, copy.tenant_id, copy.connection_id
        )
    run.opened = await sources.open(source)
    return run, sources


async def test_no_connection_is_claimed_twice_and_no_tenant_takes_all(
    resources: Resources,
) -> None:
    tenants = [uuid4() for _ in range(3)]
    await _make_plans(resources, tenants, 10)

    async def take() -> list[claims.Claim]:
        async with resources.database.platform() as session:
            return await claims.claim(session, room=6, per_tenant=4, lease_seconds=30)

    first = await take()
    assert sorted(tenants.index(each.tenant_id) for each in first) == [0, 0, 1, 1, 2, 2]
    taken = [*first, *(each for found in [await take(), await take()] for each in found)]
    places = [each.connection_id for each in taken]
    assert len(places) == len(set(places)) == 12
    assert {tenants.index(each.tenant_id) for each in taken} == {0, 1, 2}
    racing = await asyncio.gather(take(), take(), take())
    assert [found for found in racing if found] == []
    async with resources.database.platform() as session:
        await session.execute(
            text("DELETE FROM sync_plans WHERE tenant_id = ANY(:t)"), {"t": tenants}
        )


async def test_a_process_that_was_taken_over_writes_nothing_more(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    InOdoo(copy.simulator).write([1], name="Stale")
    await copy.later()
    async with copy.resources.database.platform() as session:
        stale = (await claims.claim(session, room=1, per_tenant=1, lease_seconds=0))[0]
    run, sources = await _opened(copy, stale)
    async with copy.resources.database.platform() as session:
        assert len(await claims.claim(session, room=1, per_tenant=1, lease_seconds=30)) == 1
    with pytest.raises(LeaseLost):
        await read_entity(run, PARTNERS)
    assert (await copy.rows())["1"]["data"]["name"] != "Stale"
    await sources.close()


@asynccontextmanager
async def _reading_held_up(
    copy: Copy, *, page_size: int | None = None, ahead: int = 1
) -> AsyncIterator[tuple[Run, asyncio.Task[None]]]:
    """Partners being read, with the first page waiting for a table until the block is left."""
    await copy.plan(PARTNERS)
    await copy.later()
    async with copy.resources.database.platform() as session:
        claim = (await claims.claim(session, room=1, per_tenant=1, lease_seconds=30))[0]
    run, sources = await _opened(copy, claim, ahead=ahead)
    run.entities[PARTNERS].page_size = page_size
    reading = asyncio.create_task(asyncio.sleep(0))
    try:
        async with copy.resources.database.platform() as session:
            await session.execute(text("LOCK TABLE lake_records IN EXCLUSIVE MODE"))
            reading = asyncio.create_task(read_entity(run, PARTNERS))
            async with asyncio.timeout(30):
                while not await _waiting(copy):  # noqa: ASYNC110 - the database tells nobody
                    await asyncio.sleep(0.01)
            yield run, reading
    finally:
        await asyncio.wait({reading})
        await sources.close()


async def _waiting(copy: Copy) -> list[int]:
    """The sessions that wait for the table of records."""
    async with copy.resources.database.platform() as looking:
        found = await looking.scalars(
            text("SELECT pid FROM pg_locks WHERE NOT granted AND relation='lake_records'::regclass")
        )
        return list(found)


async def _copied_in(copy: Copy) -> int:
    """How many of the tenant's sessions have a transaction open and wait for nothing of it."""
    async with copy.resources.database.platform() as looking:
        await looking.execute(text("SET LOCAL ROLE NONE"))  # others' states are told to few
        found = await looking.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'bridgecore-app' AND state = 'idle in transaction'"
            )
        )
        return int(found or 0)


async def _until_copied_in(copy: Copy) -> None:
    seen = 0
    while seen < 5:  # and not just between two statements
        await asyncio.sleep(0.02)
        seen = seen + 1 if await _copied_in(copy) else 0


async def test_the_next_page_is_copied_in_while_one_is_stored(copy: Copy) -> None:
    async with _reading_held_up(copy, page_size=5) as (run, reading), asyncio.timeout(30):
        await _until_copied_in(copy)
        assert await copy.rows() == {}
    await reading
    assert len(await copy.rows()) == run.of(PARTNERS).read > 10
    assert run.entities[PARTNERS].position == run.of(PARTNERS).pages


async def test_without_a_place_ahead_pages_come_one_after_another(copy: Copy) -> None:
    async with _reading_held_up(copy, page_size=5, ahead=0) as (run, reading):
        await asyncio.sleep(0.3)
        assert await _copied_in(copy) == 0
    await reading
    assert len(await copy.rows()) == run.of(PARTNERS).read > 10


async def test_a_page_is_not_stored_where_the_one_before_it_was_not(copy: Copy) -> None:
    async with _reading_held_up(copy, page_size=5) as (_, reading), asyncio.timeout(30):
        await _until_copied_in(copy)
        async with copy.resources.database.platform() as session:
            await session.execute(text("SET LOCAL ROLE NONE"))
            for pid in await _waiting(copy):
                await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        await asyncio.wait({reading})
    with pytest.raises(OperationalError):
        await reading
    assert await copy.rows() == {}


async def test_a_page_copied_in_is_dropped_when_its_run_stops(copy: Copy) -> None:
    async with _reading_held_up(copy, page_size=5) as (_, reading), asyncio.timeout(30):
        await _until_copied_in(copy)
        reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(await copy.rows()) == 5
    async with copy.resources.database.tenant(copy.tenant_id) as session:
        kept = await session.scalars(
            text("SELECT position FROM sync_entities WHERE connection_id = :id AND entity = :name"),
            {"id": copy.connection_id, "name": PARTNERS},
        )
        assert kept.all() == [1]


async def test_a_page_that_is_being_stored_is_stored_before_its_run_stops(copy: Copy) -> None:
    async with _reading_held_up(copy) as (run, reading):
        for _ in range(2):
            reading.cancel()
            await asyncio.sleep(0)
        assert not reading.done()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(await copy.rows()) == run.of(PARTNERS).read > 0


async def test_two_engines_share_the_work_and_a_stopped_one_gives_it_back(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    slow = copy.simulator.fault("latency", seconds=3)
    run = await copy.call("POST", "/integrations/odoo/sync/trigger")
    engines = [Engine(copy.resources), Engine(copy.resources)]
    running = [asyncio.create_task(engine.run()) for engine in engines]
    try:
        async with asyncio.timeout(30):
            while not any(engine.runs_held for engine in engines):  # noqa: ASYNC110 - a count
                await asyncio.sleep(0.01)
        assert sum(engine.runs_held for engine in engines) == 1
        busy = next(place for place, engine in enumerate(engines) if engine.runs_held)
        await until(lambda: slow.hits, "a call of Odoo")
        running[busy].cancel()
        await asyncio.wait([running[busy]])
        copy.simulator.faults.clear()
        ended = await copy.finished(run["id"])
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
    assert (ended["status"], ended["resumed"]) == ("completed", 1), ended


async def test_a_removed_connection_leaves_nothing(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    (consumer,) = jobs.consumers(copy.resources)
    event = Event(
        uuid4(),
        connection_events.CONNECTION_REMOVED,
        copy.tenant_id,
        {"connection_id": str(copy.connection_id), "connector": "odoo"},
        utcnow(),
    )
    async with copy.resources.database.platform() as session:
        await consumer.handle(session, [event])
        for table in ("sync_plans", "sync_entities", "sync_runs"):
            left = await session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE tenant_id = :t"),
                {"t": copy.tenant_id},
            )
            assert left == 0


async def test_a_new_connection_gets_a_plan_and_metrics_tell_its_lag(copy: Copy) -> None:
    (consumer,) = jobs.consumers(copy.resources)
    created = Event(
        uuid4(),
        connection_events.CONNECTION_CREATED,
        copy.tenant_id,
        {"connection_id": str(copy.connection_id), "connector": "odoo"},
        utcnow(),
    )
    async with copy.resources.database.platform() as session:
        await consumer.handle(session, [created, created])
    await copy.plan(PARTNERS)
    await copy.sync()
    answer = await copy.client.get("/metrics")
    assert 'bridgecore_sync_lag_seconds{connector="odoo"}' in answer.text


async def test_of_another_tenant_nothing_is_found(copy: Copy) -> None:
    await copy.plan(PARTNERS)
    await copy.sync()
    report = await copy.parity("none")
    run = (await copy.call("GET", "/integrations/sync/logs"))["items"][0]
    stranger = await copy.people.member((await copy.people.tenant()).id)
    for path in (
        f"/integrations/sync/{run['id']}",
        f"/lake/parity/{report['id']}",
        f"/lake/parity/{report['id']}/differences",
        f"/integrations/{copy.connection_id}/sync",
        f"/integrations/{copy.connection_id}/sync/plan",
    ):
        answer = await copy.client.get(f"/api/v1{path}", headers=stranger.headers)
        assert answer.status_code == 404, (path, answer.text)
