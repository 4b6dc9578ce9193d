"""Signed-in Odoo clients of this process, one per Odoo identity, dropped when settings change."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import structlog

from bridgecore.connectors.odoo import OdooClient
from bridgecore.domains.connections.service import OdooTarget, odoo_target
from bridgecore.domains.gateway.service.guard import Breaker, Bulkhead
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one process allows calls of one Odoo. Times in seconds.

    At most `places` at once, `queue` more waiting for up to `patience`: callers are not spread
    evenly over processes, so half of what an Odoo bears is too few for one of two. Existing apps
    give up at 30 s and send again: every request has to end before that, the wait for a place
    included.
    """

    read_seconds: float = 20.0
    write_seconds: float = 20.0
    places: int = 100
    queue: int = 256
    patience: float = 10.0
    failures: int = 5
    pause: float = 2.0


@dataclass(slots=True, eq=False)
class Line:
    """The way to one Odoo as one of its users. `bulkhead` and `breaker` are its connection's.

    `identity` names whose answers may be shared: same place, login and password. Without the
    password a member could store another's login with any password and be served what is kept.
    """

    target: OdooTarget
    identity: str
    client: OdooClient
    bulkhead: Bulkhead
    breaker: Breaker
    users: int = 0
    retired: bool = False


@dataclass(slots=True)
class _Guards:
    bulkhead: Bulkhead
    breaker: Breaker


class OdooLines:
    """Finds the line of a call. What was found holds for one version of the tenant."""

    def __init__(
        self, resources: Resources, limits: CallLimits | None = None, *, most: int = 2_000
    ) -> None:
        self._resources = resources
        self._limits = limits or CallLimits()
        # answers are shared by processes, so they must agree on what a password looks like
        self._pepper = hashlib.sha256(
            resources.settings.secret_key.get_secret_value().encode()
        ).digest()
        self._most = most
        self._found: OrderedDict[tuple[str, str | None, UUID | None], tuple[int, Line]] = (
            OrderedDict()
        )
        self._lines: dict[str, Line] = {}
        self._guards: dict[str, _Guards] = {}
        self._finding: dict[tuple[object, ...], asyncio.Task[Line]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def known(
        self, tenant_id: str, version: int, connection: str | None, membership: UUID | None
    ) -> Line | None:
        """The line for this caller, if it was looked up before."""
        found = self._found.get((tenant_id, connection, membership))
        if found is not None and found[0] >= version:
            return found[1]
        return None

    async def line(
        self, tenant_id: str, version: int, connection: str | None, membership: UUID | None
    ) -> Line:
        """The line for this caller. Raises ConnectionMissing."""
        known = self.known(tenant_id, version, connection, membership)
        if known is not None:
            return known
        key = (tenant_id, connection, membership)
        # callers that arrive together look it up once
        looking = self._finding.get((*key, version))
        if looking is None:
            looking = asyncio.create_task(self._find(key, version))
            self._finding[(*key, version)] = looking
            looking.add_done_callback(lambda _: self._finding.pop((*key, version), None))
        return await asyncio.shield(looking)

    async def _find(self, key: tuple[str, str | None, UUID | None], version: int) -> Line:
        tenant_id, connection, membership = key
        target = await odoo_target(
            self._resources, UUID(tenant_id), connection=connection, membership_id=membership
        )
        before = self._found.pop(key, None)
        line = self._line_of(target)
        self._found[key] = (version, line)
        line.users += 1
        if before is not None:
            self._release(before[1])
        while len(self._found) > self._most:
            _, (_, oldest) = self._found.popitem(last=False)
            self._release(oldest)
        return line

    def _line_of(self, target: OdooTarget) -> Line:
        # the secret is part of the key: a changed password is another line
        secret = hashlib.blake2b(target.secret.encode(), key=self._pepper, digest_size=16)
        key = f"{target.identity}:{secret.hexdigest()}"
        line = self._lines.get(key)
        if line is None:
            connection = str(target.connection_id)
            guards = self._guards.get(connection)
            if guards is None:
                limits = self._limits
                guards = self._guards[connection] = _Guards(
                    Bulkhead(limits.places, limits.queue, patience=limits.patience),
                    Breaker(threshold=limits.failures, pause=limits.pause),
                )
            client = OdooClient(target.odoo_identity(), self._resources.http)
            line = self._lines[key] = Line(target, key, client, guards.bulkhead, guards.breaker)
        return line

    def _release(self, line: Line) -> None:
        line.users -= 1
        if line.users > 0 or line.retired:
            return
        line.retired = True
        for key, kept in list(self._lines.items()):
            if kept is line:
                del self._lines[key]
        # calls still under way finish on it; its session is ended after they could have
        task = asyncio.create_task(self._end(line, delay=30.0))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _end(self, line: Line, *, delay: float) -> None:
        await asyncio.sleep(delay)
        await line.client.close()

    async def close(self) -> None:
        """End every session, quickly."""
        for task in self._closing:
            task.cancel()
        lines = list(self._lines.values())
        self._lines.clear()
        self._found.clear()
        try:
            async with asyncio.timeout(3):
                await asyncio.gather(*(line.client.close() for line in lines))
        except TimeoutError:
            log.info("odoo_sessions_left_open", sessions=len(lines))
