"""Whatever happens in the source while it is read, the copy equals it in the end.

Random creates, writes, archives and unlinks run beside the engine, over real HTTP: long
transactions that commit with times long passed, many rows with one time, a clock that jumps, and
changes that move no time at all. A reader follows the feed by version meanwhile.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from bridgecore.connectors.contract import Hint
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from tests.integration.sync.conftest import PARTNERS, Copy
from tests.integration.sync.odoo import InOdoo

SKEW = 300.0
LATEST = 400.0


class Chaos:
    """Random changes, each as Odoo would make it; what moved no time of change is remembered."""

    def __init__(self, odoo: InOdoo, chance: random.Random) -> None:
        self.odoo = odoo
        self.chance = chance
        self.alive: list[int] = odoo.create(300, late=86_400 * 40)
        self.alive += odoo.create(200)
        self.acts = 0

    def act(self) -> None:
        self.acts += 1
        chance = self.chance
        # within the overlap that a read looks back by, some before the clock jumped back
        late = chance.choice([0.0, 0.0, 0.3, 5.0, 60.0, LATEST])
        some = chance.sample(self.alive, min(len(self.alive), chance.choice([1, 1, 2, 40])))
        with self.odoo.began(late):
            match chance.randrange(10):
                case 0 | 1 | 2:
                    count = chance.choice([1, 1, 3, 30])
                    self.alive += self.odoo.create(count, ref=str(self.acts))
                case 3 | 4 | 5:
                    self.odoo.write(some, name=f"Written {self.acts}")
                case 6:
                    self.odoo.write(some, active=False)
                case 7:
                    self.odoo.write(some, active=True)
                case 8:
                    self._unlink(some)
                case _:
                    self.odoo.change_unseen(some[0], name=f"Unseen {self.acts}")

    def _unlink(self, some: list[int]) -> None:
        # deleting half of everything would rightly stop and ask
        gone = some[:5]
        self.odoo.unlink(gone)
        self.alive = [key for key in self.alive if key not in set(gone)]


async def _follow(copy: Copy, stop: asyncio.Event) -> dict[tuple[str, str], Any]:
    """Read the feed until told to stop, then to its end: the latest state by key."""
    state: dict[tuple[str, str], Any] = {}
    after = 0
    while True:
        ending = stop.is_set()
        async with copy.resources.database.tenant(copy.tenant_id) as session:
            rows = await lake.read_changes(session, copy.tenant_id, after, limit=200)
        versions = [row.version for row in rows]
        assert versions == sorted(versions)
        assert not versions or versions[0] > after
        for row in rows:
            state[row.entity, row.key] = None if row.deleted_at else row.values()
        if versions:
            after = versions[-1]
        elif ending:
            return state
        else:
            await asyncio.sleep(0.02)


def _truth(odoo: InOdoo, fields: list[str]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = odoo.do(
        PARTNERS, "search_read", [], fields, context={"active_test": False}
    )
    return {str(row["id"]): orjson.loads(orjson.dumps(row)) for row in rows}


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_copy_equals_the_source_after_quiet(copy: Copy, seed: int) -> None:
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, delete_share=0.9)
    chaos = Chaos(odoo, random.Random(seed))
    clock = odoo.database.clock
    stop = asyncio.Event()
    reader = asyncio.create_task(_follow(copy, stop))
    ref = ConnectionRef(copy.tenant_id, copy.connection_id)
    await copy.sync()
    for step in range(10):
        for _ in range(chaos.chance.randrange(1, 6)):
            chaos.act()
        if chaos.chance.random() < 0.3:
            async with copy.resources.database.tenant(copy.tenant_id) as session:
                hinted = chaos.chance.sample(chaos.alive, 3)
                await lake.note_hints(session, ref, [Hint(PARTNERS, str(key)) for key in hinted])
        if step == 5:  # the server of the database is put right by minutes
            odoo.database.clock = lambda: _back(clock)
        running = asyncio.create_task(copy.later_and_drain())
        for _ in range(8):
            chaos.act()
            await asyncio.sleep(0.03)
        await running
    run = await copy.sync()
    assert run["status"] == "completed", run
    rows = await copy.rows()
    held = {key: row["data"] for key, row in rows.items() if not row["deleted"]}
    truth = _truth(odoo, sorted(next(iter(held.values()))))
    assert held.keys() == truth.keys()
    timed = {key: row for key, row in truth.items() if not row["name"].startswith("Unseen")}
    assert {key: held[key] for key in timed} == timed

    # what moved no time is found by content, and repaired record by record
    report = await copy.parity("full")
    assert (report["missing"], report["extra"]) == (0, 0)
    if report["status"] == "differs":
        asked = await copy.call("POST", "/integrations/odoo/sync/repair")
        assert (await copy.ended(asked["id"]))["status"] == "completed"
        assert (await copy.parity("full"))["status"] == "equal"
    held = {key: row["data"] for key, row in (await copy.rows()).items() if not row["deleted"]}
    assert held == truth
    stop.set()
    followed = await reader
    assert {key: data for (_, key), data in followed.items() if data is not None} == truth


def _back(clock: Callable[[], datetime]) -> datetime:
    return clock() - timedelta(seconds=SKEW)
