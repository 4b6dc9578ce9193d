"""Sends one request and brings its answer: admission, addresses, deadline, limits of size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from bridgecore.infra.http.exchange import Connection, Exchange
from bridgecore.infra.http.faults import no_connection, not_connected
from bridgecore.infra.http.guard import AddressGuard, Target
from bridgecore.infra.http.names import Names, Threads, system_addresses
from bridgecore.infra.http.pool import Pool, Side
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    HttpResponse,
    TransportError,
)

_REMEMBERED = 4_096
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class _Origin:
    """One host and port: how many exchanges it has, and may have, at once."""

    slots: asyncio.Semaphore
    users: int = 0


@dataclass(slots=True)
class _Stream:
    """An open answer, read in pieces. Implements `HttpStream`."""

    status: int
    headers: Mapping[str, str]
    _exchange: Exchange = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        return self._exchange.read()


class HttpTransport:
    """Implements `bridgecore.kit.http.HttpClient` over pools of connections.

    Follows no redirect, keeps no cookie, verifies certificates, decompresses answers. Any status
    is an answer. One per process and event loop. A caller that is cancelled ends its exchange;
    the other side may have acted.
    """

    def __init__(
        self,
        guard: AddressGuard | None = None,
        *,
        max_connections: int = 1_000,
        max_connections_per_host: int = 200,
        connect_timeout: float = 5.0,
        keep_alive: float = 15.0,
        dns_seconds: float = 30.0,
        max_body: int = 64 * 1024 * 1024,
        authorities: bytes | None = None,
        addresses_of: Callable[[str], tuple[str, ...]] = system_addresses,
        user_agent: str = "BridgeCore",
    ) -> None:
        """`max_body`: bytes of a whole answer, decompressed; a stream has no such limit.

        `keep_alive`: seconds an idle connection is kept, shorter than most servers keep theirs,
        because a connection that they close as we write leaves the outcome unknown.
        `authorities`: certificates (PEM) to trust beside those that the system does.
        `addresses_of` looks a name up, blocking; what it says still passes the guard.
        """
        self._guard = guard or AddressGuard()
        self._checked = lru_cache(_REMEMBERED)(self._guard.check_url)
        self._max_per_host = max_connections_per_host
        self._connect_timeout = connect_timeout
        self._max_body = max_body
        self._slots = asyncio.Semaphore(max_connections)
        self._origins: dict[tuple[str, int], _Origin] = {}
        self._threads = Threads()
        self._names = Names(self._threads, dns_seconds, addresses_of)
        self._pool = Pool(keep_alive=keep_alive, most=max_connections, authorities=authorities)
        self._own_headers = {"user-agent": user_agent, "accept-encoding": "gzip, deflate"}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        self._pool.close()
        self._threads.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        """One whole exchange in at most `timeout` seconds. Raises TransportError."""
        deadline = asyncio.get_running_loop().time() + timeout
        target = self._checked(url)
        request = self._request(method, target, headers, body)
        origin = await self._admitted(target, deadline)
        try:
            side, connection = await self._connection(target, deadline, timeout)
            try:
                exchange = connection.begin(
                    request, method, limit=self._max_body, deadline=deadline
                )
                whole = await exchange.whole()
            except BaseException:
                connection.abort()
                raise
            self._pool.give_back(side, connection)
        finally:
            self._leave(target, origin)
        return HttpResponse(exchange.status, exchange.headers, whole, tuple(exchange.cookies))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
        timeout: float = 20.0,
    ) -> AsyncIterator[_Stream]:
        """An exchange whose answer is read in pieces, all within `timeout` seconds.

        Raises TransportError, from reading the pieces too.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        target = self._checked(url)
        request = self._request(method, target, headers, body)
        origin = await self._admitted(target, deadline)
        try:
            side, connection = await self._connection(target, deadline, timeout)
            upload: asyncio.Task[None] | None = None
            exchange: Exchange | None = None
            try:
                exchange = connection.begin(request, method, limit=None, deadline=deadline)
                assert exchange.begun is not None
                if body is not None and not isinstance(body, bytes):
                    chunked = "content-length" not in map(str.lower, headers)
                    upload = asyncio.create_task(
                        _upload(body, connection, exchange, chunked=chunked)
                    )
                await exchange.begun
                yield _Stream(exchange.status, exchange.headers, exchange)
            finally:
                sent = upload is None or upload.done()
                if upload is not None:
                    upload.cancel()
                    await asyncio.wait((upload,))
                if exchange is not None and exchange.complete and sent:
                    self._pool.give_back(side, connection)
                else:
                    connection.abort()
        finally:
            self._leave(target, origin)

    # ── admission ──────────────────────────────────────────────────────────────────────────────

    async def _admitted(self, target: Target, deadline: float) -> _Origin:
        """Wait for a place among the host's exchanges, then among all. Raises TimedOut."""
        key = (target.host, target.port)
        origin = self._origins.get(key)
        if origin is None:
            origin = self._origins[key] = _Origin(asyncio.Semaphore(self._max_per_host))
        origin.users += 1
        try:
            if not origin.slots.locked() and not self._slots.locked():
                await origin.slots.acquire()
                await self._slots.acquire()
                return origin
            async with asyncio.timeout_at(deadline):
                await origin.slots.acquire()
                try:
                    await self._slots.acquire()
                except BaseException:
                    origin.slots.release()
                    raise
        except BaseException as error:
            self._left(target, origin)
            if isinstance(error, TimeoutError):
                raise no_connection(target) from None
            raise
        return origin

    def _leave(self, target: Target, origin: _Origin) -> None:
        self._slots.release()
        origin.slots.release()
        self._left(target, origin)

    def _left(self, target: Target, origin: _Origin) -> None:
        origin.users -= 1
        if not origin.users:
            del self._origins[target.host, target.port]

    # ── connections ────────────────────────────────────────────────────────────────────────────

    async def _connection(
        self, target: Target, deadline: float, timeout: float
    ) -> tuple[Side, Connection]:
        """A connection to the first of the target's addresses that can be reached."""
        name = target.host if target.secure else None
        addresses = (target.host,) if target.literal else await self._addresses(target, deadline)
        loop = asyncio.get_running_loop()
        failure: TransportError | None = None
        for address in addresses:
            side = Side(address, target.port, name)
            if (kept := self._pool.take(side)) is not None:
                return side, kept
            if failure is not None and loop.time() >= deadline:
                break
            # Less than the whole exchange may take, so that what runs out of time while
            # connecting is told from what ran out of it later.
            budget = min(self._connect_timeout / min(len(addresses), 2), timeout * 0.7)
            try:
                async with asyncio.timeout_at(min(deadline, loop.time() + budget)):
                    return side, await self._pool.connect(side, str(target))
            except TimeoutError:
                failure = no_connection(target)
            except OSError as error:
                failure = not_connected(target, error)
            self._names.put_last(target.host, address)
        assert failure is not None
        raise failure

    async def _addresses(self, target: Target, deadline: float) -> list[str]:
        """Where the target's name leads and the policy lets us go. Raises TransportError."""
        found = self._names.known(target.host)
        if found is None:
            try:
                async with asyncio.timeout_at(deadline):
                    found = await self._names.look_up(target.host)
            except TimeoutError:
                raise no_connection(target) from None
            except (OSError, UnicodeError) as error:
                raise ConnectFailed(f"{target}: its name is not known") from error
        allowed: list[str] = []
        refusal: str | None = "its name is not known"
        for address in found:
            refusal = self._guard.refuses_address(target.host, target.port, address)
            if refusal is None:
                allowed.append(address)
        if not allowed:
            raise AddressRefused(f"{target}: {refusal}")
        return allowed

    # ── requests ───────────────────────────────────────────────────────────────────────────────

    def _request(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None,
    ) -> bytes:
        """The request's head, with its body where that is at hand. Raises ValueError."""
        lines = [f"{method} {target.path} HTTP/1.1\r\n"]
        names = set()
        for name, value in headers.items():
            names.add(name.lower())
            lines.append(f"{name}: {value}\r\n")
        if "host" not in names:
            lines.append(f"host: {target.authority}\r\n")
        for name, value in self._own_headers.items():
            if name not in names:
                lines.append(f"{name}: {value}\r\n")
        if body is None or isinstance(body, bytes):
            if body or method not in _WITHOUT_BODY:
                lines.append(f"content-length: {len(body or b'')}\r\n")
        elif "content-length" not in names:
            lines.append("transfer-encoding: chunked\r\n")
        lines.append("\r\n")
        head = "".join(lines)
        # a line break inside a value would begin a header, or a request, that nobody meant
        if not head.count("\n") == head.count("\r") == len(lines) or "\0" in head:
            raise ValueError("a header holds a line break or a NUL")
        whole = head.encode("latin-1")
        return whole + body if isinstance(body, bytes) else whole


async def _upload(
    source: AsyncIterator[bytes], connection: Connection, exchange: Exchange, *, chunked: bool
) -> None:
    """Send a body that comes in pieces, pulled as fast as the connection takes them."""
    try:
        async for piece in source:
            if exchange.fault is not None or exchange.complete:
                return
            if piece:
                await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            await connection.send(b"0\r\n\r\n")
    except Exception as error:
        exchange.fail(ConnectionBroken(f"{connection.where}: {error}"))
        connection.abort()
