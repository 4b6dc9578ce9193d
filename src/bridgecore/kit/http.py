"""The shape of the outbound HTTP client that is handed to connectors.

Connectors know only this Protocol; `infra.http` holds the real, guarded client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


class TransportError(Exception):
    """An HTTP exchange did not end well. `sent`: the other side may have acted."""

    sent: bool = False


class AddressRefused(TransportError):
    """The address is not one this platform may call."""


class ConnectFailed(TransportError):
    """No connection could be made, so nothing was sent."""


class ConnectionBroken(TransportError):
    """The connection ended after the request began to leave and before the answer was whole."""

    sent = True


class TimedOut(TransportError):
    """No whole answer came in time. `sent` is False when even the connection was not made."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class ResponseTooLarge(TransportError):
    """The answer is larger than the caller accepts."""

    sent = True


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer. Header names are lower case; `set_cookie` keeps every Set-Cookie line."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    set_cookie: tuple[str, ...] = ()


class HttpStream(Protocol):
    """An answer whose body is read in pieces."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> AsyncIterator[bytes]: ...


class HttpClient(Protocol):
    """Sends one request. Never follows a redirect to another host, never stores cookies.

    Raises `TransportError`; any HTTP status is an answer, not an error. `timeout` is seconds for
    the whole exchange.
    """

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse: ...

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
        timeout: float = 20.0,
    ) -> AbstractAsyncContextManager[HttpStream]: ...
