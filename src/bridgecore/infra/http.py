"""The outbound HTTP client: pooled, bounded, and unable to call what it must not.

Tenants say where their systems are, so every connection passes `AddressGuard`. The check is made
on the address that a socket is about to connect to, in the same step, so a name that resolves
differently a moment later gains nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    ConnectionBroken,
    HttpResponse,
    HttpStream,
    ResponseTooLarge,
    TimedOut,
    TransportError,
)

_CHUNK = 64 * 1024
_DNS_THREADS = 32
# Headers that describe the body as it came over the wire, not as it is handed on.
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(slots=True)
class _Exchange:
    """One request under way: where it may go, and how far it came."""

    host: str
    port: int
    refusal: str | None = None
    sent: bool = False


_exchange: contextvars.ContextVar[_Exchange] = contextvars.ContextVar("http_exchange")


class AddressGuard:
    """Applies the operator's `AddressPolicy` to a URL, and to each socket before it connects."""

    def __init__(self, policy: AddressPolicy | None = None) -> None:
        self.policy = policy or AddressPolicy()

    def check_url(self, text: str) -> URL:
        """The URL, if its scheme, host and port may be called. Raises AddressRefused."""
        try:
            url = URL(text)
            host, port = url.host or "", url.port or 0
        except ValueError:
            raise AddressRefused("the address is not a URL") from None
        if url.user is not None or url.password is not None:
            raise AddressRefused("the address carries credentials; they belong in a header")
        refusal = self.policy.refuses_url(url.scheme, host, port)
        if refusal is not None:
            raise AddressRefused(f"{host or text[:200]}: {refusal}")
        return url

    def open_socket(
        self, address: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, Any]
    ) -> socket.socket:
        """Make the socket for an address that a name led to. aiohttp calls this to connect."""
        family, kind, protocol, _, sockaddr = address
        exchange = _exchange.get()
        refusal = self.policy.refuses_address(exchange.host, exchange.port, str(sockaddr[0]))
        if refusal is not None:
            exchange.refusal = refusal
            raise PermissionError(refusal)
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return made


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own.

    A name server that never answers holds a thread for seconds. Sharing the event loop's few
    threads, one tenant's name could keep everybody's from being looked up.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(
                host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            ),
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(sockaddr[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, sockaddr in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Request(aiohttp.ClientRequest):
    """Marks the moment from which the other side may have acted."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _exchange.get().sent = True
        return await super().send(conn)


@dataclass(slots=True)
class _Stream:
    """An open answer, read in pieces. Implements `HttpStream`."""

    status: int
    headers: Mapping[str, str]
    _response: aiohttp.ClientResponse = field(repr=False)
    _exchange: _Exchange = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_chunked(_CHUNK):
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _translate(error, self._exchange)


class HttpTransport:
    """Implements `bridgecore.kit.http.HttpClient` over one pool of connections.

    Follows no redirect, keeps no cookie, verifies certificates, decompresses answers. Any status
    is an answer. One per process and event loop.
    """

    def __init__(
        self,
        guard: AddressGuard | None = None,
        *,
        max_connections: int = 1_000,
        max_connections_per_host: int = 200,
        connect_timeout: float = 5.0,
        keep_alive: float = 15.0,
        dns_seconds: int = 30,
        max_body: int = 64 * 1024 * 1024,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "BridgeCore",
    ) -> None:
        """`max_body`: bytes of a whole answer, decompressed; a stream has no such limit.

        `keep_alive`: seconds an idle connection is kept, shorter than most servers keep theirs,
        because a connection that they close as we write leaves the outcome unknown. `tls`: trust
        more or other authorities than the system does.
        """
        self._guard = guard or AddressGuard()
        self._max_connections = max_connections
        self._max_connections_per_host = max_connections_per_host
        self._connect_timeout = connect_timeout
        self._keep_alive = keep_alive
        self._dns_seconds = dns_seconds
        self._max_body = max_body
        self._tls = tls
        self._user_agent = user_agent
        self._session: aiohttp.ClientSession | None = None
        self._resolver: _Resolver | None = None

    async def __aenter__(self) -> Self:
        self._opened()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._resolver is not None:
            await self._resolver.close()
            self._resolver = None

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
        target, exchange = self._checked(url)
        token = _exchange.set(exchange)
        try:
            async with self._send(method, target, headers, body, timeout) as response:
                return HttpResponse(
                    status=response.status,
                    headers=_plain_headers(response),
                    body=await self._read(response),
                    set_cookie=tuple(response.headers.getall(hdrs.SET_COOKIE, ())),
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _translate(error, exchange)
        finally:
            _exchange.reset(token)

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
        target, exchange = self._checked(url)
        token = _exchange.set(exchange)
        try:
            response = await self._send(method, target, headers, body, timeout)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _translate(error, exchange)
        finally:
            _exchange.reset(token)
        try:
            yield _Stream(response.status, _plain_headers(response), response, exchange)
        finally:
            # Does nothing to an answer read to its end; else the connection can't be used again.
            response.close()

    def _checked(self, url: str) -> tuple[URL, _Exchange]:
        target = self._guard.check_url(url)
        return target, _Exchange(target.host or "", target.port or 0)

    def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None,
        timeout: float,
    ) -> Any:
        return self._opened().request(
            method,
            url,
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=timeout,
                sock_connect=min(timeout, self._connect_timeout),
                ceil_threshold=timeout + 1,  # exact to the end: no rounding up to whole seconds
            ),
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length
        if length is not None and length > self._max_body:
            response.close()
            raise ResponseTooLarge(f"the answer has {length} bytes, more than {self._max_body}")
        if length is not None and hdrs.CONTENT_ENCODING not in response.headers:
            return await response.read()
        pieces: list[bytes] = []
        total = 0
        async for piece in response.content.iter_any():
            total += len(piece)
            if total > self._max_body:
                response.close()
                raise ResponseTooLarge(f"the answer has more than {self._max_body} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    def _opened(self) -> aiohttp.ClientSession:
        # Made at first use, because a session belongs to the event loop that runs then.
        if self._session is None:
            self._resolver = _Resolver(_DNS_THREADS)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._max_connections,
                    limit_per_host=self._max_connections_per_host,
                    ttl_dns_cache=self._dns_seconds,
                    resolver=self._resolver,
                    keepalive_timeout=self._keep_alive,
                    socket_factory=self._guard.open_socket,
                    ssl=self._tls or True,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=_Request,
                headers={hdrs.USER_AGENT: self._user_agent},
                skip_auto_headers=(hdrs.CONTENT_TYPE,),
                auto_decompress=True,
                raise_for_status=False,
                trust_env=False,
                read_bufsize=_CHUNK * 4,
                max_line_size=_CHUNK,
                max_field_size=_CHUNK,
            )
        return self._session


def _plain_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    decoded = hdrs.CONTENT_ENCODING in response.headers
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        if decoded and key in _OF_THE_WIRE:
            continue
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _translate(error: Exception, exchange: _Exchange) -> NoReturn:
    """Raise the error of `kit.http` that says the same."""
    where = f"{exchange.host}:{exchange.port}"
    translated: TransportError
    if exchange.refusal is not None and not exchange.sent:
        translated = AddressRefused(f"{where}: {exchange.refusal}")
    elif isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        done = "no whole answer" if exchange.sent else "no connection"
        translated = TimedOut(f"{where}: {done} in time", sent=exchange.sent)
    elif isinstance(error, aiohttp.InvalidURL):
        translated = AddressRefused(f"{where}: the address is not a URL")
    elif exchange.sent:
        translated = ConnectionBroken(f"{where}: {_described(error)}")
    else:
        translated = ConnectFailed(f"{where}: {_described(error)}")
    raise translated from error


def _described(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or str(error.os_error)
    return str(error) or type(error).__name__
