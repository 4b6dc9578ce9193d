"""The outbox: nothing skipped, nothing before its commit, one batch to one consumer at a time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.infra.outbox import Consumer, Event, announce, consume_once, run_consumers
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings


class Collector:
    """A consumer that remembers what it was handed, of one event type."""

    def __init__(self) -> None:
        self.type = f"test.{secrets.token_hex(4)}"
        self.seen: list[int] = []

    def consumer(self, **options: int) -> Consumer:
        return Consumer(self.type, self.handle, frozenset({self.type}), **options)

    async def handle(self, _: AsyncSession, events: Sequence[Event]) -> None:
        self.seen.extend(event.payload["n"] for event in events)

    async def drain(self, resources: Resources) -> list[int]:
        """What is seen once nothing older is under way any more."""
        await settled(resources)
        return await self.drain_now(resources)

    async def drain_now(self, resources: Resources) -> list[int]:
        while await consume_once(resources.database, self.consumer()):
            pass
        return self.seen


async def collect_all(resources: Resources, consumer: Consumer) -> int:
    """Hand everything there is to `consumer`; how many events its cursor passed."""
    passed = 0
    while batch := await consume_once(resources.database, consumer):
        passed += batch
    return passed


async def settled(resources: Resources) -> None:
    """Until no transaction of the whole server is older than the newest event.

    Other tests' transactions, and the server's own, hold the horizon back for a moment.
    """
    async with asyncio.timeout(20):
        while True:
            async with resources.database.platform() as session:
                ready = await session.scalar(
                    text(
                        "SELECT coalesce(max(transaction_id), '0')"
                        " < pg_snapshot_xmin(pg_current_snapshot()) FROM outbox_events"
                    )
                )
            if ready:
                return
            await asyncio.sleep(0.02)


async def test_an_event_exists_only_if_its_transaction_commits(resources: Resources) -> None:
    collector = Collector()
    with pytest.raises(RuntimeError, match="no"):
        async with resources.database.platform() as session:
            await announce(session, collector.type, {"n": 1})
            raise RuntimeError("no")
    async with resources.database.platform() as session:
        await announce(session, collector.type, {"n": 2})
    assert await collector.drain(resources) == [2]


async def test_a_late_commit_is_not_skipped(resources: Resources) -> None:
    collector = Collector()
    async with resources.database.platform() as slow:
        await announce(slow, collector.type, {"n": 1})
        async with resources.database.platform() as quick:
            await announce(quick, collector.type, {"n": 2})
        # the quick one has the higher number and committed first: it must wait for the slow one
        assert await collector.drain_now(resources) == []
    assert await collector.drain(resources) == [1, 2]


async def test_many_writers_at_once_lose_nothing(resources: Resources) -> None:
    collector = Collector()

    async def write(writer: int) -> None:
        for turn in range(20):
            async with resources.database.platform() as session:
                await announce(session, collector.type, {"n": writer * 100 + turn})
                await session.execute(text("SELECT pg_sleep(random() * 0.004)"))

    writers = [asyncio.create_task(write(number)) for number in range(6)]
    while not all(writer.done() for writer in writers):
        await consume_once(resources.database, collector.consumer(batch=7))
        await asyncio.sleep(0.002)
    await asyncio.gather(*writers)
    await collector.drain(resources)
    assert sorted(collector.seen) == sorted(w * 100 + t for w in range(6) for t in range(20))


async def test_a_failing_consumer_gets_the_batch_again(resources: Resources) -> None:
    collector = Collector()
    async with resources.database.platform() as session:
        await announce(session, collector.type, {"n": 1})

    async def fail(_: AsyncSession, __: Sequence[Event]) -> None:
        raise RuntimeError("not now")

    await settled(resources)
    failing = Consumer(collector.type, fail, frozenset({collector.type}))
    with pytest.raises(RuntimeError):
        # events of other tests come first
        while await consume_once(resources.database, failing):
            pass
    assert await collector.drain(resources) == [1]


async def test_only_one_process_works_for_a_consumer(resources: Resources) -> None:
    collector = Collector()
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold(_: AsyncSession, events: Sequence[Event]) -> None:
        entered.set()
        await leave.wait()
        collector.seen.extend(event.payload["n"] for event in events)

    async with resources.database.platform() as session:
        await announce(session, collector.type, {"n": 1})
    await settled(resources)
    holder = Consumer(collector.type, hold, frozenset({collector.type}))
    first = asyncio.create_task(collect_all(resources, holder))
    await entered.wait()
    assert await consume_once(resources.database, holder) == 0
    leave.set()
    assert await first > 0
    assert collector.seen == [1]


async def test_consumers_are_woken(resources: Resources, settings: Settings) -> None:
    collector = Collector()
    running = asyncio.create_task(
        run_consumers(resources.database, settings.database_url, [collector.consumer()], poll=60.0)
    )
    try:
        await asyncio.sleep(0.3)
        async with resources.database.platform() as session:
            await announce(session, collector.type, {"n": 7})
        async with asyncio.timeout(20):
            while collector.seen != [7]:
                # other tests' open transactions may hold the horizon back for a moment
                async with await psycopg.AsyncConnection.connect(
                    settings.database_url, autocommit=True
                ) as connection:
                    await connection.execute("NOTIFY bridgecore_outbox")
                await asyncio.sleep(0.05)
    finally:
        running.cancel()


async def test_a_slow_consumer_holds_up_nobody(resources: Resources, settings: Settings) -> None:
    slow, quick = Collector(), Collector()
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold(_: AsyncSession, events: Sequence[Event]) -> None:
        entered.set()
        await leave.wait()

    async with resources.database.platform() as session:
        await announce(session, slow.type, {"n": 1})
    await quick.drain(resources)
    running = asyncio.create_task(
        run_consumers(
            resources.database,
            settings.database_url,
            [Consumer(slow.type, hold, frozenset({slow.type})), quick.consumer()],
            poll=0.2,
        )
    )
    try:
        async with asyncio.timeout(20):
            await entered.wait()
            # its number is higher than any the slow one's transaction could have
            async with resources.database.platform() as session:
                await announce(session, quick.type, {"n": 2})
            while quick.seen != [2]:  # noqa: ASYNC110 - what the handler was given
                await asyncio.sleep(0.05)
        assert not leave.is_set()
    finally:
        leave.set()
        running.cancel()


async def test_what_was_held_back_is_handed_on_without_another_event(
    resources: Resources, settings: Settings
) -> None:
    collector = Collector()
    await collector.drain(resources)
    running = asyncio.create_task(
        run_consumers(resources.database, settings.database_url, [collector.consumer()], poll=60.0)
    )
    try:
        async with resources.database.platform() as older:
            await older.execute(text("SELECT pg_current_xact_id()"))
            async with resources.database.platform() as session:
                await announce(session, collector.type, {"n": 1})
            await asyncio.sleep(0.6)
            assert collector.seen == []
        async with asyncio.timeout(20):
            while collector.seen != [1]:  # noqa: ASYNC110 - what the handler was given
                await asyncio.sleep(0.05)
    finally:
        running.cancel()


async def test_who_is_not_concerned_follows_later(resources: Resources, settings: Settings) -> None:
    concerned, other = Collector(), Collector()
    running = asyncio.create_task(
        run_consumers(
            resources.database,
            settings.database_url,
            [concerned.consumer(), other.consumer()],
            poll=2.0,
        )
    )
    try:
        async with asyncio.timeout(30):
            for number in range(3):
                async with resources.database.platform() as session:
                    await announce(session, concerned.type, {"n": number})
                while concerned.seen != list(range(number + 1)):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
            newest = text("SELECT max(sequence) FROM outbox_events WHERE type = :type")
            reached = text("SELECT sequence FROM outbox_cursors WHERE consumer = :type")
            while True:
                async with resources.database.platform() as session:
                    last = await session.scalar(newest, {"type": concerned.type})
                    place = await session.scalar(reached, {"type": other.type})
                if place is not None and place >= last:
                    break
                await asyncio.sleep(0.2)
        assert other.seen == []
    finally:
        running.cancel()
