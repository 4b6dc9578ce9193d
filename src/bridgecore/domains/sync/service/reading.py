"""Reading what changed: pages in order, with the next one under way while one is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bridgecore.connectors.contract import (
    Checkpoint,
    EntityFlag,
    Pace,
    Page,
    Period,
    Presence,
    TellsBands,
)
from bridgecore.connectors.errors import CheckpointExpired
from bridgecore.domains.lake.schemas import DeleteReason, Order
from bridgecore.domains.sync.models import SyncEntity
from bridgecore.domains.sync.repository import set_asides
from bridgecore.domains.sync.service.run import DatabaseClock, Run

FIRST_PAGE = 500
SMALLEST_PAGE = 50
LARGEST_PAGE = 2_000
KEYS_AT_ONCE = 500
SLOW, QUICK = 8.0, 2.0
"""Seconds a page may take before it is made smaller, and below which it may grow."""

REASONS = {
    Presence.DELETED: DeleteReason.DELETED,
    Presence.NOT_VISIBLE: DeleteReason.NOT_VISIBLE,
}


def selected(row: SyncEntity) -> list[str]:
    """The fields to ask for: those chosen, or the usual ones, as far as the source has them.

    Empty while it is not known what the source has: then the connector decides.
    """
    known: dict[str, Any] = row.source_fields or {}
    if row.fields is not None:
        return [name for name in row.fields if name in known] if known else list(row.fields)
    return [name for name, about in known.items() if about.get("by_default")]


async def read_entity(run: Run, name: str) -> None:
    """Bring one entity up to date, page by page. Raises `ConnectorError`, LeaseLost."""
    row = run.entities[name]
    stats = run.of(name)
    stats.state = "reading"
    started = run.clock.now()
    incremental = EntityFlag.INCREMENTAL in run.flags(name)
    since = Checkpoint(row.checkpoint) if row.checkpoint else None
    if row.loaded_at is None and stats.expected is None:
        stats.expected = await _expected(run, name)
    try:
        await _read_pages(run, row, since)
    except CheckpointExpired:
        row.loaded_at = None
        await _read_pages(run, row, None)
    row.caught_up_at = started
    row.loaded_at = row.loaded_at or run.clock.now()
    if not incremental:
        # the next read is a whole one again
        row.checkpoint = None
    if row.state in ("new", "loading", "failing", "denied", "missing"):
        row.state = "ok"
    row.error = row.what_to_do = row.retry_at = None
    row.failures = 0
    run.dirty.add(name)
    stats.state = "done"
    stats.error = stats.what_to_do = None


async def _read_pages(run: Run, row: SyncEntity, since: Checkpoint | None) -> None:
    pace = Pace(row.page_size or FIRST_PAGE)
    stats = run.of(row.entity)
    pages = run.connector.read(row.entity, since, fields=selected(row), pace=pace)
    async with Storing(run, row) as storing:
        async for observed_at, page in ahead(pages, run.clock):
            run.check()
            stats.pages += 1
            stats.seconds = round(stats.seconds + page.seconds, 3)
            stats.read += len(page.changes)
            _set_pace(pace, page)
            row.page_size = pace.page_size
            await storing.put(page, observed_at)


def _set_pace(pace: Pace, page: Page) -> None:
    if page.seconds > SLOW:
        pace.page_size = max(SMALLEST_PAGE, pace.page_size // 2)
    elif page.seconds < QUICK and page.page_size and len(page.changes) >= page.page_size:
        pace.page_size = min(LARGEST_PAGE, pace.page_size * 2)


async def ahead(
    pages: AsyncIterator[Page], clock: DatabaseClock
) -> AsyncIterator[tuple[datetime, Page]]:
    """Each page with the moment before it was asked for; the next is asked for meanwhile."""

    async def following() -> tuple[datetime, Page] | None:
        moment = clock.now()
        async for page in pages:
            return moment, page
        return None

    coming = asyncio.create_task(following())
    try:
        while (found := await coming) is not None:
            coming = asyncio.create_task(following())
            yield found
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
        close = getattr(pages, "aclose", None)
        if close is not None:
            await close()


class Storing:
    """Pages stored one after another, the next one copied in while one is stored.

    Leaving waits for the page in hand and raises its error.
    """

    def __init__(self, run: Run, row: SyncEntity) -> None:
        self._run = run
        self._row = row
        self._last: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Storing:
        return self

    async def put(self, page: Page, observed_at: datetime) -> None:
        """Begin to store a page; returns when the page before it is stored, or raises its error."""
        before = self._last
        self._last = asyncio.create_task(self._store(page, observed_at, before))
        if before is not None:
            await before

    async def _store(
        self, page: Page, observed_at: datetime, before: asyncio.Task[None] | None
    ) -> None:
        run, row = self._run, self._row
        if page.changes or page.set_aside:
            await run.store(
                row.entity,
                page.changes,
                observed_at,
                checkpoint=page.checkpoint,
                aside=page.set_aside,
                before=before,
            )
            return
        if before is not None:
            await before
        if page.checkpoint != row.checkpoint:
            # nothing to store with it: it is written when the run ends
            row.checkpoint = page.checkpoint
            run.dirty.add(row.entity)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        last = self._last
        if last is None:
            return
        if isinstance(error, asyncio.CancelledError):
            last.cancel()
            with suppress(Exception):  # that it was told to stop counts
                await last
            return
        try:
            await last
        except Exception as failed:
            if failed is not error:
                raise


async def _expected(run: Run, name: str) -> int | None:
    """How many records a first load will bring, for whoever watches it."""
    connector = run.connector
    if isinstance(connector, TellsBands) and EntityFlag.BANDED in run.flags(name):
        return sum(band.count for band in await connector.bands(name, Period.YEAR))
    return None


async def read_by_key(
    run: Run,
    name: str,
    keys: Sequence[str],
    *,
    order: Order = Order.ASKED,
) -> dict[str, Presence]:
    """Read and store these records. Returns what became of those that are not there to read."""
    connector = run.connector
    assert isinstance(connector, TellsBands)
    fields = selected(run.entities[name])
    gone: dict[str, Presence] = {}
    for at in range(0, len(keys), KEYS_AT_ONCE):
        run.check()
        chunk = list(keys[at : at + KEYS_AT_ONCE])
        observed_at = run.clock.now()
        found = await connector.read_keys(name, chunk, fields=fields)
        run.of(name).read += len(found.changes)
        if found.changes or found.set_aside:
            await run.store(
                name,
                found.changes,
                observed_at,
                order=order,
                aside=found.set_aside,
            )
        there = {each.key for each in found.changes} | {each.key for each in found.set_aside}
        absent = [key for key in chunk if key not in there]
        if absent:
            gone.update(await connector.presence(name, absent))
    return gone


async def retry_set_asides(run: Run, limit: int = 1_000) -> None:
    """Try records again that could not be had before, those whose time has come."""
    if not isinstance(run.connector, TellsBands):
        return
    async with run.tenant() as session:
        due = await set_asides.due(session, run.tenant_id, run.connection_id, limit)
    by_entity: dict[str, list[str]] = {}
    for name, key in due:
        if name in run.entities and run.entities[name].is_enabled:
            by_entity.setdefault(name, []).append(key)
            run.aside.setdefault(name, set()).add(key)
    for name, keys in by_entity.items():
        if EntityFlag.BANDED not in run.flags(name):
            continue
        observed_at = run.clock.now()
        gone = await read_by_key(run, name, keys)
        for presence, reason in REASONS.items():
            lost = [key for key, told in gone.items() if told is presence]
            if lost:
                await run.remove(name, lost, reason, observed_at)
