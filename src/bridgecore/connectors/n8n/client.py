"""Requests to n8n's public API: pages of raw records, every failure as an `N8nError`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from bridgecore.connectors.n8n.errors import Kind, N8nError, n8n_error
from bridgecore.connectors.n8n.server import N8nServer
from bridgecore.kit.http import (
    AddressRefused,
    ConnectFailed,
    HttpClient,
    HttpResponse,
    ResponseTooLarge,
    TimedOut,
    TransportError,
)

PAGE_SIZE = 250
"""The most records n8n gives at once."""

TIMEOUT = 60.0

_GATEWAY_STATUSES = frozenset({502, 503, 504, 520, 521, 522, 523, 524})
_WHERE_KEYS_ARE = "in n8n under Settings, n8n API"


class Listing(msgspec.Struct, rename={"next_cursor": "nextCursor"}):
    """One page of a list: records as n8n wrote them, and where the next page begins."""

    data: list[msgspec.Raw]
    next_cursor: str | None = None


class _Told(msgspec.Struct):
    message: Any = ""


_LISTING = msgspec.json.Decoder(Listing)
_TOLD = msgspec.json.Decoder(_Told)


class N8nClient:
    """Reads one n8n server. Keeps nothing between requests."""

    def __init__(self, server: N8nServer, http: HttpClient) -> None:
        self.server = server
        self._http = http
        self._headers = {"x-n8n-api-key": server.api_key, "accept": "application/json"}

    async def page(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
    ) -> Listing:
        """One page of a list, from its start or from a cursor. Raises `N8nError`."""
        # a cursor carries its own page size, but not the filters
        asked = {**(query or {}), "limit": str(limit)}
        if cursor is not None:
            asked["cursor"] = cursor
        body = await self.get(f"{path}?{urlencode(asked)}")
        try:
            return _LISTING.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _not_n8n(200) from None

    async def pages(
        self, path: str, query: Mapping[str, str] | None = None, *, limit: int = PAGE_SIZE
    ) -> AsyncIterator[Listing]:
        """Every page of a list. Raises `N8nError`."""
        cursor: str | None = None
        while True:
            listing = await self.page(path, query, cursor=cursor, limit=limit)
            yield listing
            cursor = listing.next_cursor
            if cursor is None:
                return

    async def find(self, path: str, key: str, query: Mapping[str, str] | None = None) -> bytes:
        """One record. Raises `N8nError`; not_found where there is none (any more)."""
        asked = f"?{urlencode(query)}" if query else ""
        return await self.get(f"{path}/{quote(key, safe='')}{asked}")

    async def get(self, path: str, *, timeout: float = TIMEOUT) -> bytes:
        """The body of a good answer. `timeout` in seconds. Raises `N8nError`."""
        response = await self._ask(self.server.api + path, self._headers, timeout=timeout)
        if response.status == 200:
            return response.body
        raise _refusal(response)

    async def ask_root(self, path: str, *, timeout: float) -> HttpResponse:
        """An answer of any status from outside the API, asked without the key."""
        return await self._ask(self.server.root + path, {}, timeout=timeout)

    async def _ask(self, url: str, headers: Mapping[str, str], *, timeout: float) -> HttpResponse:
        try:
            return await self._http.request("GET", url, headers=headers, timeout=timeout)
        except TransportError as error:
            raise _from_transport(error) from error


def _refusal(response: HttpResponse) -> N8nError:
    status, body = response.status, response.body
    message = _message(body)
    if status == 429:
        wait = response.headers.get("retry-after", "")
        return n8n_error(
            Kind.RATE_LIMITED,
            "n8n, or something in front of it, asks for fewer requests.",
            status=status,
            retry_after=float(wait) if wait.isdigit() else None,
        )
    if status in _GATEWAY_STATUSES:
        return n8n_error(
            Kind.UNAVAILABLE, f"The n8n server does not answer (HTTP {status}).", status=status
        )
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("location", ""))
        where = f" to {target.scheme}://{target.netloc}" if target.netloc else ""
        return n8n_error(
            Kind.NOT_N8N,
            f"The address redirects{where}; give the address n8n itself answers at.",
            status=status,
        )
    if b"n8n is starting up" in body[:200] or (
        status == 404 and message is None and body[:2000].find(b"Cannot GET /") >= 0
    ):
        # its routes come some seconds after its readiness; a switched-off API looks the same
        return n8n_error(
            Kind.STARTING,
            "n8n is starting up, or its public API is switched off (N8N_PUBLIC_API_DISABLED).",
            status=status,
        )
    if message is None:
        return _not_n8n(status)
    if status == 401:
        return n8n_error(
            Kind.BAD_KEY,
            "n8n does not accept the API key: it is wrong, expired or deleted. Make a new one"
            f" {_WHERE_KEYS_ARE}.",
            status=status,
        )
    if status == 403:
        if "license" in message.lower():
            return n8n_error(Kind.UNLICENSED, message, status=status)
        return n8n_error(
            Kind.MISSING_SCOPE,
            "The API key lacks a scope. Give it workflow:list, workflow:read, execution:list,"
            f" execution:read and tag:list {_WHERE_KEYS_ARE}.",
            status=status,
        )
    if status == 404:
        return n8n_error(Kind.NOT_FOUND, message, status=status)
    if status == 400 and "cursor" in message:
        return n8n_error(Kind.BAD_CURSOR, message, status=status)
    if status >= 500:
        return n8n_error(
            Kind.UNAVAILABLE, f"n8n reported a fault of its own: {message}", status=status
        )
    return n8n_error(Kind.BAD_REQUEST, f"n8n refused the request: {message}", status=status)


def _message(body: bytes) -> str | None:
    """n8n's own words in a refusal; None where the answer is not n8n's."""
    try:
        told = _TOLD.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return told.message[:500] if isinstance(told.message, str) else None


def _not_n8n(status: int) -> N8nError:
    return n8n_error(
        Kind.NOT_N8N, f"The answer is not n8n's (HTTP {status}); check the address.", status=status
    )


def _from_transport(error: TransportError) -> N8nError:
    match error:
        case TimedOut():
            return n8n_error(Kind.TIMED_OUT, "n8n did not answer in time.")
        case ResponseTooLarge():
            return n8n_error(Kind.ANSWER_TOO_LARGE, "n8n's answer is too large.")
        case AddressRefused():
            return n8n_error(
                Kind.ADDRESS_REFUSED, f"This platform may not call that address ({error})."
            )
        case ConnectFailed():
            return n8n_error(Kind.UNREACHABLE, f"No connection to n8n could be made ({error}).")
        case _:
            return n8n_error(Kind.UNREACHABLE, "The connection to n8n broke off.")
