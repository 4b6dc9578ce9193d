"""The engine of one process: many runs held at once, each connection read by one process only.

Connections are taken by lease from a table, so any number of engines on any hosts share the work:
a dead one's connections are free again within half a minute. A run waits for its source most of
the time, so one process holds hundreds; how many may use the database at once is bounded apart.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bridgecore.domains.lake import service as lake
from bridgecore.domains.sync.errors import LeaseLost
from bridgecore.domains.sync.repository import claims, plans
from bridgecore.domains.sync.repository.claims import Claim
from bridgecore.domains.sync.service.ending import store_progress
from bridgecore.domains.sync.service.run import Gates, Run
from bridgecore.domains.sync.service.running import carry_out, open_run
from bridgecore.domains.sync.service.sources import Sources
from bridgecore.infra.db import PLATFORM_ROLE, conninfo
from bridgecore.infra.live import tell, tenant_channel
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
BEAT_SECONDS = 5.0
POLL_SECONDS = 5.0
_AT_ONCE = 50
_PAGES_AHEAD = 2
# hints and wishes that come together are worked together
_COALESCE_SECONDS = 0.05


@dataclass(slots=True)
class _Held:
    claim: Claim
    task: asyncio.Task[None]
    run: Run | None = None


class Engine:
    """`capacity`: runs held at once; `per_tenant`: of one tenant, over all processes."""

    def __init__(
        self, resources: Resources, *, capacity: int | None = None, per_tenant: int | None = None
    ) -> None:
        settings = resources.settings
        self._resources = resources
        self._capacity = capacity or settings.sync_concurrency
        self._per_tenant = per_tenant or settings.sync_per_tenant
        # leaves connections for the jobs and routes of the same process
        self._gates = Gates(
            transactions=asyncio.Semaphore(max(2, settings.db_pool_size - 2)),
            ahead=asyncio.Semaphore(_PAGES_AHEAD),
        )
        self._sources = Sources(resources)
        self._held: dict[UUID, _Held] = {}
        self._wake = asyncio.Event()
        self._totals: Counter[tuple[str, str]] = Counter()

    @property
    def runs_held(self) -> int:
        """How many runs are under way here."""
        return len(self._held)

    async def close(self) -> None:
        """Let go of opened connections; `run` does it by itself."""
        await self._sources.close()

    async def run(self) -> None:
        """Work until cancelled. Runs under way are given back, to be taken up at once."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._beat())
                group.create_task(self._take())
        finally:
            await self._give_back()
            await self._sources.close()

    async def drain(self, *, hints: bool = True) -> int:
        """Do everything that is due now and return how many runs that was."""
        done = 0
        while True:
            if hints:
                await self._note_hints()
            taken = await self._claim()
            if not taken and not self._held:
                return done
            done += taken
            if self._held:
                await asyncio.wait([held.task for held in self._held.values()])
                # tasks leave in their own time
                await asyncio.sleep(0)

    # ── taking ─────────────────────────────────────────────────────────────────────────────────

    async def _take(self) -> None:
        while True:
            self._wake.clear()
            wait = POLL_SECONDS
            try:
                taken = await self._claim()
                if taken == _AT_ONCE:
                    continue
                if len(self._held) < self._capacity:
                    async with self._resources.database.platform() as session:
                        due = await claims.next_due(session)
                    if due is not None:
                        wait = min(POLL_SECONDS, max(due, 0.2))
            except (SQLAlchemyError, OSError) as error:
                log.warning("sync_not_taken", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            await asyncio.sleep(_COALESCE_SECONDS)

    async def _claim(self) -> int:
        room = min(self._capacity - len(self._held), _AT_ONCE)
        if room <= 0:
            return 0
        async with self._gates.transactions, self._resources.database.platform() as session:
            taken = await claims.claim(
                session,
                room=room,
                per_tenant=self._per_tenant,
                lease_seconds=LEASE_SECONDS,
            )
        for claim in taken:
            task = asyncio.create_task(self._work(claim))
            self._held[claim.token] = _Held(claim, task)
        return len(taken)

    async def _work(self, claim: Claim) -> None:
        run: Run | None = None
        try:
            run = await open_run(self._resources, self._gates, claim)
            if run is None:
                return
            self._held[claim.token].run = run
            await self._tell(run, "sync.started")
            await carry_out(run, self._sources)
        except LeaseLost:
            # taken over, or the plan was changed under the run: whoever holds it starts afresh
            log.info("sync_lease_lost", connection=str(claim.connection_id))
            await self._sources.forget(claim.connection_id)
            await self._release(claim)
        except (SQLAlchemyError, OSError) as error:
            # its lease runs out, and it is taken up again from its checkpoints
            log.warning(
                "sync_run_interrupted",
                connection=str(claim.connection_id),
                error=type(error).__name__,
            )
        finally:
            self._held.pop(claim.token, None)
            self._wake.set()
        if run is not None:
            self._count(run)
            await self._tell(run, "sync.ended")

    # ── keeping ────────────────────────────────────────────────────────────────────────────────

    async def _beat(self) -> None:
        for beat in itertools.count():
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if beat % 6 == 5:  # a notice can be lost with its connection
                    await self._note_hints()
                await self._renew()
                await self._flush_totals()
            except (SQLAlchemyError, OSError) as error:
                log.warning("sync_not_renewed", error=type(error).__name__)

    async def _renew(self) -> None:
        held = dict(self._held)
        if not held:
            return
        run_ids = [each.run.id for each in held.values() if each.run is not None]
        async with self._resources.database.platform() as session:
            still = await claims.renew(session, list(held), lease_seconds=LEASE_SECONDS)
            ended = await claims.cancelled(session, run_ids)
        for token, each in held.items():
            if token not in still and token in self._held:
                each.task.cancel()
                continue
            run = each.run
            if run is None:
                continue
            if run.id in ended:
                run.cancelled = True
            await self._progress(run)

    async def _progress(self, run: Run) -> None:
        async with run.tenant() as session:
            if run.claim.token in self._held:
                await store_progress(run, session)
        await self._tell(run, "sync.progress")

    async def _tell(self, run: Run, kind: str) -> None:
        await tell(
            self._resources.redis,
            [tenant_channel(run.tenant_id)],
            {
                "type": kind,
                "tenant_id": str(run.tenant_id),
                "connection_id": str(run.connection_id),
                "run_id": str(run.id),
                "kind": run.kind,
                "records_read": run.total("read"),
                "changed": run.total("changed"),
                "removed": run.total("removed"),
                "entities": {
                    name: {"state": stats.state, "read": stats.read, "expected": stats.expected}
                    for name, stats in run.stats.items()
                },
            },
        )

    def _count(self, run: Run) -> None:
        connector = run.plan.connector
        self._totals[connector, "runs"] += 1
        for measure in ("read", "changed", "removed", "set_aside"):
            if more := run.total(measure):
                self._totals[connector, f"records_{measure}"] += more

    async def _flush_totals(self) -> None:
        counts, self._totals = self._totals, Counter()
        if not counts:
            return
        try:
            async with self._resources.database.platform() as session:
                await claims.add_totals(
                    session, [(name, measure, more) for (name, measure), more in counts.items()]
                )
        except BaseException:
            self._totals.update(counts)
            raise

    async def _give_back(self) -> None:
        held = list(self._held.values())
        for each in held:
            each.task.cancel()
        if held:
            await asyncio.wait([each.task for each in held], timeout=10)
        for each in held:
            await self._release(each.claim)
        with suppress(SQLAlchemyError, OSError):
            await self._flush_totals()

    async def _release(self, claim: Claim) -> None:
        with suppress(SQLAlchemyError, OSError):
            async with self._resources.database.tenant(claim.tenant_id) as session:
                await plans.release(session, claim.tenant_id, claim.connection_id, claim.token, {})

    # ── being woken ────────────────────────────────────────────────────────────────────────────

    async def _listen(self) -> None:
        settings = self._resources.settings
        url = settings.database_platform_url or settings.database_url
        role = None if settings.database_platform_url else PLATFORM_ROLE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo(url, role=role), autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {claims.CHANNEL}")
                    await connection.execute(f"LISTEN {lake.CHANNEL}")
                    await self._note_hints()
                    self._wake.set()
                    async for notice in connection.notifies():
                        await self._heard(notice.channel, notice.payload)
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                log.warning("sync_listen_lost", error=type(error).__name__)
            await asyncio.sleep(2)

    async def _heard(self, channel: str, payload: str) -> None:
        if channel == lake.CHANNEL:
            tenant, _, connection = payload.partition(":")
            with suppress(ValueError):
                await self._hinted([(UUID(tenant), UUID(connection))])
        elif payload.startswith("cancel:"):
            for each in self._held.values():
                if each.run is not None and str(each.run.id) == payload.removeprefix("cancel:"):
                    each.run.cancelled = True
        self._wake.set()

    async def _note_hints(self) -> None:
        async with self._resources.database.platform() as session:
            waiting = await lake.hinted_connections(session)
        await self._hinted([(each.tenant_id, each.id) for each in waiting])

    async def _hinted(self, connections: list[tuple[UUID, UUID]]) -> None:
        if not connections:
            return
        async with self._resources.database.platform() as session:
            await claims.mark_hinted(session, connections)
