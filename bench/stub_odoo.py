"""A stub Odoo that answers at once, or after a set time: the yardstick of every measurement.

It knows just enough of Odoo's wire protocol for the connector to sign in and read. The answer to
`call_kw` is 100 partners of 10 fields, made once; so the stub costs as little as it can and a
measurement shows what stands in front of it.

    python -m bench.stub_odoo --port 8069 --latency-ms 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from typing import cast

import uvloop

DATABASE = "bench"
LOGIN = "bench"
PASSWORD = "bench-password"
MODEL = "res.partner"
CALL_KW = "/web/dataset/call_kw"
TWICE = "/twice"
"""The rows under two names, byte for byte what the gateway's `search_read` answers."""
RECORDS = 100

_JSON = "Content-Type: application/json; charset=utf-8"
_HEADERS_END = b"\r\n\r\n"
_LARGEST_HEADERS = 64 * 1024
_VERSION = {
    "server_version": "17.0",
    "server_version_info": [17, 0, 0, "final", 0, ""],
    "server_serie": "17.0",
    "protocol_version": 1,
}
_SESSION = {
    "uid": 2,
    "db": DATABASE,
    "username": LOGIN,
    "name": "Bench",
    "partner_id": 3,
    "server_version": "17.0",
    "server_version_info": [17, 0, 0, "final", 0, ""],
    "user_context": {"lang": "en_US", "tz": "UTC", "uid": 2},
}
FIELDS = (
    "id",
    "name",
    "email",
    "phone",
    "street",
    "city",
    "is_company",
    "country_id",
    "credit",
    "write_date",
)


def partners() -> Sequence[Mapping[str, object]]:
    """`RECORDS` partners of ten fields, as Odoo's `search_read` returns them."""
    return [
        {
            "id": number,
            "name": f"Meridian {number:03d}",
            "email": f"m{number:03d}@odoo.example",
            "phone": f"+32 9 5{number:03d}",
            "street": f"Loi {number}",
            "city": "Gent",
            "is_company": number % 3 == 0,
            "country_id": [20, "Belgium"],
            "credit": number * 12.5,
            "write_date": f"2026-01-{number % 28 + 1:02d} 08:{number % 60:02d}:00",
        }
        for number in range(1, RECORDS + 1)
    ]


def rpc_answer(result: object) -> bytes:
    """The JSON-RPC envelope, written with spaces as Odoo writes it; `id` is always 1."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def response(status: str, body: bytes, *headers: str) -> bytes:
    lines = (
        f"HTTP/1.1 {status}",
        "Server: Werkzeug",
        _JSON,
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join(lines).encode() + _HEADERS_END + body


def _twice() -> bytes:
    rows = json.dumps(partners()).encode()
    return b'{"success":true,"records":' + rows + b',"result":' + rows + b"}"


class Answers:
    """What each path answers, made once."""

    def __init__(self) -> None:
        rows = response("200 OK", rpc_answer(partners()))
        session = rpc_answer(_SESSION)
        cookie = "Set-Cookie: session_id=bench-session; Path=/; HttpOnly"
        self._by_path: Mapping[bytes, bytes] = {
            CALL_KW.encode(): rows,
            TWICE.encode(): response("200 OK", _twice()),
            b"/jsonrpc": response("200 OK", rpc_answer(2)),
            b"/web/session/authenticate": response("200 OK", session, cookie),
            b"/web/session/get_session_info": response("200 OK", session),
            b"/web/session/destroy": response("200 OK", rpc_answer(None)),
            b"/web/webclient/version_info": response("200 OK", rpc_answer(_VERSION)),
        }
        self._missing = response("404 NOT FOUND", b'{"error": "no such path"}')

    def to(self, path: bytes) -> bytes:
        """The whole response. Odoo also takes `call_kw/<model>/<method>`."""
        found = self._by_path.get(path)
        if found is None and path.startswith(CALL_KW.encode() + b"/"):
            found = self._by_path[CALL_KW.encode()]
        return found or self._missing


class Connection(asyncio.Protocol):
    """One keep-alive connection. Answers go out in the order of their requests."""

    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._unread = b""
        self._waiting: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one in all but its class
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        unread = self._unread + data if self._unread else data
        while unread:
            headers, end, _ = unread.partition(_HEADERS_END)
            if not end:
                if len(unread) > _LARGEST_HEADERS:
                    self._close()
                break
            try:
                path = headers.split(b" ", 2)[1]
                whole = len(headers) + len(end) + _content_length(headers)
            except (IndexError, ValueError):
                self._close()
                return
            if len(unread) < whole:
                break
            unread = unread[whole:]
            self._answer(path)
        self._unread = unread

    def _answer(self, path: bytes) -> None:
        answer = self._answers.to(path)
        if self._latency:
            self._waiting.append(answer)
            self._loop.call_later(self._latency, self._send_next)
        elif self._transport is not None:
            self._transport.write(answer)

    def _send_next(self) -> None:
        if self._transport is not None and self._waiting:
            self._transport.write(self._waiting.popleft())

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _content_length(headers: bytes) -> int:
    """Bytes of the body. Raises ValueError for a length that is none."""
    lowered = headers.lower()
    start = lowered.find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    start += len(b"\r\ncontent-length:")
    end = lowered.find(b"\r\n", start)
    return int(lowered[start:] if end < 0 else lowered[start:end])


async def serve(host: str, port: int, latency: float) -> None:
    """Listen until SIGTERM or SIGINT. `latency` in seconds."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await loop.create_server(
        lambda: Connection(answers, latency), host, port, backlog=2048
    )
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stub Odoo to measure against.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    given = parser.parse_args()
    uvloop.run(serve(given.host, given.port, given.latency_ms / 1000))


if __name__ == "__main__":
    main()
