"""Whatever people do in Odoo while it is copied, the copy equals it once they pause.

Real processes and real HTTP on every side: two workers that share the runs, webhooks that tell of
some of the changes, and readers of the change feed meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import httpx
import pytest

from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.changing import LEADS, PARTNERS, SKEW, Business, Copied, Reader
from tests.e2e.conftest import company_on, platform_running, simulated

PEOPLE = 4
ACTS = 25
PAUSES = 2
SEEDS = range(int(os.environ.get("SYNC_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("version", [17, 19])
async def test_the_copy_equals_an_odoo_that_was_changed_all_along(
    settings: Settings,
    resources: Resources,
    tmp_path: Path,
    version: int,
    seed: int,
) -> None:
    async with (
        simulated(version) as odoo,
        platform_running(
            settings, tmp_path, workers=1, worker=True, SYNC_ENABLED="true"
        ) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=35) as http,
    ):
        platform.start("worker", log="worker2.log")
        company = await company_on(
            resources, http, url=odoo.url, database=next(iter(odoo.databases))
        )
        business = Business(odoo, random.Random(f"{version} {seed}"), http)
        copied = Copied(resources, company, http)
        pusher = await copied.pusher()
        readers = [Reader(company, http, 7), Reader(company, http, 500)]
        await business.create(PARTNERS, 1_200)
        await business.create(LEADS, 300)
        await copied.plan(interval_seconds=60)
        async with asyncio.TaskGroup() as group:
            following = [group.create_task(each.follow()) for each in readers]
            pushing = group.create_task(pusher.push_on(business))
            for turn in range(PAUSES):
                people = [group.create_task(business.busy(ACTS)) for _ in range(PEOPLE)]
                await copied.ended(await copied.request())
                # the database's clock is put right by minutes, back at first
                business.clocks_jump(-SKEW if turn % 2 == 0 else SKEW)
                while not all(person.done() for person in people):
                    await copied.ended(await copied.request())
                business.finish()
                await business.changed.join()
                await copied.synchronise()
                await copied.equals(business)
            for each in readers:
                each.stop.set()
            await asyncio.gather(*following)
            pushing.cancel()
        assert business.acts == PEOPLE * ACTS * PAUSES
        assert pusher.accepted
        for each in readers:
            await copied.feed_was_whole(each)
