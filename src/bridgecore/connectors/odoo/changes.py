"""Reads a model's records in order of change, so that none is missed and nothing loops.

What makes this less than simple, by version: RPC shows `write_date` in whole seconds but stores
microseconds; up to 18 `=` never matches it and `>` matches the same row again; every row of one
transaction carries one time; and a long transaction commits rows with a time already passed.
So: the first read goes by id, later ones by `write_date >=` from an overlap before the last
position. A page may end within a second: the next one starts at that second and leaves out what
was read of it, and a second too full for a page is read on by id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from bridgecore.connectors.contract import Checkpoint, Pace, Page
from bridgecore.connectors.errors import CheckpointExpired
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.connectors.odoo.records import EVERYTHING, TIMEOUT, Row, Source

OVERLAP = timedelta(minutes=10)
"""Longer than transactions run: what commits later than this with an earlier time is missed."""

_BEGINNING = "1970-01-01 00:00:00"
_FORMAT = "%Y-%m-%d %H:%M:%S"
_SECOND = timedelta(seconds=1)


class Position(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a read stands.

    `all`: ids up to `after` are read; `time` is the newest change when it began. `changes`: all
    before `time` is read, and within that second ids up to `after`; `until` bounds the read and
    `reached` is where the one before ended. `done`: everything up to `time` is read.
    """

    phase: Literal["all", "changes", "done"]
    time: str
    after: int = 0
    until: str | None = None
    reached: str = _BEGINNING
    version: int = 1

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(msgspec.json.encode(self).decode())


async def read(
    client: OdooClient,
    model: str,
    fields: Sequence[str],
    since: Checkpoint | None,
    *,
    pace: Pace | None = None,
    overlap: timedelta = OVERLAP,
) -> AsyncIterator[Page]:
    """Pages of changes and positions; always at least one page, if only for its position.

    `fields` must hold `write_date`, and `active` where the model has it. Raises `OdooError` and
    `CheckpointExpired`.
    """
    reader = _Reader(Source(client, model, fields, pace))
    if since is None:
        position = Position("all", await reader.newest() or _BEGINNING)
    else:
        position = _position(since)
        if position.phase == "done":
            before = _shifted(position.time, -overlap)
            position = Position("changes", before, reached=position.time)
    pages = reader.everything if position.phase == "all" else reader.changes
    async for page in pages(position):
        yield page


async def list_keys(
    client: OdooClient, model: str, *, page_size: int = 10_000
) -> AsyncIterator[Sequence[str]]:
    """The ids of every record, archived ones too, in pages."""
    after = 0
    while True:
        raw = await client.execute(
            model,
            "search",
            [[["id", ">", after]]],
            {"order": "id asc", "limit": page_size, "context": EVERYTHING},
            timeout=TIMEOUT,
        )
        ids = msgspec.json.decode(raw, type=list[int])
        if ids:
            yield [str(each) for each in ids]
            after = ids[-1]
        if len(ids) < page_size:
            return


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._reported = 0.0
        # ids read of the second a page ended in, and whether that second alone filled a page
        self._read: list[int] = []
        self._crowded = False

    async def newest(self) -> str | None:
        """The latest change of all, to the second."""
        dated = [["write_date", "!=", False]]
        order = "write_date desc, id desc"
        rows = await self._source.first(dated, order, 1, ["write_date"])
        return rows[0].second if rows else None

    async def everything(self, position: Position) -> AsyncIterator[Page]:
        """All records by id; ends where changes since the beginning can be read from."""
        while position.phase != "done":
            batch = await self._source.page([["id", ">", position.after]], "id asc")
            if batch.more:
                position = Position("all", position.time, after=batch.last)
            else:
                position = Position("done", position.time)
            yield self._page(batch.rows, position)

    async def changes(self, position: Position) -> AsyncIterator[Page]:
        """Changed records in order of time."""
        while position.phase != "done":
            if position.after or self._crowded:
                rows, position = await self._within_second(position)
            else:
                rows, position = await self._from_second(position)
            yield self._page(rows, position)

    async def _from_second(self, position: Position) -> tuple[list[Row], Position]:
        domain: list[Any] = [["write_date", ">=", position.time], *self._bound(position)]
        if self._read:
            # one of them that changed again since has a later time
            following = _shifted(position.time, _SECOND)
            later = ["write_date", ">=", following]
            domain = ["|", later, ["id", "not in", self._read], *domain]
        batch = await self._source.page(domain, "write_date asc, id asc")
        rows = batch.rows
        open_second = max((row.second for row in rows), default="")
        if not batch.more:
            newest = position.until or open_second or _BEGINNING
            return rows, Position("done", max(newest, position.reached))
        # What changes while many pages are read belongs to the next read, or this one could
        # tail the present for ever and its overlap would no longer reach back to its start.
        if not open_second:
            raise odoo_error(
                Kind.SERVER_ERROR, "Odoo can't read any record of a page, nor when they changed."
            )
        if open_second != position.time:
            self._read = []
        self._read += [row.id for row in rows if row.second == open_second]
        self._crowded = all(row.second == open_second for row in rows)
        until = position.until or await self.newest() or open_second
        return rows, replace(position, time=open_second, until=until)

    async def _within_second(self, position: Position) -> tuple[list[Row], Position]:
        following = _shifted(position.time, _SECOND)
        domain: list[Any] = [
            ["write_date", ">=", position.time],
            ["write_date", "<", following],
            ["id", ">", position.after],
        ]
        if self._read:
            domain.append(["id", "not in", self._read])
        batch = await self._source.page(domain, "id asc")
        if batch.more:
            return batch.rows, replace(position, after=batch.last)
        self._read, self._crowded = [], False
        if position.until is not None and following > position.until:
            return batch.rows, Position("done", max(position.until, position.reached))
        return batch.rows, replace(position, time=following, after=0)

    def _bound(self, position: Position) -> list[Any]:
        if position.until is None:
            return []
        return [["write_date", "<", _shifted(position.until, _SECOND)]]

    def _page(self, rows: list[Row], position: Position) -> Page:
        spent, self._reported = self._source.seconds - self._reported, self._source.seconds
        return Page(
            tuple(row.change for row in rows if row.change is not None),
            position.checkpoint(),
            tuple(row.set_aside for row in rows if row.set_aside is not None),
            seconds=spent,
            page_size=self._source.pace.page_size,
        )


def _shifted(second: str, by: timedelta) -> str:
    moment = datetime.strptime(second, _FORMAT).replace(tzinfo=UTC) + by
    return max(moment.strftime(_FORMAT), _BEGINNING)


def _position(checkpoint: Checkpoint) -> Position:
    try:
        position = msgspec.json.decode(checkpoint, type=Position)
        _shifted(position.time, _SECOND)
        if position.until is not None:
            _shifted(position.until, _SECOND)
    except (msgspec.DecodeError, ValueError):
        raise CheckpointExpired("This checkpoint is not one of the Odoo connector's.") from None
    if position.version != 1:
        raise CheckpointExpired("This checkpoint is of another version of the connector.")
    return position
