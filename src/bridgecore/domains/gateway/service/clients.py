"""Signed-in Odoo clients of this process, one per Odoo identity, dropped when settings change."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import structlog

from bridgecore.connectors.odoo import OdooClient, OdooIdentity, TransportName
from bridgecore.domains.connections.service import OdooTarget, odoo_target
from bridgecore.domains.gateway.service.guard import Breaker, Bulkhead
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

PLACES = 64
QUEUE = 256


@dataclass(slots=True, eq=False)
class Line:
    """The way to one Odoo as one of its users. `guard` and `breaker` are its connection's."""

    target: OdooTarget
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

    def __init__(self, resources: Resources, *, most: int = 2_000) -> None:
        self._resources = resources
        self._most = most
        self._found: OrderedDict[tuple[str, str | None, UUID | None], tuple[int, Line]] = (
            OrderedDict()
        )
        self._lines: dict[tuple[str, str, str], Line] = {}
        self._guards: dict[str, _Guards] = {}
        self._finding: dict[tuple[object, ...], asyncio.Task[Line]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def line(
        self, tenant_id: str, version: int, connection: str | None, membership: UUID | None
    ) -> Line:
        """The line for this caller. Raises ConnectionMissing."""
        key = (tenant_id, connection, membership)
        found = self._found.get(key)
        if found is not None and found[0] >= version:
            return found[1]
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
        key = (target.identity, f"{target.url} {target.database}", target.secret)
        line = self._lines.get(key)
        if line is None:
            connection = str(target.connection_id)
            guards = self._guards.get(connection)
            if guards is None:
                places = int(target.settings.get("max_concurrency") or PLACES)
                guards = self._guards[connection] = _Guards(Bulkhead(places, QUEUE), Breaker())
            identity = OdooIdentity(
                url=target.url,
                database=target.database,
                login=target.username,
                secret=target.secret,
                transport=TransportName(target.settings.get("transport") or "auto"),
            )
            client = OdooClient(identity, self._resources.http)
            line = self._lines[key] = Line(target, client, guards.bulkhead, guards.breaker)
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
