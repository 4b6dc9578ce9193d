"""Whether the copy equals the source, record by record where that is asked for, and its repair.

Bands can be compared at any time. Changes that move no time of change (many-to-many edits, raw
SQL) show in content alone, so content is read too: a seventh of the bands a day, or all of it.
What differs is looked at a second time before it is reported, and what changed since the
comparison began is no difference: the next run brings it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bridgecore.connectors.contract import Change, EntityFlag, Pace, Period, Span, TellsBands
from bridgecore.connectors.errors import ConnectorError, Rejected
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import MOST_ROWS, Order
from bridgecore.domains.sync import events
from bridgecore.domains.sync.repository import parity
from bridgecore.domains.sync.service.comparing import (
    Difference,
    compare,
    compare_keys,
    months,
    parts,
)
from bridgecore.domains.sync.service.faults import fault_of
from bridgecore.domains.sync.service.reading import (
    FIRST_PAGE,
    KEYS_AT_ONCE,
    REASONS,
    ahead,
    read_by_key,
    selected,
)
from bridgecore.domains.sync.service.run import Run
from bridgecore.domains.sync.service.sweeping import take_away
from bridgecore.infra.outbox import announce
from bridgecore.kit.ids import uuid7

PARTS = 7
"""Rolling content comparison covers everything once in so many days."""


async def report(run: Run, names: Sequence[str], content: str) -> UUID:
    """Compare these entities and keep what was found. `content`: none, rolling or full.

    Raises `ConnectorError` where the source as a whole does not answer.
    """
    report_id = uuid7()
    async with run.tenant() as session:
        await parity.add_report(
            session,
            {
                "id": report_id,
                "tenant_id": run.tenant_id,
                "connection_id": run.connection_id,
                "content": content,
                "status": "running",
                "started_at": run.clock.now(),
            },
        )
    told: dict[str, Any] = {}
    counts = {"missing": 0, "extra": 0, "different": 0}
    try:
        for name in names:
            run.of(name).state = "comparing"
            told[name] = await _entity(run, report_id, name, content)
            for kind in counts:
                counts[kind] += told[name].get(kind, 0)
            run.of(name).state = "done"
    except BaseException as error:
        message = error.message if isinstance(error, ConnectorError) else type(error).__name__
        async with run.tenant() as session:
            await parity.save_report(
                session,
                report_id,
                {
                    "status": "failed",
                    "finished_at": run.clock.now(),
                    "entities": told,
                    "error": f"The comparison did not get to its end: {message}",
                    **counts,
                },
            )
        raise
    differs = any(counts.values())
    failed = not differs and any("error" in each for each in told.values())
    async with run.tenant() as session:
        await parity.save_report(
            session,
            report_id,
            {
                "status": "differs" if differs else "failed" if failed else "equal",
                "finished_at": run.clock.now(),
                "entities": told,
                "error": "Some entities could not be compared; see each of them."
                if failed
                else None,
                **counts,
            },
        )
        if differs:
            await announce(
                session,
                events.PARITY_DIFFERS,
                {
                    "connection_id": str(run.connection_id),
                    "run_id": str(run.id),
                    "report_id": str(report_id),
                    **counts,
                },
                tenant_id=run.tenant_id,
            )
    return report_id


async def _entity(run: Run, report_id: UUID, name: str, content: str) -> dict[str, Any]:
    began = run.clock.now()
    try:
        found = await compare(run, name, Period.MONTH)
        if found is None:
            return {"error": "This kind of record can't be listed in its source, so not compared."}
        read = 0
        if content != "none":
            read = await _content(run, name, content, found)
        confirmed, moving = await _second_look(run, name, found, began)
    except Rejected as error:
        fault = fault_of(error, name)
        return {"error": fault.error, "what_to_do": fault.what_to_do}
    for at in range(0, len(confirmed), MOST_ROWS):
        async with run.tenant() as session:
            await parity.add_differences(
                session, run.tenant_id, report_id, name, confirmed[at : at + MOST_ROWS]
            )
    kinds = [kind for _, kind in confirmed]
    return {
        "source_records": found.source_records,
        "lake_records": found.lake_records,
        "bands": found.bands,
        "bands_different": found.bands_different,
        "spans": found.spans,
        "keys_compared": found.compared,
        "content_compared": read,
        "missing": kinds.count("missing"),
        "extra": kinds.count("extra"),
        "different": kinds.count("different"),
        "in_flight": moving,
        "set_aside": len(run.aside.get(name, ())),
        "seconds": round((run.clock.now() - began).total_seconds(), 3),
    }


async def _content(run: Run, name: str, content: str, found: Difference) -> int:
    """Add what differs in content. Returns how many records were read."""
    connector = run.connector
    known = {*found.missing, *found.changed}
    aside = run.aside.get(name, set())
    read = 0

    async def look(changes: Sequence[Change]) -> None:
        nonlocal read
        for at in range(0, len(changes), MOST_ROWS):
            async with run.tenant() as session:
                compared = await lake.compare(session, run.ref, name, changes[at : at + MOST_ROWS])
            for key in compared.different:
                if key not in known and key not in aside:
                    known.add(key)
                    found.changed.append(key)
            for key in compared.missing:
                if key not in known and key not in aside:
                    known.add(key)
                    found.missing.append(key)
        read += len(changes)
        run.of(name).read += len(changes)

    if isinstance(connector, TellsBands) and EntityFlag.BANDED in run.flags(name):
        # equal counts and times may hide one record lost and another left over
        spans = await months(run, connector, name)
        if content == "rolling":
            spans = part_of_day(spans, run.clock.now())
        closer = Difference()
        for month in spans:
            async for span in parts(run, connector, name, month):
                await compare_keys(run, connector, name, span, closer)
                if content == "rolling":
                    await _content_of_span(run, connector, name, span, look)
        found.compared += closer.compared
        _merge(found, closer)
        known.update(found.missing, found.changed)
    if content == "full" or not isinstance(connector, TellsBands):
        pace = Pace(run.entities[name].page_size or FIRST_PAGE)
        pages = connector.read(name, None, fields=selected(run.entities[name]), pace=pace)
        async for _, page in ahead(pages, run.clock):
            run.check()
            await look(page.changes)
    return read


async def _content_of_span(
    run: Run,
    connector: TellsBands,
    name: str,
    span: Span,
    look: Callable[[Sequence[Change]], Awaitable[None]],
) -> None:
    fields = selected(run.entities[name])
    async for states in connector.band_keys(name, span):
        keys = [state.key for state in states]
        for at in range(0, len(keys), KEYS_AT_ONCE):
            run.check()
            records = await connector.read_keys(name, keys[at : at + KEYS_AT_ONCE], fields=fields)
            await look(records.changes)


def _merge(found: Difference, more: Difference) -> None:
    """Add what `more` found, each key once."""
    found.missing = list(dict.fromkeys([*found.missing, *more.missing]))
    found.changed = list(dict.fromkeys([*found.changed, *more.changed]))
    found.extra = list(dict.fromkeys([*found.extra, *more.extra]))


def part_of_day(spans: Iterable[Span], today: datetime) -> list[Span]:
    """Those spans whose turn it is: each on one day in seven."""
    turn = today.date().toordinal() % PARTS

    def of(span: Span) -> int:
        return 0 if span.start is None else (span.start.year * 12 + span.start.month) % PARTS

    return [span for span in spans if of(span) == turn]


async def _second_look(
    run: Run, name: str, found: Difference, began: datetime
) -> tuple[list[tuple[str, str]], int]:
    """The differences that are still there, as (key, kind), and how many were mere movement."""
    connector = run.connector
    candidates = [*found.missing, *found.changed]
    if not (isinstance(connector, TellsBands) and EntityFlag.BANDED in run.flags(name)):
        return (
            [(key, "missing") for key in found.missing]
            + [(key, "different") for key in found.changed]
            + [(key, "extra") for key in found.extra],
            0,
        )
    fields = selected(run.entities[name])
    confirmed: dict[str, str] = {}
    moving = 0
    # a time of change comes in whole seconds, and its transaction began before it was seen
    edge = began.replace(microsecond=0)
    for at in range(0, len(candidates), KEYS_AT_ONCE):
        run.check()
        chunk = candidates[at : at + KEYS_AT_ONCE]
        records = await connector.read_keys(name, chunk, fields=fields)
        async with run.tenant() as session:
            compared = await lake.compare(session, run.ref, name, records.changes)
        fresh = {
            each.key
            for each in records.changes
            if each.changed_at is not None and each.changed_at >= edge
        }
        for kind, keys in (("missing", compared.missing), ("different", compared.different)):
            for key in keys:
                if key in fresh:
                    moving += 1
                else:
                    confirmed[key] = kind
        there = {each.key for each in records.changes} | {each.key for each in records.set_aside}
        held = set(found.changed)
        confirmed.update((key, "extra") for key in chunk if key not in there and key in held)
    for at in range(0, len(found.extra), KEYS_AT_ONCE):
        run.check()
        chunk = found.extra[at : at + KEYS_AT_ONCE]
        told = await connector.presence(name, chunk)
        confirmed.update((key, "extra") for key, presence in told.items() if presence in REASONS)
        confirmed.update(
            (key, "different") for key, presence in told.items() if presence not in REASONS
        )
    return sorted(confirmed.items()), moving


async def repair(run: Run, report_id: UUID | None, given: dict[str, list[str]]) -> int:
    """Read exactly these records again and make the lake equal. Returns how many.

    With `report_id` those a report lists and nobody repaired yet, else `given`, by entity.
    """
    repaired = 0
    if report_id is None:
        for name, keys in given.items():
            repaired += len(await _repair(run, name, keys))
        return repaired
    after: tuple[str, str] | None = None
    while True:
        async with run.tenant() as session:
            rows = await parity.differences(
                session,
                run.tenant_id,
                report_id,
                after=after,
                unrepaired=True,
                limit=KEYS_AT_ONCE,
            )
        if not rows:
            return repaired
        after = (rows[-1].entity, rows[-1].key)
        for name in dict.fromkeys(row.entity for row in rows):
            keys = [row.key for row in rows if row.entity == name]
            if name not in run.entities:
                continue
            done = await _repair(run, name, keys)
            if done:
                async with run.tenant() as session:
                    await parity.mark_repaired(session, report_id, name, done)
            repaired += len(done)


async def _repair(run: Run, name: str, keys: Sequence[str]) -> Sequence[str]:
    """The keys that are equal now: not those whose removal a person has to decide first."""
    run.of(name).state = "repairing"
    if not (isinstance(run.connector, TellsBands) and EntityFlag.BANDED in run.flags(name)):
        run.entities[name].checkpoint = None
        run.dirty.add(name)
        return keys
    observed_at = run.clock.now()
    gone = await read_by_key(run, name, keys, order=Order.OBSERVED)
    lost = {key: told for key, told in gone.items() if told in REASONS}
    if lost:
        async with run.tenant() as session:
            states = await lake.entities(session, run.tenant_id, connection_id=run.connection_id)
        of = sum(state.records for state in states if state.entity == name)
        if not await take_away(run, name, lost, of=of, observed_at=observed_at):
            return [key for key in keys if key not in lost]
    run.of(name).state = "done"
    return keys
