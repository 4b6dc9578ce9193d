"""Many connections, slow sources, one worker: does it keep up with a schedule of a minute?

Every connection is due once a minute and its source takes 200 ms for each answer. What counts is
how old copies are, and how many runs each connection had.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench import cases
from bench.copying import address, copies, source, worker
from bench.platform import Platform
from bench.throughput import Log
from bench.verdicts import Finding, Limit, Unit, at_most, judged
from bridgecore.entrypoints.resources import open_resources

ENTITIES = ("res.partner", "crm.lead", "sale.order")
INTERVAL = 60


@dataclass(frozen=True, slots=True)
class ManyCase:
    """`behind`: seconds that the oldest copy may be older than the interval."""

    name: str
    title: str
    connections: int
    page_ms: float
    behind: Limit


SYNC_MANY = ManyCase(
    cases.SYNC_MANY, "connections synchronised every minute", 500, 200.0, at_most(15.0)
)


def run_case(
    case: ManyCase, platform: Platform, folder: Path, *, connections: int, seconds: float, log: Log
) -> Sequence[Finding]:
    """Found the companies, let their first load pass, and watch the ages of copies."""

    async def measured() -> Sequence[Finding]:
        async with copies(platform) as held, open_resources(platform.settings) as resources:
            with source(folder, records=50, page_ms=case.page_ms) as odoo:
                ours = []
                for number in range(connections):
                    ours.append((await held.found(address(odoo), ENTITIES)).connection_id)
                    if number % 100 == 99:
                        log(f"{case.name}: {number + 1} of {connections} companies founded")
                async with resources.database.platform() as session:
                    # the companies of other cases have sources that can't be copied
                    await session.execute(
                        text(
                            "UPDATE sync_plans SET is_enabled = false"
                            " WHERE NOT connection_id = ANY(:ours)"
                        ),
                        {"ours": ours},
                    )
                    # due one after another, as schedules are
                    await session.execute(
                        text(
                            "UPDATE sync_plans SET interval_seconds = :i,"
                            " due_at = now() + random() * :i * interval '1 second'"
                        ),
                        {"i": INTERVAL},
                    )
                with worker(platform, folder) as process:
                    await asyncio.sleep(INTERVAL * 1.5)
                    used, began = process.cpu_seconds(), time.monotonic()
                    async with resources.database.platform() as session:
                        before = await session.scalar(
                            text(
                                "SELECT coalesce(sum(value), 0) FROM sync_totals"
                                " WHERE measure = 'runs'"
                            )
                        )
                    ages: list[float] = []
                    while time.monotonic() - began < seconds:
                        await asyncio.sleep(5)
                        async with resources.database.platform() as session:
                            found = await session.scalars(
                                text(
                                    "SELECT extract(epoch FROM now() - caught_up_at)::float8"
                                    " FROM sync_plans WHERE connection_id = ANY(:ours) ORDER BY 1"
                                ),
                                {"ours": ours},
                            )
                            ages += [INTERVAL * 10 if age is None else age for age in found]
                    took = time.monotonic() - began
                    used = process.cpu_seconds() - used
                    async with resources.database.platform() as session:
                        after = await session.scalar(
                            text(
                                "SELECT coalesce(sum(value), 0) FROM sync_totals"
                                " WHERE measure = 'runs'"
                            )
                        )
                        failing = await session.scalar(
                            text(
                                "SELECT count(*) FROM sync_plans"
                                " WHERE failures > 0 AND connection_id = ANY(:ours)"
                            ),
                            {"ours": ours},
                        )
                        why = await session.scalars(
                            text(
                                "SELECT DISTINCT left(error, 200) FROM sync_runs"
                                " WHERE status = 'failed' AND connection_id = ANY(:ours) LIMIT 3"
                            ),
                            {"ours": ours},
                        )
                        for reason in why:
                            log(f"{case.name}: a run failed: {reason}")
                ages.sort()
                runs = (int(after or 0) - int(before or 0)) / took * 60
                p99 = ages[int(len(ages) * 0.99)]
                log(
                    f"{case.name}: {runs:,.0f} runs a minute, copies {median(ages):.0f} s old"
                    f" (p99 {p99:.0f}, oldest {ages[-1]:.0f}), {failing} failing,"
                    f" {100 * used / took:.0f} % of a core, {process.peak_mb:.0f} MB"
                )
                return [
                    judged(
                        case.name,
                        f"{connections} connections, {len(ENTITIES)} entities each, answers after"
                        f" {case.page_ms:g} ms: oldest copy beyond the interval",
                        f"{ages[-1]:.0f} s, half are younger than {median(ages):.0f} s",
                        max(0.0, ages[-1] - INTERVAL),
                        case.behind,
                        unit=Unit.SECONDS,
                        note=f"{runs:,.0f} runs a minute; the worker took"
                        f" {100 * used / took:.0f} % of a core and {process.peak_mb:.0f} MB;"
                        f" {failing} connections failing",
                    )
                ]

    return asyncio.run(measured())
