"""Everything after version N: with writers at work the feed never skips and never goes back."""

from __future__ import annotations

import asyncio
import random

import pytest

from bridgecore.domains.lake import service
from bridgecore.domains.lake.schemas import ConnectionRef, DeleteReason
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7
from tests.integration.lake.conftest import Writer, at, change

WRITERS = 4
ROUNDS = 25


class GaveUp(Exception):
    """Ends a transaction without a commit."""


async def _write(resources: Resources, connection: ConnectionRef, entity: str, seed: int) -> None:
    """Random writes of one connection, each open for a while, some of them given up."""
    dice = random.Random(seed)
    for turn in range(1, ROUNDS + 1):
        keys = dice.sample(range(30), dice.randint(1, 12))
        try:
            async with resources.database.tenant(connection.tenant_id) as session:
                if dice.random() < 0.3:
                    await service.remove(
                        session,
                        connection,
                        entity,
                        [str(key) for key in keys],
                        DeleteReason.DELETED,
                        observed_at=at(turn),
                    )
                else:
                    await service.apply(
                        session,
                        connection,
                        entity,
                        [change(key, f"{dice.randint(0, 3)}", turn) for key in keys],
                        observed_at=at(turn),
                    )
                await asyncio.sleep(dice.random() * 0.01)
                if dice.random() < 0.15:
                    raise GaveUp
        except GaveUp:
            continue


@pytest.mark.parametrize("seed", range(4))
async def test_a_reader_beside_writers_ends_with_the_same_lake(
    lake: Writer, resources: Resources, seed: int
) -> None:
    tenant_id = lake.connection.tenant_id
    done = asyncio.Event()
    copy: dict[tuple[object, str, str], tuple[int, bytes, bool]] = {}
    read: list[int] = []
    promised: list[tuple[int, int]] = []

    async def follow() -> None:
        dice = random.Random(seed)
        place = 0
        while True:
            ending = done.is_set()
            async with resources.database.tenant(tenant_id) as session:
                latest = await service.latest_version(session, tenant_id)
                rows = await service.read_changes(
                    session, tenant_id, place, limit=dice.randint(1, 40)
                )
            for row in rows:
                identity = (row.connection_id, row.entity, row.key)
                copy[identity] = (row.version, row.data, row.deleted_at is not None)
                read.append(row.version)
            promised.append((latest, rows[-1].version if rows else place))
            place = rows[-1].version if rows else place
            if ending and not rows:
                return
            await asyncio.sleep(0)

    follower = asyncio.create_task(follow())
    connections = [ConnectionRef(tenant_id, uuid7()) for _ in range(2)]
    await asyncio.gather(
        *(
            _write(resources, connections[number % 2], f"entity{number // 2}", seed * 100 + number)
            for number in range(WRITERS)
        )
    )
    done.set()
    await follower

    assert read == sorted(set(read))
    truth = {
        (row.connection_id, row.entity, row.key): (
            row.version,
            row.data,
            row.deleted_at is not None,
        )
        for row in await lake.feed()
    }
    assert copy == truth
    # an empty page means that nothing up to the clock, as read before it, is missing
    assert promised[-1][0] == promised[-1][1] == max(version for version, *_ in truth.values())


async def test_a_reader_waits_for_nobody_and_sees_no_half_of_a_write(
    lake: Writer, resources: Resources
) -> None:
    await lake.apply(change(1))
    async with lake.session() as writing:
        await service.apply(
            writing, lake.connection, "res.partner", [change(2), change(3)], observed_at=at(1)
        )
        assert [row.version for row in await lake.feed()] == [1]
    assert [row.version for row in await lake.feed()] == [1, 2, 3]


async def test_tenants_do_not_wait_for_each_other(lake: Writer, resources: Resources) -> None:
    other = Writer(resources)
    async with lake.session() as holding:
        await service.apply(holding, lake.connection, "res.partner", [change(1)], observed_at=at(0))
        applied = await other.apply(change(1))
    assert applied.first_version == 1
