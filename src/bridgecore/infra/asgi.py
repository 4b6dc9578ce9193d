"""Around every request, gateway included: correlation id, body limit, record of what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from uuid import UUID

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridgecore.infra.problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    Code,
    ProblemError,
    body_of,
)
from bridgecore.infra.telemetry import (
    CORRELATION_HEADER,
    client_address,
    correlation_from,
    correlation_id,
)

RECORD = "bridgecore.record"


class RequestRecord(msgspec.Struct, gc=False):
    """What is known of one request when it ends; handlers fill in what only they know."""

    method: str
    path: str
    correlation_id: str
    client: str
    user_agent: str = ""
    route: str = ""
    status: int = 0
    duration_ms: float = 0.0
    request_bytes: int = 0
    response_bytes: int = 0
    tenant_id: UUID | None = None
    actor_id: UUID | None = None
    actor_kind: str = ""
    model: str = ""
    operation: str = ""
    source: str = ""
    """cache, flight or upstream, for gateway reads"""
    upstream_ms: float | None = None
    code: Code | None = None
    detail: str = ""
    exception: str = ""
    headers: list[tuple[bytes, bytes]] = []
    """added to the answer, such as limits left"""


Observer = Callable[[RequestRecord], None]


def record_of(scope: Scope) -> RequestRecord | None:
    """The record of the request behind `scope`, or None outside the middleware (in tests)."""
    record: RequestRecord | None = scope.get(RECORD)
    return record


def note_problem(scope: Scope, error: ProblemError) -> None:
    """Remember in the record what went wrong, for the error log."""
    if (record := record_of(scope)) is not None:
        record.code = error.code
        record.detail = error.detail


class ClientAddress:
    """Finds the caller's address, believing `X-Forwarded-For` from trusted proxies only."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(entry, strict=False) for entry in trusted]
        self._trusts = lru_cache(4_096)(self._is_trusted)

    def of(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._networks or not self._trusts(peer):
            return peer
        forwarded = ""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded = value.decode("latin-1")
        # the last address that is not one of our proxies is the one they saw
        for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            if not self._trusts(hop):
                return hop if _is_address(hop) else peer
        return peer

    def _is_trusted(self, address: str) -> bool:
        if not _is_address(address):
            return not address  # a local socket has no address
        parsed = ip_address(address)
        return any(parsed in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Observation:
    """The outermost middleware. `observers` are told of every finished request, in order."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        observers: Sequence[Observer],
        client_address: ClientAddress,
        max_body: int,
        max_upload: int,
        upload_prefix: str = "/api/v1/files",
    ) -> None:
        self._app = app
        self._observers = observers
        self._client_address = client_address
        self._max_body = max_body
        self._max_upload = max_upload
        self._upload_prefix = upload_prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given: str | None = None
        length = -1
        agent = ""
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = int(value) if value.isdigit() else -1
            elif name == b"x-correlation-id":
                given = value.decode("latin-1")
            elif name == b"user-agent":
                agent = value.decode("latin-1")[:200]
        correlation = correlation_from(given)
        correlation_id.set(correlation)
        record = RequestRecord(
            scope["method"], scope["path"], correlation, self._client_address.of(scope), agent
        )
        client_address.set(record.client)
        scope[RECORD] = record
        correlation_bytes = correlation.encode("latin-1")

        async def observed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    *record.headers,
                    (b"x-correlation-id", correlation_bytes),
                ]
            elif message["type"] == "http.response.body":
                record.response_bytes += len(message.get("body", b""))
            await send(message)

        limit = (
            self._max_upload if scope["path"].startswith(self._upload_prefix) else self._max_body
        )
        try:
            if length > limit:
                # a client that is still sending when the connection ends may never read why
                if length <= limit + _DISCARDED:
                    await _discard(receive)
                await _refuse(observed_send, record, limit)
            else:
                record.request_bytes = max(length, 0)
                if length < 0:
                    receive = _counted(receive, record, limit)
                await self._app(scope, receive, observed_send)
        except _BodyOverLimit:
            await _refuse(observed_send, record, limit)
        finally:
            record.duration_ms = (time.perf_counter() - started) * 1000
            if not record.route:
                route = scope.get("route")
                record.route = getattr(route, "path", "") or "unmatched"
            for observe in self._observers:
                observe(record)


# Bytes of a refused body that are read and thrown away, none of them kept.
_DISCARDED = 16 * 1024 * 1024


async def _discard(receive: Receive) -> None:
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


class _BodyOverLimit(Exception):
    """A body without a length turned out larger than allowed."""


def _counted(receive: Receive, record: RequestRecord, limit: int) -> Receive:
    async def counted() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            record.request_bytes += len(message.get("body", b""))
            if record.request_bytes > limit:
                raise _BodyOverLimit
        return message

    return counted


async def _refuse(send: Send, record: RequestRecord, limit: int) -> None:
    error = BodyTooLarge(f"The request body is larger than the {limit} bytes accepted here.")
    record.code, record.detail = error.code, error.detail
    body = body_of(error, record.correlation_id)
    await send(
        {
            "type": "http.response.start",
            "status": error.status,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                # what is left of the body is not read
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


__all__ = [
    "CORRELATION_HEADER",
    "ClientAddress",
    "Observation",
    "Observer",
    "RequestRecord",
    "note_problem",
    "record_of",
]
