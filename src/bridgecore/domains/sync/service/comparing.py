"""Where source and lake differ, found by looking only closer at what differs.

Bands of a year are compared by count and latest change, then the months of the years that differ,
and so on down to keys: an equal copy costs one grouped aggregate an entity.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypedDict

from bridgecore.connectors.contract import (
    Band,
    EntityFlag,
    KeyState,
    ListsKeys,
    Period,
    Span,
    TellsBands,
)
from bridgecore.domains.lake import service as lake
from bridgecore.domains.sync.service.run import Run

FEW = 1_000
"""Records in a band that are compared by key rather than by finer bands."""
MANY = 50_000
"""Records whose keys are held in memory at once."""
_KEYS = 10_000


class BandOfReport(TypedDict):
    """A band as reports tell of it, in records. `start` is None for those without a time."""

    start: str | None
    source: int
    lake: int
    equal: bool


@dataclass(slots=True)
class Difference:
    """Keys that the lake lacks, that changed unseen, and that the source does not list."""

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    bands: int = 0
    bands_different: int = 0
    compared: int = 0
    source_records: int = 0
    lake_records: int = 0
    spans: list[BandOfReport] = field(default_factory=list)
    """The coarsest bands, oldest first."""

    @property
    def any(self) -> bool:
        return bool(self.missing or self.changed or self.extra)


async def compare(run: Run, name: str, period: Period = Period.YEAR) -> Difference | None:
    """The keys in which the lake differs; None where the source can't be compared.

    `period` is that of the first bands asked for. Raises `ConnectorError`; `Rejected` where the
    entity may not be read at all.
    """
    flags = run.flags(name)
    connector = run.connector
    found = Difference()
    if isinstance(connector, TellsBands) and EntityFlag.BANDED in flags:
        async for span in _different(run, connector, name, found, period):
            await compare_keys(run, connector, name, span, found)
        return found
    if isinstance(connector, ListsKeys) and EntityFlag.LISTS_KEYS in flags:
        theirs: set[str] = set()
        async for page in connector.list_keys(name):
            run.check()
            theirs.update(page)
        ours = {state.key async for page in lake_keys(run, name) for state in page}
        found.missing = sorted(theirs - ours)
        found.extra = sorted(ours - theirs)
        found.source_records, found.lake_records = len(theirs), len(ours)
        found.compared = len(theirs | ours)
        return found
    return None


async def lake_keys(run: Run, name: str, span: Span | None = None) -> AsyncIterator[list[KeyState]]:
    """The lake's records of a span, in pages."""
    after: str | None = None
    while True:
        async with run.tenant() as session:
            page = await lake.keys(session, run.ref, name, span, after=after, limit=_KEYS)
        if page:
            yield page
        if len(page) < _KEYS:
            return
        after = page[-1].key


async def _different(
    run: Run,
    connector: TellsBands,
    name: str,
    found: Difference,
    period: Period,
    within: Span | None = None,
) -> AsyncIterator[Span]:
    run.check()
    theirs = {band.span: band for band in await connector.bands(name, period, within)}
    async with run.tenant() as session:
        ours = {
            band.span: band for band in await lake.bands(session, run.ref, name, period, within)
        }
    if within is None:
        found.source_records = sum(band.count for band in theirs.values())
        found.lake_records = sum(band.count for band in ours.values())
    for span in sorted(theirs.keys() | ours.keys(), key=_beginning):
        source, copy = theirs.get(span), ours.get(span)
        found.bands += 1
        equal = _equal(source, copy)
        if within is None:
            found.spans.append(
                {
                    "start": span.start.isoformat() if span.start else None,
                    "source": source.count if source else 0,
                    "lake": copy.count if copy else 0,
                    "equal": equal,
                }
            )
        if equal:
            continue
        found.bands_different += 1
        finer = period.finer
        most = max(source.count if source else 0, copy.count if copy else 0)
        if span.start is None or finer is None or most <= FEW:
            yield span
            continue
        async for closer in _different(run, connector, name, found, finer, span):
            yield closer


def _beginning(span: Span) -> datetime:
    return span.start or datetime.min.replace(tzinfo=UTC)


def _equal(source: Band | None, copy: Band | None) -> bool:
    if source is None or copy is None:
        return source is copy
    return (source.count, source.latest) == (copy.count, copy.latest)


async def months(run: Run, connector: TellsBands, name: str) -> list[Span]:
    """The months in which source or lake have records, and the span of those without a time."""
    theirs = {band.span for band in await connector.bands(name, Period.MONTH)}
    async with run.tenant() as session:
        ours = {band.span for band in await lake.bands(session, run.ref, name, Period.MONTH)}
    return sorted(theirs | ours, key=_beginning)


async def parts(
    run: Run, connector: TellsBands, name: str, span: Span, period: Period = Period.MONTH
) -> AsyncIterator[Span]:
    """A span in pieces that can be held at once: the finer bands of one with too many records."""
    async with run.tenant() as session:
        ours = await lake.bands(session, run.ref, name, period, span)
    finer = period.finer
    if span.start is None or finer is None or sum(band.count for band in ours) <= MANY:
        yield span
        return
    theirs = await connector.bands(name, finer, span)
    async with run.tenant() as session:
        ours = await lake.bands(session, run.ref, name, finer, span)
    for each in sorted({band.span for band in (*theirs, *ours)}, key=_beginning):
        async for piece in parts(run, connector, name, each, finer):
            yield piece


async def compare_keys(
    run: Run, connector: TellsBands, name: str, span: Span, found: Difference
) -> None:
    """Add what differs among the records of a span, without content."""
    ours: dict[str, tuple[datetime | None, bool]] = {}
    async for page in lake_keys(run, name, span):
        ours.update((state.key, (state.changed_at, state.is_active)) for state in page)
    aside = run.aside.get(name, set())
    async for states in connector.band_keys(name, span):
        run.check()
        for state in states:
            found.compared += 1
            copy = ours.pop(state.key, None)
            if state.key in aside:
                continue  # it can't be read; it is tried again in its own time
            if copy is None:
                found.missing.append(state.key)
            elif copy != (state.changed_at, state.is_active):
                found.changed.append(state.key)
    found.compared += len(ours)
    found.extra.extend(ours)
