"""Reads a model's records in order of change, so that none is missed and nothing loops.

What makes this less than simple, by version: RPC shows `write_date` in whole seconds but stores
microseconds; up to 18 `=` never matches it and `>` matches the same row again; every row of one
transaction carries one time; and a long transaction commits rows with a time already passed.
So: the first read goes by id, later ones by `write_date >=` from an overlap before the last
position, a page ends at a whole second, and a second too full for a page is read by id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from bridgecore.connectors.contract import Change, Checkpoint, Page
from bridgecore.connectors.errors import CheckpointExpired
from bridgecore.connectors.odoo.client import OdooClient

PAGE_SIZE = 500
TIMEOUT = 120.0
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


class _Head(msgspec.Struct):
    id: int
    write_date: str | bool = False
    active: bool = True


_HEAD = msgspec.json.Decoder(_Head)
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


class _Row(msgspec.Struct):
    id: int
    second: str
    change: Change


async def read(
    client: OdooClient,
    model: str,
    fields: Sequence[str],
    since: Checkpoint | None,
    *,
    page_size: int = PAGE_SIZE,
    overlap: timedelta = OVERLAP,
) -> AsyncIterator[Page]:
    """Pages of changes and positions; always at least one page, if only for its position.

    `fields` must hold `write_date`, and `active` where the model has it. Raises `OdooError` and
    `CheckpointExpired`.
    """
    reader = _Reader(client, model, fields, page_size)
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
            {"order": "id asc", "limit": page_size, "context": {"active_test": False}},
            timeout=TIMEOUT,
        )
        ids = msgspec.json.decode(raw, type=list[int])
        if ids:
            yield [str(each) for each in ids]
            after = ids[-1]
        if len(ids) < page_size:
            return


class _Reader:
    def __init__(
        self, client: OdooClient, model: str, fields: Sequence[str], page_size: int
    ) -> None:
        self._client = client
        self._model = model
        self._fields = list(fields)
        self._page_size = page_size

    async def newest(self) -> str | None:
        """The latest change of all, to the second."""
        rows = await self._rows([["write_date", "!=", False]], "write_date desc, id desc", 1)
        return rows[0].second if rows else None

    async def everything(self, position: Position) -> AsyncIterator[Page]:
        """All records by id; ends where changes since the beginning can be read from."""
        while True:
            rows = await self._rows([["id", ">", position.after]], "id asc", self._page_size)
            last = len(rows) < self._page_size
            if last:
                position = Position("done", position.time)
            else:
                position = Position("all", position.time, after=rows[-1].id)
            yield _page(rows, position)
            if last:
                return

    async def changes(self, position: Position) -> AsyncIterator[Page]:
        """Changed records in order of time."""
        while position.phase != "done":
            if position.after:
                rows, position = await self._within_second(position)
            else:
                rows, position = await self._from_second(position)
            yield _page(rows, position)

    async def _from_second(self, position: Position) -> tuple[list[_Row], Position]:
        rows = await self._rows(
            [["write_date", ">=", position.time], *self._bound(position)],
            "write_date asc, id asc",
            self._page_size,
        )
        if len(rows) < self._page_size:
            newest = position.until or max((row.second for row in rows), default=_BEGINNING)
            return rows, Position("done", max(newest, position.reached))
        # What changes while many pages are read belongs to the next read, or this one could
        # tail the present for ever and its overlap would no longer reach back to its start.
        until = position.until or await self.newest() or rows[-1].second
        open_second = rows[-1].second
        whole = [row for row in rows if row.second < open_second]
        position = replace(position, time=open_second, until=until)
        return (whole, position) if whole else await self._within_second(position)

    async def _within_second(self, position: Position) -> tuple[list[_Row], Position]:
        following = _shifted(position.time, _SECOND)
        rows = await self._rows(
            [
                ["write_date", ">=", position.time],
                ["write_date", "<", following],
                ["id", ">", position.after],
            ],
            "id asc",
            self._page_size,
        )
        if len(rows) == self._page_size:
            return rows, replace(position, after=rows[-1].id)
        if position.until is not None and following > position.until:
            return rows, Position("done", max(position.until, position.reached))
        return rows, replace(position, time=following, after=0)

    def _bound(self, position: Position) -> list[Any]:
        if position.until is None:
            return []
        return [["write_date", "<", _shifted(position.until, _SECOND)]]

    async def _rows(self, domain: list[Any], order: str, limit: int) -> list[_Row]:
        raw = await self._client.call(
            self._model,
            "search_read",
            [],
            {
                # Attachments of fields are hidden from a search that does not mention ids.
                "domain": [["id", ">", 0], *domain],
                "fields": self._fields,
                "order": order,
                "limit": limit,
                "context": {"active_test": False},
            },
            timeout=TIMEOUT,
        )
        return [_row(bytes(record)) for record in _ROWS.decode(raw)]


def _row(record: bytes) -> _Row:
    head = _HEAD.decode(record)
    second = head.write_date if isinstance(head.write_date, str) else ""
    changed_at = datetime.fromisoformat(second + "+00:00") if second else None
    return _Row(head.id, second, Change(str(head.id), record, changed_at, head.active))


def _page(rows: list[_Row], position: Position) -> Page:
    return Page(tuple(row.change for row in rows), position.checkpoint())


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
