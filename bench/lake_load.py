"""How fast records come into the lake: first load, changes, an instant source, a million records.

A bare client fetches the same pages from the same source and does nothing with them. What the
platform takes beyond that is the price of keeping a copy: staging, comparing, versions, counts,
the change feed, row-level security, a position in every transaction.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from bench import cases, stub_odoo
from bench.copying import Copies, Worker, address, copies, seconds_of, source, worker
from bench.platform import Platform
from bench.processes import Program, exchange
from bench.source import FIELDS
from bench.throughput import Log
from bench.verdicts import Finding, Limit, Unit, at_least, at_most, judged
from bridgecore.domains.sync.service.reading import FIRST_PAGE, LARGEST_PAGE


@dataclass(frozen=True, slots=True)
class LoadCase:
    """`page_ms` and `record_us`: what a quick Odoo takes for a page and for each record of it."""

    name: str
    title: str
    records: int
    page_ms: float
    record_us: float
    over_bare: Limit
    one_connection: Limit
    four_connections: Limit


LAKE_LOAD = LoadCase(
    cases.LAKE_LOAD,
    "records into the lake",
    40_000,
    10.0,
    250.0,
    at_most(1.25),
    at_least(10_000.0),
    at_least(20_000.0),
)


@dataclass(frozen=True, slots=True)
class QuietCase:
    """A copy of many records of which almost none change."""

    name: str
    title: str
    records: int
    memory_mb: Limit
    read_share: Limit


SYNC_QUIET = QuietCase(
    cases.SYNC_QUIET,
    "a million records, then nothing new",
    1_000_000,
    at_most(250.0),
    at_most(0.01),
)


def run_load(
    case: LoadCase, platform: Platform, folder: Path, *, rounds: int, records: int, log: Log
) -> list[Finding]:
    """Loads by turns with the bare client, then from an instant source over one and four."""
    findings: list[Finding] = []

    async def measured() -> None:
        async with copies(platform) as held:
            with (
                source(
                    folder, records=records, page_ms=case.page_ms, record_us=case.record_us
                ) as odoo,
                source(folder, records=records) as instant,
                worker(platform, folder) as process,
            ):
                findings.extend(await _beside_bare(case, held, odoo, rounds, records, log))
                findings.extend(await _instant(case, held, instant, process, rounds, records, log))

    asyncio.run(measured())
    return findings


async def _beside_bare(
    case: LoadCase, held: Copies, odoo: Program, rounds: int, records: int, log: Log
) -> list[Finding]:
    first, changes, bare_first, bare_changes = [], [], [], []
    for turn in range(rounds):
        bare_first.append(await bare(address(odoo), records))
        copy = await held.found(address(odoo))
        run = await held.ended(copy, await held.ask(copy))
        assert await held.records(copy) == records
        first.append(seconds_of(run))
        changed = records // 4
        exchange(odoo.port, "POST", f"/touch?count={changed}")
        run = await held.ended(copy, await held.ask(copy))
        assert run.changed >= changed
        changes.append(seconds_of(run))
        # what is read twice because transactions may commit late, the bare client reads too
        bare_changes.append(await bare(address(odoo), run.records_read))
        log(
            f"{case.name} round {turn + 1}: first load {first[-1]:.2f} s, bare"
            f" {bare_first[-1]:.2f} s; {changed:,} changes {changes[-1]:.2f} s, bare"
            f" {bare_changes[-1]:.2f} s"
        )
    told = f"{case.page_ms:g} ms a page and {case.record_us:g} µs a record"
    return [
        judged(
            case.name,
            f"{what}, source of {told}",
            f"{median(ours):.2f} s",
            median(one / other for one, other in zip(ours, theirs, strict=True)),
            case.over_bare,
            baseline=f"bare client {median(theirs):.2f} s",
        )
        for what, ours, theirs in (
            (f"first load of {records:,}", first, bare_first),
            (f"{records // 4:,} changes", changes, bare_changes),
        )
    ]


async def _instant(
    case: LoadCase,
    held: Copies,
    instant: Program,
    process: Worker,
    rounds: int,
    records: int,
    log: Log,
) -> list[Finding]:
    single, several = [], []
    for turn in range(rounds):
        copy = await held.found(address(instant))
        run = await held.ended(copy, await held.ask(copy))
        single.append(records / seconds_of(run))
        four = [await held.found(address(instant)) for _ in range(4)]
        used = process.cpu_seconds()
        runs = await asyncio.gather(*[held.ended(copy, await held.ask(copy)) for copy in four])
        took = max(run.completed_at for run in runs) - min(run.started_at for run in runs)
        several.append(4 * records / took.total_seconds())
        used = process.cpu_seconds() - used
        log(
            f"{case.name} round {turn + 1}, instant source: {single[-1]:,.0f} records/s over one"
            f" connection, {several[-1]:,.0f} over four ({used * 1e6 / 4 / records:.0f} µs of the"
            " worker's processor a record)"
        )
    return [
        judged(
            case.name,
            f"instant source, {len(FIELDS)} fields, {what}",
            f"{max(rates):,.0f} records a second",
            max(rates),
            limit,
            unit=Unit.PER_SECOND,
            note=f"the best of {rounds}; the median is {median(rates):,.0f}",
        )
        for what, rates, limit in (
            ("one connection", single, case.one_connection),
            ("four connections", several, case.four_connections),
        )
    ]


async def bare(url: str, records: int) -> float:
    """Seconds to fetch the pages that hold so many records, in their growing sizes."""
    async with aiohttp.ClientSession() as http:
        began = time.perf_counter()
        after, size = 0, FIRST_PAGE
        while after < records:
            body = {
                "jsonrpc": "2.0",
                "method": "call",
                "id": 1,
                "params": {
                    "model": stub_odoo.MODEL,
                    "method": "search_read",
                    "args": [],
                    "kwargs": {
                        "domain": [["id", ">", after]],
                        "fields": list(FIELDS),
                        "order": "id asc",
                        "limit": min(size, records - after),
                    },
                },
            }
            data = json.dumps(body).encode()
            async with http.post(url + stub_odoo.CALL_KW, data=data) as answer:
                await answer.read()
            after += size
            size = min(LARGEST_PAGE, size * 2)
        return time.perf_counter() - began


def run_quiet(
    case: QuietCase, platform: Platform, folder: Path, *, records: int, log: Log
) -> Sequence[Finding]:
    """Load many records, look at memory, and synchronise again."""

    async def measured() -> Sequence[Finding]:
        async with copies(platform) as held:
            with source(folder, records=records) as instant, worker(platform, folder) as process:
                copy = await held.found(address(instant))
                run = await held.ended(copy, await held.ask(copy))
                load, samples = seconds_of(run), list(process.samples)
                # of a first load the overlap holds nothing: its times are long past
                again = await held.ended(copy, await held.ask(copy))
                log(
                    f"{case.name}: {records:,} records in {load:.0f} s"
                    f" ({records / load:,.0f} a second), memory {process.peak_mb:.0f} MB; again"
                    f" {seconds_of(again):.2f} s, {again.records_read:,} read"
                )
                half = samples[len(samples) // 2 :]
                share = again.records_read / records
                return [
                    Finding(
                        case.name,
                        f"{records:,} records of {len(FIELDS)} fields",
                        f"{load:.0f} s, {records / load:,.0f} records a second",
                    ),
                    judged(
                        case.name,
                        "memory of the worker at most",
                        f"{process.peak_mb:.0f} MB",
                        process.peak_mb,
                        case.memory_mb,
                        unit=Unit.MB,
                        note="over the second half it went from"
                        f" {half[0]:.0f} to {half[-1]:.0f} MB",
                    ),
                    judged(
                        case.name,
                        "again with nothing changed: share read",
                        f"{again.records_read:,} records, {seconds_of(again):.2f} s",
                        share,
                        case.read_share,
                    ),
                ]

    return asyncio.run(measured())
