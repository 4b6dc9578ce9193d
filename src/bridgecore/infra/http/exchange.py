"""One HTTP/1.1 connection in the event loop, and the one exchange it carries at a time.

llhttp (through httptools) parses; nothing here waits in a thread, so an exchange costs no switch
between threads and no turn at the interpreter's lock.
"""

from __future__ import annotations

import asyncio
import select
import socket
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, cast

from httptools import HttpParserError, HttpResponseParser

from bridgecore.kit.http import ConnectionBroken, ResponseTooLarge, TimedOut, TransportError

PIECE = 64 * 1024
_AHEAD = 256 * 1024  # bytes of a streamed answer that may lie here unread
_LARGEST_HEAD = 1024 * 1024
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_FORMAT = 32 + zlib.MAX_WBITS  # gzip or zlib, told by the first bytes
_PROBES = {  # seconds of silence before the other side's system is asked, between askings, how many
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
}


class Exchange:
    """One request's answer on its way in. `limit` bounds a whole body; None streams it."""

    __slots__ = (
        "_ahead",
        "_connection",
        "_more",
        "_timer",
        "begun",
        "complete",
        "cookies",
        "decoder",
        "ended",
        "fault",
        "head_size",
        "headers",
        "keeps",
        "limit",
        "method",
        "pieces",
        "size",
        "status",
        "until_close",
    )

    def __init__(
        self,
        connection: Connection,
        method: str,
        limit: int | None,
        loop: asyncio.AbstractEventLoop,
        deadline: float,
    ) -> None:
        self._connection = connection
        self._more: asyncio.Future[None] | None = None
        self._ahead = 0
        self._timer = loop.call_at(deadline, self._expired)
        self.method = method
        self.limit = limit
        self.status = 0
        self.head_size = 0
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.decoder: Any = None
        self.pieces: deque[bytes] = deque()
        self.size = 0
        self.keeps = False
        self.until_close = False
        self.complete = False
        self.fault: TransportError | None = None
        self.begun: asyncio.Future[None] | None = loop.create_future() if limit is None else None
        self.ended: asyncio.Future[None] | None = (
            loop.create_future() if limit is not None else None
        )

    # ── told by the connection ─────────────────────────────────────────────────────────────────

    def header(self, name: str, value: str) -> None:
        if name == "set-cookie":
            self.cookies.append(value)
        before = self.headers.get(name)
        self.headers[name] = value if before is None else f"{before}, {value}"

    def head_complete(self, status: int, *, keeps: bool) -> bool:
        """The head is there. True: no body follows it, whatever it says."""
        self.status, self.keeps = status, keeps
        headers = self.headers
        length = headers.get("content-length")
        if self.method == "HEAD":
            self.keeps = False  # the parser goes on to wait for a body
            return True
        if length is None:
            self.until_close = "chunked" not in headers.get(
                "transfer-encoding", ""
            ) and status not in (204, 304)
        elif self.limit is not None and length.isdecimal() and int(length) > self.limit:
            self._too_large(f"{length} bytes")
        if headers.get("content-encoding", "").lower() in _COMPRESSED:
            self.decoder = zlib.decompressobj(_EITHER_FORMAT)
            del headers["content-encoding"]
            headers.pop("content-length", None)
        if self.begun is not None and not self.begun.done():
            self.begun.set_result(None)
        return False

    def body(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)
        if self.limit is not None:
            if self.size > self.limit:
                self._too_large(f"more than {self.limit} bytes")
            return
        self._ahead += len(piece)
        if self._ahead > _AHEAD:
            self._connection.pause()
        self._wake()

    def finish(self) -> None:
        """The answer is whole."""
        self.complete = True
        self._timer.cancel()
        for future in (self.begun, self.ended):
            if future is not None and not future.done():
                future.set_result(None)
        self._wake()

    def fail(self, fault: TransportError) -> None:
        """There will be no whole answer."""
        if self.fault is not None or self.complete:
            return
        self.fault = fault
        self._timer.cancel()
        for future in (self.begun, self.ended):
            if future is not None and not future.done():
                future.set_exception(fault)
                break
        self._wake()

    # ── asked by the caller ────────────────────────────────────────────────────────────────────

    async def whole(self) -> bytes:
        """The body, decompressed. Raises TransportError."""
        assert self.ended is not None
        await self.ended
        pieces = self.pieces
        raw = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self.decoder is None:
            return raw
        if len(raw) <= _AHEAD:
            return self._inflated(raw)
        return await asyncio.to_thread(self._inflated, raw)

    async def read(self) -> AsyncIterator[bytes]:
        """The body in pieces of at most 64 KiB, decompressed. Raises TransportError."""
        while True:
            while self.pieces:
                piece = self.pieces.popleft()
                self._ahead -= len(piece)
                for start in range(0, len(piece), PIECE) if self.decoder is None else ():
                    yield piece[start : start + PIECE]
                rest = piece if self.decoder is not None else b""
                while rest:
                    found = self._decompressed(rest, PIECE)
                    rest = self.decoder.unconsumed_tail
                    if found:
                        yield found
                if self._ahead <= _AHEAD // 2:
                    self._connection.resume()
            if self.complete:
                if self.decoder is not None and not self.decoder.eof and self.size:
                    raise ConnectionBroken(f"{self._connection.where}: its compression is cut off")
                return
            if self.fault is not None:
                raise self.fault
            self._more = asyncio.get_running_loop().create_future()
            try:
                await self._more
            finally:
                self._more = None

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _inflated(self, raw: bytes) -> bytes:
        assert self.limit is not None
        if not raw:
            return raw
        found = self._decompressed(raw, self.limit + 1)
        if len(found) > self.limit:
            raise ResponseTooLarge(f"the answer has more than {self.limit} bytes")
        if not self.decoder.eof:
            raise ConnectionBroken(f"{self._connection.where}: its compression is cut off")
        return found

    def _decompressed(self, raw: bytes, most: int) -> bytes:
        try:
            return cast(bytes, self.decoder.decompress(raw, most))
        except zlib.error as error:
            raise ConnectionBroken(f"{self._connection.where}: {error}") from error

    def _too_large(self, told: str) -> None:
        self.fail(ResponseTooLarge(f"the answer has {told}, and {self.limit} are accepted"))
        self._connection.abort()

    def _expired(self) -> None:
        self.fail(TimedOut(f"{self._connection.where}: no whole answer in time"))
        self._connection.abort()


class Connection(asyncio.Protocol):
    """An open connection. Carries one exchange at a time; what nobody asked for ends it."""

    def __init__(self, where: str, lost: Callable[[Connection], None]) -> None:
        """`where` names the other side in errors. `lost` is told when it ends while idle."""
        self.where = where
        self.idle_since = 0.0
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._parser = HttpResponseParser(self)
        self._exchange: Exchange | None = None
        self._unread = select.poll()
        self._open = False
        self._left = False
        self._paused = False
        self._writable: asyncio.Future[None] | None = None
        self._full = False

    @property
    def idle(self) -> bool:
        """Whether it is open and nothing is under way, as far as the loop has told."""
        return (
            self._open
            and not self._left
            and self._exchange is None
            and not self._transport.is_closing()
        )

    @property
    def usable(self) -> bool:
        """Whether another exchange can begin: it is idle, and the other side has not ended it.

        What came since the loop last looked is asked of the socket (half a microsecond). A
        connection is often taken in the very turn its last answer came, and an end that lies there
        unread would leave the outcome of a write unknown.
        """
        return self.idle and not self._unread.poll(0)

    def begin(self, request: bytes, method: str, *, limit: int | None, deadline: float) -> Exchange:
        """Send a request, or its beginning."""
        exchange = self._exchange = Exchange(self, method, limit, self._loop, deadline)
        self._transport.write(request)
        return exchange

    async def send(self, piece: bytes) -> None:
        """Send more of a request, as fast as the other side takes it."""
        self._transport.write(piece)
        if self._full:
            self._writable = self._loop.create_future()
            await self._writable

    def abort(self) -> None:
        """End it at once."""
        self._open = False
        self._transport.abort()

    def pause(self) -> None:
        if not self._paused and self._open:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self._open:
            self._paused = False
            self._transport.resume_reading()

    # ── told by the event loop ─────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one in all but its class
        self._transport = cast(asyncio.Transport, transport)
        self._open = True
        found: socket.socket = transport.get_extra_info("socket")
        self._unread.register(found.fileno(), select.POLLIN)
        with suppress(OSError):  # it may be gone already
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _PROBES.items():
                if hasattr(socket, option):  # not every system has each
                    found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            self.abort()  # nobody asked
            return
        if not self._exchange.status:
            self._exchange.head_size += len(data)
            if self._exchange.head_size > _LARGEST_HEAD:
                self._broken("the head of its answer has no end")
                self.abort()
                return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._broken(f"no HTTP ({error})")
            self.abort()

    def eof_received(self) -> None:
        self._left = True  # over TLS the loop takes a while to close what has ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = False
        self._release_writer()
        exchange = self._exchange
        if exchange is None:
            self._lost(self)
        elif exchange.until_close and exc is None:
            self._exchange = None
            exchange.finish()
        else:
            self._broken(str(exc) if exc else "it was closed before the answer was whole")

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._release_writer()

    def _release_writer(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def _broken(self, why: str) -> None:
        if self._exchange is not None:
            self._exchange.fail(ConnectionBroken(f"{self.where}: {why}"))

    # ── told by the parser ─────────────────────────────────────────────────────────────────────

    def on_header(self, name: bytes, value: bytes) -> None:
        exchange = self._exchange
        if exchange is not None and not exchange.status:  # later ones are trailers
            exchange.header(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        exchange = self._exchange
        status: int = self._parser.get_status_code()
        if exchange is None or exchange.status:
            return
        if status < 200:
            exchange.headers.clear()  # the answer itself is still to come
            exchange.cookies.clear()
            return
        if exchange.head_complete(status, keeps=self._parser.should_keep_alive()):
            self._finished(exchange)

    def on_body(self, body: bytes) -> None:
        if self._exchange is not None and self._exchange.fault is None:
            self._exchange.body(body)

    def on_message_complete(self) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.status and exchange.fault is None:
            self._finished(exchange)

    def _finished(self, exchange: Exchange) -> None:
        self._exchange = None
        exchange.finish()
        if not exchange.keeps:
            self._open = False
            self._transport.close()
