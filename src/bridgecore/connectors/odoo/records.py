"""Records off the wire as changes: their bytes as Odoo sent them, only their heads looked at.

Odoo answers a page as a whole, so one record that can't be read (a broken stored value, a label
whose computation fails) fails them all. Then the page is read in halves until the record is
alone, and it is set aside with Odoo's reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec

from bridgecore.connectors.contract import Change, Pace, SetAside
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, OdooError

TIMEOUT = 120.0
MOST_SET_ASIDE = 20
"""Records of one page that may fail by themselves; beyond, the fault is not the records'."""

EVERYTHING: Mapping[str, Any] = {"active_test": False}
"""The context in which archived records are found too."""

_OF_A_RECORD = frozenset(
    {
        Kind.ACCESS_ERROR,
        Kind.MISSING_RECORD,
        Kind.VALIDATION,
        Kind.USER_ERROR,
        Kind.SERVER_ERROR,
        Kind.ANSWER_TOO_LARGE,
    }
)


class _Head(msgspec.Struct, gc=False):
    id: int
    write_date: str | bool = False
    create_date: str | bool = False
    active: bool = True


_HEADS = msgspec.json.Decoder(list[_Head])
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_IDS = msgspec.json.Decoder(list[int])


class Row(msgspec.Struct, gc=False):
    """One record of an answer: what it is now, or why it can't be had.

    `second` is its time of change as Odoo shows it, empty where it is not known.
    """

    id: int
    second: str
    change: Change | None = None
    set_aside: SetAside | None = None


class Batch(msgspec.Struct):
    """The first records of a domain; `last` is the id of the last one looked at.

    `more`: there may be others behind it.
    """

    rows: list[Row]
    last: int
    more: bool


def moment(text: str | bool) -> datetime | None:
    """Odoo's text of a time, which is UTC."""
    return datetime.fromisoformat(text + "+00:00") if isinstance(text, str) and text else None


class Source:
    """Reads one model's records; counts the seconds Odoo takes."""

    def __init__(
        self, client: OdooClient, model: str, fields: Sequence[str], pace: Pace | None = None
    ) -> None:
        self._client = client
        self._model = model
        self._fields = list(fields)
        self.pace = pace or Pace()
        self.seconds = 0.0

    async def page(self, domain: list[Any], order: str) -> Batch:
        """The first records of a domain. Raises `OdooError`.

        At most as many as the pace says, which is lowered while an answer turns out too large.
        """
        while True:
            limit = self.pace.page_size
            try:
                rows = await self.first(domain, order, limit)
            except OdooError as error:
                if error.kind is Kind.ANSWER_TOO_LARGE and limit > 1:
                    self.pace.page_size = max(1, limit // 2)
                    continue
                if not _may_be_of_a_record(error):
                    raise
                ids = await self.search(domain, order, limit)
                if not ids:
                    raise
                rows = await self._halved(ids, error, [MOST_SET_ASIDE])
                return Batch(rows, ids[-1], len(ids) == limit)
            return Batch(rows, rows[-1].id if rows else 0, len(rows) == limit)

    async def first(
        self, domain: list[Any], order: str, limit: int, fields: Sequence[str] = ()
    ) -> list[Row]:
        """The first records of a domain, read in one call. Raises `OdooError`."""
        raw = await self._call(
            "search_read",
            [],
            {
                # Attachments of fields are hidden from a search that does not mention ids.
                "domain": [["id", ">", 0], *domain],
                "fields": list(fields or self._fields),
                "order": order,
                "limit": limit,
                "context": EVERYTHING,
            },
        )
        return _rows(raw)

    async def search(self, domain: list[Any], order: str, limit: int) -> list[int]:
        """The ids of a domain, archived ones too. Raises `OdooError`."""
        kwargs = {"order": order, "limit": limit, "context": EVERYTHING}
        raw = await self._call("search", [[["id", ">", 0], *domain]], kwargs)
        return _IDS.decode(raw)

    async def visible(self, ids: Sequence[int]) -> list[Row]:
        """Those of ids that a search finds, archived ones too, by id. Raises `OdooError`."""
        if not ids:
            return []
        domain = [["id", "in", list(ids)]]
        try:
            return await self.first(domain, "id asc", len(ids))
        except OdooError as error:
            if not _may_be_of_a_record(error):
                raise
            found = await self.search(domain, "id asc", len(ids))
            return await self._halved(found, error, [MOST_SET_ASIDE]) if found else []

    async def heads(self, ids: Sequence[int], fields: Sequence[str]) -> list[_Head]:
        """Times and state of these records. Raises `OdooError` if one may not be seen."""
        raw = await self._call("read", [list(ids), list(fields)], {"context": EVERYTHING})
        return _HEADS.decode(raw)

    async def _halved(self, ids: list[int], error: OdooError, left: list[int]) -> list[Row]:
        """The records of ids that fail together, in order; `left` counts down what may fail."""
        if len(ids) == 1:
            left[0] -= 1
            if left[0] < 0:
                raise error
            return [await self._set_aside(ids[0], error)]
        middle = len(ids) // 2
        rows: list[Row] = []
        for half in (ids[:middle], ids[middle:]):
            if not half:
                continue
            try:
                rows += await self._read(half)
            except OdooError as again:
                if not _may_be_of_a_record(again):
                    raise
                rows += await self._halved(half, again, left)
        return rows

    async def _set_aside(self, key: int, error: OdooError) -> Row:
        second = ""
        try:
            heads = await self.heads([key], ["write_date"])
            if heads and isinstance(heads[0].write_date, str):
                second = heads[0].write_date
        except OdooError as again:
            if not _may_be_of_a_record(again):
                raise
        return Row(key, second, set_aside=SetAside(str(key), _reason(error)))

    async def _read(self, ids: Sequence[int]) -> list[Row]:
        raw = await self._call("read", [list(ids), self._fields], {"context": EVERYTHING})
        return _rows(raw)

    async def _call(self, method: str, args: list[Any], kwargs: Mapping[str, Any]) -> bytes:
        started = monotonic()
        try:
            return await self._client.execute(self._model, method, args, kwargs, timeout=TIMEOUT)
        finally:
            self.seconds += monotonic() - started


def _rows(raw: bytes) -> list[Row]:
    return [
        _row(head, bytes(record))
        for head, record in zip(_HEADS.decode(raw), _ROWS.decode(raw), strict=True)
    ]


def _row(head: _Head, record: bytes) -> Row:
    changed = head.write_date if isinstance(head.write_date, str) else ""
    change = Change(str(head.id), record, moment(changed), head.active, moment(head.create_date))
    return Row(head.id, changed, change)


def _may_be_of_a_record(error: OdooError) -> bool:
    # without an exception's name the failure is the server's, not a record's
    if error.kind is Kind.SERVER_ERROR:
        return bool(error.exception)
    return error.kind in _OF_A_RECORD


def _reason(error: OdooError) -> str:
    if error.kind is Kind.ANSWER_TOO_LARGE:
        return "This record alone is larger than an answer may be. Leave out its largest fields."
    return f"Odoo can't read this record: {error.message}"
