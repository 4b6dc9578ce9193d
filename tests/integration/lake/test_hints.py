"""Hints: one a record, lost by nobody, settled only as they were taken."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace

import psycopg
import pytest

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake import service
from bridgecore.domains.lake.schemas import WaitingHint
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.kit.ids import uuid7
from tests.integration.lake.conftest import PARTNER, Writer


async def note(lake: Writer, *hints: Hint) -> int:
    async with lake.session() as session:
        return await service.note_hints(session, lake.connection, hints)


async def taken(lake: Writer, limit: int = 100) -> list[WaitingHint]:
    async with lake.session() as session:
        return await service.take_hints(session, lake.connection, limit)


async def settle(lake: Writer, hints: list[WaitingHint]) -> int:
    async with lake.session() as session:
        return await service.settle_hints(session, lake.connection, hints)


async def test_a_record_waits_once_however_often_it_is_noted(lake: Writer) -> None:
    noted = await note(lake, Hint(PARTNER, "1"), Hint(PARTNER, "1"), Hint(PARTNER, None))
    assert noted == 2
    await note(lake, Hint(PARTNER, "1", deleted=True))
    found = {hint.key: hint for hint in await taken(lake)}
    assert set(found) == {"1", None}
    assert (found["1"].deleted, found["1"].number, found[None].deleted) == (True, 2, False)


async def test_the_longest_waiting_come_first(lake: Writer) -> None:
    for key in "321":
        await note(lake, Hint(PARTNER, key))
    await note(lake, Hint(PARTNER, "3"))
    assert [hint.key for hint in await taken(lake, 2)] == ["3", "2"]


async def test_settling_forgets_what_was_taken_and_not_what_came_since(lake: Writer) -> None:
    await note(lake, Hint(PARTNER, "1"), Hint(PARTNER, "2"))
    first = await taken(lake)
    assert await taken(lake) == first
    await note(lake, Hint(PARTNER, "2"))
    assert await settle(lake, first) == 1
    (left,) = await taken(lake)
    assert (left.key, left.number) == ("2", 2)
    assert await settle(lake, [left]) == 1
    await note(lake, Hint(PARTNER, "1"))
    assert await settle(lake, first) == 0  # noted anew, under the same number
    assert [hint.key for hint in await taken(lake)] == ["1"]
    assert await settle(lake, []) == 0


async def test_writers_of_the_same_records_never_wait_in_a_ring(lake: Writer) -> None:
    hints = [Hint(PARTNER, str(number)) for number in range(200)]
    await asyncio.gather(*(note(lake, *hints[::step]) for step in (1, -1) * 4))
    assert {hint.number for hint in await taken(lake, 1000)} == {8}


async def test_connections_that_wait_are_found_across_tenants(
    lake: Writer, resources: Resources
) -> None:
    other = Writer(resources)
    await note(other, Hint(PARTNER, "1"))
    await note(lake, Hint(PARTNER, "1"))
    sibling = Writer(resources)
    sibling.connection = replace(lake.connection, id=uuid7())
    await note(sibling, Hint(PARTNER, "1"))
    async with resources.database.platform() as session:
        waiting = await service.hinted_connections(session, 10_000)
    mine = [each for each in waiting if each in (other.connection, lake.connection)]
    assert mine == [other.connection, lake.connection]
    assert sibling.connection in waiting


@pytest.mark.parametrize("committed", [True, False])
async def test_noting_wakes_whoever_listens_once_it_is_committed(
    lake: Writer, settings: Settings, committed: bool
) -> None:
    listener = await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True)
    async with listener:
        await listener.execute(f"LISTEN {service.CHANNEL}")
        with nullcontext() if committed else pytest.raises(RuntimeError):
            async with lake.session() as session:
                await service.note_hints(session, lake.connection, [Hint(PARTNER, "1")])
                if not committed:
                    raise RuntimeError
        await listener.execute("LISTEN marker")
        await listener.execute("NOTIFY marker")
        payloads = []
        async for notice in listener.notifies(timeout=10):
            if notice.channel == "marker":
                break
            payloads.append(notice.payload)
    expected = f"{lake.connection.tenant_id}:{lake.connection.id}"
    assert (expected in payloads) is committed
