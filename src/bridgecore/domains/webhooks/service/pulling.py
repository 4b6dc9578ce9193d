"""Fetching the addon's events from an Odoo that can't call this platform.

What a pull brings is stored as what a push brings, and acknowledged by id only then: what is lost
on the way, or fetched by two at once, comes again and is known by its id. Question and answer are
signed with the connection's secret, as pushes are.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bridgecore.connectors.errors import ConnectorError
from bridgecore.connectors.odoo.identity import server_address
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter, StaffConnectionOut
from bridgecore.domains.webhooks.errors import TooManyEvents
from bridgecore.domains.webhooks.models import WebhookSecret
from bridgecore.domains.webhooks.repository import credentials
from bridgecore.domains.webhooks.repository.intake import Sender
from bridgecore.domains.webhooks.schemas import Rejected, Trust
from bridgecore.domains.webhooks.service.intake import Intake
from bridgecore.domains.webhooks.service.reading import read
from bridgecore.domains.webhooks.service.receivers import WINDOW_SECONDS
from bridgecore.domains.webhooks.service.secrets import opened
from bridgecore.infra.crypto import DecryptionFailed, same_secret
from bridgecore.infra.db import PLATFORM_ROLE, conninfo
from bridgecore.infra.problems import BadRequest, ProblemError
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.resources import Resources
from bridgecore.kit.http import HttpResponse, TransportError

log = structlog.get_logger(__name__)

FETCHED = "fetched"
"""The value of a connection's `addon_events` for which events are fetched here."""
EVENTS_A_PULL = 500
PULLS_IN_TURN = 20  # of one connection, before it waits for the next round
POLL_SECONDS = 5.0
LONGEST_WAIT = 300.0
AT_ONCE = 20
TIMEOUT = 30.0
_LEADER = 0x62726964_67650001  # of one process at a time, by an advisory lock
_KEPT_SECONDS = 86_400
_encode = msgspec.json.Encoder().encode


class PullRefused(Exception):
    """The events could not be fetched; the message says why and what to do."""


class Puller:
    """Fetches for every connection that asks for it, from one process at a time."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._intake = Intake(resources)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._failures: dict[UUID, int] = {}
        self._not_before: dict[UUID, float] = {}

    async def run(self) -> None:
        """Work until cancelled; wait while another process does."""
        await self._intake.start()
        try:
            while True:
                with suppress(psycopg.Error, SQLAlchemyError, OSError):
                    await self._lead()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._intake.close()

    async def _lead(self) -> None:
        settings = self._resources.settings
        url = settings.database_platform_url or settings.database_url
        role = None if settings.database_platform_url else PLATFORM_ROLE
        async with await psycopg.AsyncConnection.connect(
            conninfo(url, role=role), autocommit=True, connect_timeout=5
        ) as connection:
            while True:
                # asked each round: a connection that is lost has lost the lock
                found = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LEADER,))
                row = await found.fetchone()
                if row is None or not row[0]:
                    return
                await self.round()
                await connection.execute("SELECT pg_advisory_unlock(%s)", (_LEADER,))
                await asyncio.sleep(POLL_SECONDS)

    async def round(self) -> int:
        """Fetch for every connection whose time has come: how many events were new."""
        now = time.monotonic()
        due = [each for each in await self._asking() if self._not_before.get(each.id, 0.0) <= now]
        return sum(await asyncio.gather(*(self._guarded(each) for each in due)))

    async def _asking(self) -> list[StaffConnectionOut]:
        found: list[StaffConnectionOut] = []
        skip, page = 0, 1_000
        while True:
            async with self._resources.database.platform() as session:
                rows, _ = await connections.list_connections(
                    session, ConnectionFilter(connector="odoo"), skip, page
                )
            found += [
                row for row in rows if row.is_active and row.settings.get("addon_events") == FETCHED
            ]
            if len(rows) < page:
                return found
            skip += page

    async def _guarded(self, connection: StaffConnectionOut) -> int:
        async with self._room:
            try:
                stored = await self.pull(connection.tenant_id, connection.id)
            except PullRefused as refused:
                told: str | None = str(refused)
            except (SQLAlchemyError, OSError) as error:
                log.warning("webhook_pull_failed", error=type(error).__name__)
                return 0
            else:
                told = None
        if told is None:
            self._failures.pop(connection.id, None)
            self._not_before.pop(connection.id, None)
        else:
            failures = self._failures[connection.id] = self._failures.get(connection.id, 0) + 1
            wait = min(LONGEST_WAIT, POLL_SECONDS * 2 ** min(failures, 10))
            self._not_before[connection.id] = time.monotonic() + wait
            log.info("webhook_pull_refused", connection=str(connection.id), reason=told)
        await _note(self._resources.redis, connection.tenant_id, connection.id, told)
        return stored if told is None else 0

    async def pull(self, tenant_id: UUID, connection_id: UUID) -> int:
        """Fetch and store what waits: how many events were new. Raises PullRefused."""
        call = await self._call(tenant_id, connection_id)
        acknowledge: list[str] = []
        rejected: list[Rejected] = []
        stored = 0
        for _ in range(PULLS_IN_TURN):
            answer = await call.ask(
                "/bridgecore/pull",
                {"limit": EVENTS_A_PULL, **_settled(acknowledge, rejected)},
            )
            try:
                reading = read(answer)
            except (BadRequest, TooManyEvents) as error:
                raise PullRefused(f"The addon answered with no list of events: {error}") from None
            try:
                new = await self._intake.store(call.sender, reading.events)
            except ProblemError as problem:
                raise PullRefused(problem.detail) from None
            self._intake.tell(
                call.sender,
                new=sum(new),
                duplicates=len(new) - sum(new),
                rejected=len(reading.rejected),
            )
            stored += sum(new)
            acknowledge = [event.source_event_id for event in reading.events]
            rejected = [each for each in reading.rejected if each.id is not None]
            if not acknowledge and not rejected:
                return stored
            if len(acknowledge) + len(rejected) < EVENTS_A_PULL:
                break
        await call.ask("/bridgecore/acknowledge", _settled(acknowledge, rejected))
        return stored

    async def _call(self, tenant_id: UUID, connection_id: UUID) -> _Call:
        resources = self._resources
        try:
            async with resources.database.tenant(tenant_id) as session:
                source = await connections.source(session, resources, tenant_id, connection_id)
                rows = await credentials.valid(session, WebhookSecret, tenant_id, connection_id)
            keys = [
                (
                    row.id,
                    await opened(resources.cipher, tenant_id, connection_id, row.id, row.secret),
                )
                for row in rows
            ]
            address = server_address(str(source.config["url"]))
        except ProblemError as problem:
            raise PullRefused(problem.detail) from None
        except (ConnectorError, DecryptionFailed) as error:
            raise PullRefused(str(error)) from None
        if not keys:
            raise PullRefused(
                "This connection has no webhook secret. Make one, and enter it with the"
                " connection's ID in Odoo under Settings, BridgeCore."
            )
        return _Call(resources, address, tenant_id, connection_id, keys)


class _Call:
    """The way to one addon. The newest secret signs; any valid one may sign the answer."""

    def __init__(
        self,
        resources: Resources,
        address: str,
        tenant_id: UUID,
        connection_id: UUID,
        keys: Sequence[tuple[UUID, bytes]],
    ) -> None:
        self._http = resources.http
        self._address = address
        self._connection = str(connection_id)
        self._keys = keys
        self.sender = Sender(tenant_id, connection_id, Trust.SIGNED.value, keys[0][0])

    async def ask(self, path: str, asked: Mapping[str, Any]) -> bytes:
        """The answer's body, known to be the addon's. Raises PullRefused."""
        body = _encode(asked)
        timestamp = str(int(time.time()))
        signatures = [_signature(key, timestamp, body) for _, key in self._keys]
        headers = {
            # what Odoo 15 does not keep for its own calls
            "content-type": "application/octet-stream",
            "x-bridgecore-connection": self._connection,
            "x-bridgecore-timestamp": timestamp,
            "x-bridgecore-signature": ",".join(signatures),
        }
        try:
            answer = await self._http.request(
                "POST", self._address + path, headers=headers, body=body, timeout=TIMEOUT
            )
        except TransportError as error:
            raise PullRefused(f"Odoo could not be reached at {self._address} ({error}).") from None
        if answer.status != 200:
            raise PullRefused(_reason(answer))
        if not self._is_signed(answer):
            raise PullRefused(
                "What answered is not the addon of this connection: its signature fits no secret."
                " Check the secret and the clocks of both sides."
            )
        return answer.body

    def _is_signed(self, answer: HttpResponse) -> bool:
        timestamp = answer.headers.get("x-bridgecore-timestamp", "")
        if not (timestamp.isascii() and timestamp.isdigit()) or (
            abs(time.time() - int(timestamp[:15])) > WINDOW_SECONDS
        ):
            return False
        given = answer.headers.get("x-bridgecore-signature", "").strip().encode()
        fits = [
            same_secret(_signature(key, timestamp, answer.body).encode(), given)
            for _, key in self._keys
        ]
        return any(fits)


def _signature(key: bytes, timestamp: str, body: bytes) -> str:
    return "v1=" + hmac.digest(key, timestamp.encode() + b"." + body, "sha256").hex()


def _settled(acknowledge: Sequence[str], rejected: Sequence[Rejected]) -> dict[str, Any]:
    return {
        "acknowledge": list(acknowledge),
        "rejected": [
            {"id": each.id, "code": each.code, "detail": each.detail} for each in rejected
        ],
    }


class _Said(msgspec.Struct):
    detail: str = ""


def _reason(answer: HttpResponse) -> str:
    hint = {
        401: "The addon refused the signature: enter this connection's ID and secret in Odoo under"
        " Settings, BridgeCore, and check both clocks.",
        404: "This Odoo has no BridgeCore addon, or serves several databases under this address:"
        " install the addon, or let dbfilter tell the database by the host name.",
        409: "The addon is silent.",
    }.get(answer.status, "The addon did not give its events.")
    detail = ""
    with suppress(msgspec.MsgspecError):
        detail = msgspec.json.decode(answer.body, type=_Said).detail[:300]
    return f"HTTP {answer.status}: {hint} {detail}".strip()


# ── how it went ────────────────────────────────────────────────────────────────────────────────


def _key(tenant_id: UUID) -> str:
    return f"webhooks:pull:{{{tenant_id}}}"


async def _note(
    redis: RedisClient, tenant_id: UUID, connection_id: UUID, error: str | None
) -> None:
    # lost, it is written again with the next round
    with suppress(RedisError, OSError):
        if error is None:
            await redis.redis.hdel(_key(tenant_id), str(connection_id))
        else:
            await redis.redis.hset(_key(tenant_id), str(connection_id), error)
            await redis.redis.expire(_key(tenant_id), _KEPT_SECONDS)


async def errors_of(redis: RedisClient, tenant_id: UUID) -> dict[UUID, str]:
    """By connection: why its events could not be fetched the last time."""
    try:
        found = await redis.redis.hgetall(_key(tenant_id))
    except (RedisError, OSError):
        return {}
    return {UUID(_text(name)): _text(told) for name, told in found.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
