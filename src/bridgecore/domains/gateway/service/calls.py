"""One call of Odoo for one caller: read through the cache, write as an intent.

Identical reads of one Odoo identity that arrive together share one upstream call. A write is
committed as an intent before it is sent and its outcome afterwards, holding no database
connection in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from bridgecore.connectors.odoo import OdooError
from bridgecore.domains.gateway import errors
from bridgecore.domains.gateway.service import writes
from bridgecore.domains.gateway.service.cache import AnswerCache, CacheKey, Kept, cache_key
from bridgecore.domains.gateway.service.clients import CallLimits, Line, OdooLines
from bridgecore.domains.gateway.service.flights import Abandoned, Flight
from bridgecore.domains.gateway.service.operations import Access, OdooCall
from bridgecore.domains.gateway.service.policy import check_call
from bridgecore.domains.identity.service import Principal
from bridgecore.domains.tenancy.schemas import TenantSnapshot
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.rate_limits import TenantState

log = structlog.get_logger(__name__)

LEASE_MARGIN = 20.0
Send = Callable[[float], Awaitable[bytes]]  # with at most so many seconds


class Caller(NamedTuple):
    """Who calls, with what of the tenant was known when the call was admitted."""

    principal: Principal
    state: TenantState
    snapshot: TenantSnapshot
    permissions: frozenset[str]
    correlation_id: str = ""
    degraded: bool = False

    @property
    def tenant_id(self) -> UUID:
        return self.snapshot.id


class Wanted(NamedTuple):
    """Where and how a call is to be made."""

    connection: str | None = None
    fresh: bool = False
    idempotency_key: str | None = None
    route: str = ""


class Calls:
    """The gateway's engine. One per process."""

    def __init__(self, resources: Resources, limits: CallLimits | None = None) -> None:
        self.resources = resources
        self._limits = limits or CallLimits(places=resources.settings.odoo_concurrency)
        self.lines = OdooLines(resources, self._limits)
        self.cache = AnswerCache(resources.redis, ttl=resources.settings.cache_ttl)
        self._flights: dict[CacheKey, Flight] = {}
        self._writing: set[asyncio.Task[bytes]] = set()
        self._outcomes: dict[str, Any] = {}

    async def close(self) -> None:
        """Let the writes under way come to their end."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=self._limits.write_seconds + 2)
        await self.lines.close()

    async def call(
        self, caller: Caller, call: OdooCall, wanted: Wanted, record: RequestRecord | None = None
    ) -> bytes:
        """The result's JSON bytes. Raises ProblemError."""
        check_call(call, caller.snapshot, caller.permissions, caller.principal.role)
        place = (
            caller.state.tenant_id,
            caller.state.version,
            wanted.connection,
            caller.principal.membership_id,
        )
        line = self.lines.known(*place) or await self.lines.line(*place)
        if call.access is not Access.READ:
            return await self.write(caller, line, call, wanted, record)
        key = cache_key(caller.state.tenant_id, caller.state.generation, line.identity, call)
        cached = self._may_keep(caller, call)
        if cached and not wanted.fresh:
            kept = self.cache.near(key)
            if kept is not None:
                self._note(record, "cache")
                return kept.raw
        return await self._read(line, call, key, record, cached=cached, fresh=wanted.fresh)

    def kept(
        self, caller: Caller, call: OdooCall, wanted: Wanted, record: RequestRecord | None = None
    ) -> Kept | None:
        """What this process has kept of a read, if it has; `call` answers all else.

        Raises ProblemError for what may not be called.
        """
        if wanted.fresh or not self._may_keep(caller, call):
            return None
        check_call(call, caller.snapshot, caller.permissions, caller.principal.role)
        state = caller.state
        line = self.lines.known(
            state.tenant_id, state.version, wanted.connection, caller.principal.membership_id
        )
        if line is None:
            return None
        kept = self.cache.near(cache_key(state.tenant_id, state.generation, line.identity, call))
        if kept is not None:
            self._note(record, "cache")
        return kept

    def _may_keep(self, caller: Caller, call: OdooCall) -> bool:
        # with Redis away nobody can tell whether the tenant's data has changed
        return self.cache.enabled and call.cacheable and not caller.degraded

    async def line(self, caller: Caller, connection: str | None) -> Line:
        """The way to the caller's Odoo. Raises ConnectionMissing."""
        return await self.lines.line(
            caller.state.tenant_id,
            caller.state.version,
            connection,
            caller.principal.membership_id,
        )

    # ── reads ──────────────────────────────────────────────────────────────────────────────────

    async def _read(
        self,
        line: Line,
        call: OdooCall,
        key: CacheKey,
        record: RequestRecord | None,
        *,
        cached: bool,
        fresh: bool,
    ) -> bytes:
        if cached and not fresh:
            raw = await self.cache.far(key)
            if raw is not None:
                self._note(record, "cache")
                return raw
        if fresh:
            # a flight under way may have been asked before what the caller wants to see
            self._note(record, "upstream")
            return await self._fly(line, call, key if cached else None, record)
        while (flight := self._flights.get(key)) is not None:
            self._note(record, "flight")
            try:
                return await flight.join()
            except Abandoned:
                continue
        self._note(record, "upstream")
        flight = self._flights[key] = Flight()
        try:
            raw = await self._fly(line, call, key if cached else None, record)
        except BaseException as error:
            del self._flights[key]
            flight.fail(error)
            raise
        del self._flights[key]
        flight.land(raw)
        return raw

    async def _fly(
        self, line: Line, call: OdooCall, key: CacheKey | None, record: RequestRecord | None
    ) -> bytes:
        raw = await self.ask(line, call, record)
        if key is not None:
            await self.cache.put(key, raw)
        return raw

    def _note(self, record: RequestRecord | None, source: str) -> None:
        if record is not None:
            record.source = source
        self.resources.metrics.reads.count(source)

    # ── writes ─────────────────────────────────────────────────────────────────────────────────

    async def write(
        self,
        caller: Caller,
        line: Line,
        call: OdooCall,
        wanted: Wanted,
        record: RequestRecord | None,
        *,
        send: Send | None = None,
        seconds: float | None = None,
    ) -> bytes:
        """Carry out a call that policy allows, as an intent. Raises ProblemError.

        `send` does it where the client has a way of its own for it, `seconds` is how long it may
        take then.
        """
        seconds = seconds or self._limits.write_seconds
        intent = await writes.begin(
            self.resources,
            caller,
            call,
            wanted,
            connection_id=line.target.connection_id,
            # longer than it may take, so that only a dead process leaves one behind
            lease_seconds=seconds + LEASE_MARGIN,
        )
        if isinstance(intent, bytes):
            self._note(record, "joined")
            if record is not None:
                record.headers.append((b"idempotent-replayed", b"true"))
            return intent
        # a caller who hangs up, or a server that is told to stop, must not cut a write in half
        sending = (
            self.ask(line, writes.marked(call, intent), record)
            if send is None
            else self._guarded(line, send, seconds, writes=True, record=record)
        )
        acting = asyncio.create_task(self._act(caller, sending, intent, record))
        self._writing.add(acting)
        acting.add_done_callback(self._writing.discard)
        return await asyncio.shield(acting)

    async def _act(
        self,
        caller: Caller,
        sending: Awaitable[bytes],
        intent_id: UUID,
        record: RequestRecord | None,
    ) -> bytes:
        try:
            raw = await sending
        except ProblemError as problem:
            await writes.finish_failed(self.resources, caller, intent_id, problem)
            if isinstance(problem, errors.OutcomeUnknown):
                await self.changed(caller.state.tenant_id)
                problem.extra["intent_id"] = str(intent_id)
            raise
        # whoever joined goes on when the outcome is there: by then nothing old may be served
        await self.changed(caller.state.tenant_id)
        await writes.finish_done(self.resources, caller, intent_id, raw)
        self._note(record, "upstream")
        return raw

    async def changed(self, tenant_id: str) -> None:
        """Make everything kept of this tenant old. With Redis away nothing kept is used anyway."""
        try:
            await self.resources.admission.raise_generation(tenant_id)
        except Exception as error:
            log.warning("generation_not_raised", error=type(error).__name__)

    # ── upstream ───────────────────────────────────────────────────────────────────────────────

    async def ask(self, line: Line, call: OdooCall, record: RequestRecord | None = None) -> bytes:
        """One call of Odoo, guarded; neither kept nor written down. Raises ProblemError."""
        reads = call.access is Access.READ

        async def execute(timeout: float) -> bytes:
            return await line.client.execute(
                call.model, call.method, call.args, call.kwargs, timeout=timeout
            )

        return await self._guarded(
            line,
            execute,
            self._limits.read_seconds if reads else self._limits.write_seconds,
            writes=not reads,
            fields=call.fields,
            record=record,
        )

    async def _guarded(
        self,
        line: Line,
        send: Send,
        seconds: float,
        *,
        writes: bool,
        fields: list[str] | Callable[[], list[str] | None] | None = None,
        record: RequestRecord | None = None,
    ) -> bytes:
        until = time.monotonic() + seconds
        line.breaker.enter()
        started = time.perf_counter()
        outcome = "ok"
        told = False
        try:
            async with line.bulkhead:
                started = time.perf_counter()
                raw = await send(until - time.monotonic())
            line.breaker.succeeded()
            told = True
            return raw
        except OdooError as error:
            outcome = error.kind
            told = True
            if error.kind in errors.FAILING:
                line.breaker.failed()
            else:
                line.breaker.succeeded()
            names = fields() if callable(fields) else fields
            raise errors.problem_of(error, writes=writes, fields=names) from error
        finally:
            if not told:
                line.breaker.gave_up()
            elapsed = time.perf_counter() - started
            measure = self._outcomes.get(outcome)
            if measure is None:
                measure = self.resources.metrics.upstream.labels("odoo", outcome)
                self._outcomes[outcome] = measure
            measure.observe(elapsed)
            if record is not None:
                record.upstream_ms = (record.upstream_ms or 0.0) + elapsed * 1000
