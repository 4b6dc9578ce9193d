"""A source of records that costs next to nothing: what is left is the price of copying them.

It speaks as much of Odoo's protocol as synchronising needs: pages by id and by time of change,
bands, fields. Records have 30 fields and are written by a template, so a million need no memory.
Four share each second of change. `POST /touch?count=N` changes the last N as of now.

    python -m bench.source --port 8069 --records 100000 --page-ms 10 --record-us 250
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import uvloop

from bench import stub_odoo

MODEL = stub_odoo.MODEL
A_SECOND = 4
CHANGED_A_SECOND = 500
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_FORMAT = "%Y-%m-%d %H:%M:%S"
_END = b"\r\n\r\n"
_TYPES: Mapping[str, str] = {
    "id": "integer",
    "name": "char",
    "create_date": "datetime",
    "write_date": "datetime",
    "active": "boolean",
    "email": "char",
    "phone": "char",
    "mobile": "char",
    "street": "char",
    "street2": "char",
    "city": "char",
    "zip": "char",
    "website": "char",
    "vat": "char",
    "ref": "char",
    "comment": "html",
    "function": "char",
    "lang": "selection",
    "tz": "selection",
    "type": "selection",
    "color": "integer",
    "credit_limit": "float",
    "partner_latitude": "float",
    "partner_longitude": "float",
    "is_company": "boolean",
    "employee": "boolean",
    "parent_id": "many2one",
    "user_id": "many2one",
    "country_id": "many2one",
    "category_id": "many2many",
}
FIELDS = tuple(_TYPES)
_TEMPLATE = (
    b'{"id": %(id)d, "name": "Meridian Trading %(id)d", "create_date": "%(created)b", '
    b'"write_date": "%(changed)b", "active": true, "email": "office%(id)d@meridian.example", '
    b'"phone": "+32 9 555 %(id)d", "mobile": false, "street": "Rue de la Loi %(id)d", '
    b'"street2": false, "city": "Gent", "zip": "9000", "website": "http://m%(id)d.example", '
    b'"vat": "BE0477472701", "ref": "C%(id)d", "comment": "<p>Delivers on Tuesdays, by the gate '
    b'in the back yard.</p>", "function": "Purchasing", "lang": "en_US", "tz": "Europe/Brussels", '
    b'"type": "contact", "color": 3, "credit_limit": 1250.5, "partner_latitude": 51.0543422, '
    b'"partner_longitude": 3.7174243, "is_company": false, "employee": false, '
    b'"parent_id": [17, "Meridian Holding"], "user_id": [2, "Mitchell Admin"], '
    b'"country_id": [20, "Belgium"], "category_id": [3, 5, 8]}'
)
assert len(FIELDS) == 30


class Records:
    """Records 1 to `count`, later ones changed later."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._touched_from = count + 1
        self._touched_at = _BEGAN

    def touch(self, count: int) -> None:
        """The last `count` records change, the last of them now."""
        self._touched_from = self.count + 1 - count
        self._touched_at = datetime.now(UTC) - timedelta(seconds=count // CHANGED_A_SECOND)

    def answer(self, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
        """The JSON of what a method returns."""
        domain = kwargs.get("domain") or (args[0] if args else [])
        if method == "search_read":
            return self._search_read(domain, kwargs)
        if method in ("read_group", "formatted_read_group"):
            return self._bands(domain, kwargs)
        if method == "fields_get":
            return json.dumps(
                {
                    name: {"type": kind, "string": name, "store": True}
                    | ({"relation": "res.partner"} if kind.startswith("many2") else {})
                    for name, kind in _TYPES.items()
                }
            ).encode()
        if method == "check_access_rights":
            return b"true"
        return b"[]"

    def _search_read(self, domain: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
        first, last = self._range(domain)
        limit = kwargs.get("limit") or self.count
        if "desc" in (kwargs.get("order") or ""):
            first = max(first, last - limit + 1)
        last = min(last, first + limit - 1)
        fields = kwargs.get("fields") or FIELDS
        if len(fields) > 10:
            rows = [_TEMPLATE % self._values(key) for key in range(first, last + 1)]
        else:
            short = b'{"id": %(id)d, "write_date": "%(changed)b", "active": true}'
            rows = [short % self._values(key) for key in range(first, last + 1)]
        return b"[" + b", ".join(rows) + b"]"

    def _values(self, key: int) -> Mapping[bytes, Any]:
        return {
            b"id": key,
            b"created": _second(key).encode(),
            b"changed": self._changed(key).encode(),
        }

    def _changed(self, key: int) -> str:
        if key < self._touched_from:
            return _second(key)
        later = timedelta(seconds=(key - self._touched_from) // CHANGED_A_SECOND)
        return (self._touched_at + later).strftime(_FORMAT)

    def _range(self, domain: Sequence[Any]) -> tuple[int, int]:
        """The ids that a domain of bounds leaves."""
        first, last = 1, self.count
        # what was read of a second is left out by id: those ids and the ones before them
        read = 0
        terms = list(domain)
        if "|" in terms:
            place = terms.index("|")
            del terms[place : place + 2]
        for term in terms:
            field, operator, value = term
            if field == "id" and operator == ">":
                first = max(first, value + 1)
            elif field == "id" and operator == "not in":
                read = max(value)
            elif field == "id" and operator == "in":
                return (min(value), max(value)) if value else (1, 0)
            elif field in ("write_date", "create_date") and operator == ">=":
                first = max(first, self._first_at(field, value))
            elif field in ("write_date", "create_date") and operator == "<":
                last = min(last, self._first_at(field, value) - 1)
        return max(first, read + 1), last

    def _first_at(self, field: str, second: str) -> int:
        """The first record created or changed at that second or later."""
        moment = datetime.strptime(second, _FORMAT).replace(tzinfo=UTC)
        found = max(1, int((moment - _BEGAN).total_seconds()) * A_SECOND + 1)
        if field == "write_date" and found >= self._touched_from:
            since = moment - self._touched_at.replace(microsecond=0)
            later = max(0, int(since.total_seconds()))
            found = self._touched_from + later * CHANGED_A_SECOND
        return min(found, self.count + 1)

    def _bands(self, domain: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
        first, last = self._range(domain)
        term = (kwargs.get("groupby") or ["create_date:year"])[0]
        if first > last:
            return b"[]"
        span = {"from": "2026-01-01 00:00:00", "to": "2027-01-01 00:00:00"}
        band = {
            "__count": last - first + 1,
            "write_date": self._changed(last),
            term: "2026",
            "__range": {term: span},
        }
        return json.dumps([band]).encode()


_KNOWN: dict[int, str] = {}


def _second(key: int) -> str:
    second = (key - 1) // A_SECOND
    if second not in _KNOWN:
        _KNOWN.clear()
        for each in range(second, second + 1_000):
            _KNOWN[each] = (_BEGAN + timedelta(seconds=each)).strftime(_FORMAT)
    return _KNOWN[second]


class Connection(asyncio.Protocol):
    """One keep-alive connection, answered in order."""

    def __init__(self, records: Records, page: float, record: float) -> None:
        self._records = records
        self._page, self._record = page, record
        self._unread = bytearray()
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._others = stub_odoo.Answers()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._unread += data
        headers, end, _ = bytes(self._unread[:8192]).partition(_END)
        if not end:
            return
        lowered = headers.lower()
        start = lowered.find(b"content-length:")
        length = 0 if start < 0 else int(lowered[start + 15 :].split(b"\r\n", 1)[0])
        whole = len(headers) + 4 + length
        if len(self._unread) < whole:
            return
        body = bytes(self._unread[whole - length : whole])
        del self._unread[:whole]
        self._answer(headers.split(b" ", 2)[1], body)

    def _answer(self, path: bytes, body: bytes) -> None:
        if path.startswith(b"/touch"):
            self._records.touch(int(path.partition(b"=")[2]))
            self._send(stub_odoo.response("200 OK", b"{}"), 0)
            return
        call = json.loads(body) if body else {}
        if path.startswith(stub_odoo.CALL_KW.encode()):
            said = call["params"]
            if not said["model"].startswith("ir."):
                began = time.perf_counter()
                result = self._records.answer(said["method"], said["args"], said["kwargs"])
                wait = self._page + self._record * result.count(b'{"id"')
                taken = time.perf_counter() - began
            else:
                result, wait, taken = b"[]", self._page, 0.0
            answer = b'{"jsonrpc": "2.0", "id": %d, "result": %b}' % (call.get("id") or 0, result)
            self._send(stub_odoo.response("200 OK", answer), wait - taken)
        else:
            self._send(self._others.to(path), self._page)

    def _send(self, answer: bytes, wait: float) -> None:
        if wait > 0:
            self._loop.call_later(wait, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


async def _serve(port: int, records: int, page: float, record: float) -> None:
    held = Records(records)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await loop.create_server(
        lambda: Connection(held, page, record), "127.0.0.1", port, backlog=2048
    )
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A source of records to copy.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page-ms", type=float, default=0.0, help="each answer takes this long")
    parser.add_argument("--record-us", type=float, default=0.0, help="and this for each record")
    given = parser.parse_args()
    uvloop.run(_serve(given.port, given.records, given.page_ms / 1e3, given.record_us / 1e6))


if __name__ == "__main__":
    main()
