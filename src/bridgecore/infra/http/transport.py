"""Sends one request and brings its answer: admission, addresses, deadline, limits of size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Self

from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.http import HeaderMap, Url
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from bridgecore.infra.http.clients import Clients
from bridgecore.infra.http.faults import no_connection, translated
from bridgecore.infra.http.guard import AddressGuard, Target
from bridgecore.infra.http.names import Names, Threads, system_addresses
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    HttpResponse,
    HttpStream,
    ResponseTooLarge,
    TransportError,
)

_CHUNK = 64 * 1024
_REMEMBERED = 4_096
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class _Origin:
    """One host and port: how many exchanges it has, and may have, at once."""

    slots: asyncio.Semaphore
    users: int = 0


@dataclass(slots=True)
class _Call:
    """What is to be sent, and by when (`deadline`, on the event loop's clock) all must be over."""

    target: Target
    method: str
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes] | None
    timeout: float
    deadline: float
    read_ahead: int
    abandoned: bool = False

    async def pieces(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """A body that comes in pieces, pulled as fast as the connection takes them."""
        async for piece in source:
            if self.abandoned:
                raise ConnectionAbortedError("the caller is gone")
            yield piece


@dataclass(slots=True)
class _Stream:
    """An open answer, read in pieces. Implements `HttpStream`."""

    status: int
    headers: Mapping[str, str]
    _response: Response = field(repr=False)
    _target: Target = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        reader = self._response.body_reader
        while True:
            try:
                piece = await reader.read_chunk()
            except PyreqwestError as error:
                raise translated(error, self._target) from error
            if piece is None:
                return
            whole = bytes(piece)
            for start in range(0, len(whole), _CHUNK):
                yield whole[start : start + _CHUNK]


class HttpTransport:
    """Implements `bridgecore.kit.http.HttpClient` over pools of connections.

    Follows no redirect, keeps no cookie, verifies certificates, decompresses answers. Any status
    is an answer. One per process and event loop. A caller that is cancelled before the answer
    begins leaves the exchange to end by itself, at the latest at its deadline; it counts until
    then against the limits.
    """

    def __init__(
        self,
        guard: AddressGuard | None = None,
        *,
        max_connections: int = 1_000,
        max_connections_per_host: int = 200,
        max_tls_names: int = 512,
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
        `max_tls_names`: names with connections of their own, about 150 kB each, that are kept.
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
        self._clients = Clients(
            self._threads,
            max_tls_names=max_tls_names,
            keep_alive=timedelta(seconds=keep_alive),
            authorities=authorities,
            user_agent=user_agent,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._clients.close()
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
        call = _Call(target, method, headers, body, timeout, deadline, _CHUNK)
        origin = await self._admitted(call)
        try:
            exchange, response = await self._send(call)
            try:
                found = _plain_headers(response.headers)
                return HttpResponse(
                    status=response.status,
                    headers=found,
                    body=await self._read(response, found),
                    set_cookie=tuple(response.get_header_all("set-cookie"))
                    if "set-cookie" in found
                    else (),
                )
            except PyreqwestError as error:
                raise translated(error, target) from error
            finally:
                await exchange.__aexit__(None, None, None)
        finally:
            self._release(call, origin)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
        timeout: float = 20.0,
    ) -> AsyncIterator[HttpStream]:
        """An exchange whose answer is read in pieces, all within `timeout` seconds.

        Raises TransportError, from reading the pieces too.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        target = self._checked(url)
        call = _Call(target, method, headers, body, timeout, deadline, 0)
        origin = await self._admitted(call)
        try:
            exchange, response = await self._send(call)
            try:
                yield _Stream(response.status, _plain_headers(response.headers), response, target)
            finally:
                # Does nothing to an answer read to its end; else the connection is closed.
                await exchange.__aexit__(None, None, None)
        finally:
            self._release(call, origin)

    async def _admitted(self, call: _Call) -> _Origin:
        """Wait for a place among the host's exchanges, then among all. Raises TimedOut."""
        key = (call.target.host, call.target.port)
        origin = self._origins.get(key)
        if origin is None:
            origin = self._origins[key] = _Origin(asyncio.Semaphore(self._max_per_host))
        origin.users += 1
        try:
            if not origin.slots.locked() and not self._slots.locked():
                await origin.slots.acquire()
                await self._slots.acquire()
                return origin
            async with asyncio.timeout_at(call.deadline):
                await origin.slots.acquire()
                try:
                    await self._slots.acquire()
                except BaseException:
                    origin.slots.release()
                    raise
        except BaseException as error:
            self._left(call.target, origin)
            if isinstance(error, TimeoutError):
                raise no_connection(call.target) from None
            raise
        return origin

    def _release(self, call: _Call, origin: _Origin) -> None:
        if call.abandoned:
            # The engine goes on with it, so its place is not free.
            asyncio.get_running_loop().call_at(call.deadline, self._leave, call.target, origin)
        else:
            self._leave(call.target, origin)

    def _leave(self, target: Target, origin: _Origin) -> None:
        self._slots.release()
        origin.slots.release()
        self._left(target, origin)

    def _left(self, target: Target, origin: _Origin) -> None:
        origin.users -= 1
        if not origin.users:
            del self._origins[target.host, target.port]

    async def _send(self, call: _Call) -> tuple[StreamRequest, Response]:
        """The answer's beginning, from the first of the target's addresses that can be reached."""
        target = call.target
        if target.literal:
            budget = self._budget(call, 1)
            return await self._exchange(call, self._clients.for_addresses(budget), target.url, None)
        addresses = await self._addresses(call)
        budget = self._budget(call, len(addresses))
        failure: TransportError | None = None
        for address in addresses:
            if failure is not None and asyncio.get_running_loop().time() >= call.deadline:
                break
            host = None
            if target.url.scheme == "http":
                client, url = self._clients.for_addresses(budget), target.url.with_ip_host(address)
                host = target.url.authority
            else:
                client, url = await self._secure(call, budget, address), target.url
            try:
                return await self._exchange(call, client, url, host)
            except TransportError as error:
                if error.sent:
                    raise
                failure = error
                self._names.put_last(target.host, address)
        assert failure is not None
        raise failure

    async def _exchange(
        self, call: _Call, client: Client, url: Url, host: str | None
    ) -> tuple[StreamRequest, Response]:
        left = call.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise no_connection(call.target)
        builder = client.request(call.method, url).headers(call.headers)
        if host is not None and "host" not in map(str.lower, call.headers):
            builder = builder.header("host", host)
        match call.body:
            case None if call.method in _WITHOUT_BODY:
                pass
            case None | b"":
                builder = builder.header("content-length", "0")
            case bytes() as whole:
                builder = builder.body_bytes(whole)
            case source:
                builder = builder.body_stream(call.pieces(source))
        exchange = (
            builder.timeout(timedelta(seconds=left))
            .streamed_read_buffer_limit(call.read_ahead)
            .build_streamed()
        )
        try:
            return exchange, await exchange.__aenter__()
        except asyncio.CancelledError:
            call.abandoned = True
            raise
        except Exception as error:
            raise translated(error, call.target) from error

    async def _addresses(self, call: _Call) -> list[str]:
        """Where the target's name leads and the policy lets us go. Raises TransportError."""
        target = call.target
        found = self._names.known(target.host)
        if found is None:
            try:
                async with asyncio.timeout_at(call.deadline):
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

    def _budget(self, call: _Call, addresses: int) -> float:
        """Seconds to make one connection.

        Less than the whole exchange may take, so that what runs out of time while connecting is
        told from what ran out of it later. In steps, because each needs connections of its own.
        """
        budget = self._connect_timeout / min(addresses, 2)
        while budget > call.timeout * 0.7:
            budget *= 0.8
        return budget

    async def _secure(self, call: _Call, budget: float, address: str) -> Client:
        try:
            async with asyncio.timeout_at(call.deadline):
                return await self._clients.for_name(budget, call.target.host, address)
        except TimeoutError:
            raise no_connection(call.target) from None

    async def _read(self, response: Response, headers: Mapping[str, str]) -> bytes:
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_body:
            raise ResponseTooLarge(f"the answer has {length} bytes, more than {self._max_body}")
        reader = response.body_reader
        pieces: list[bytes] = []
        total = 0
        while (piece := await reader.read_chunk()) is not None:
            total += len(piece)
            if total > self._max_body:
                raise ResponseTooLarge(f"the answer has more than {self._max_body} bytes")
            pieces.append(bytes(piece))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _plain_headers(headers: HeaderMap) -> dict[str, str]:
    """Lower-case names; the values of a name that comes twice are joined.

    A value that is not ASCII can't be had from the engine, so its header is left out.
    """
    pairs: list[tuple[str, str]] = []
    try:
        pairs.extend(headers.items())
    except ValueError:
        pairs.clear()
        for name in dict.fromkeys(headers.keys()):
            with suppress(ValueError):
                pairs.extend((name, value) for value in headers.getall(name))
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
