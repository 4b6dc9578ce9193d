"""One run under way: what it works on, what it has done, and its writes.

Writes are refused once another process holds the connection's lease: a checkpoint is only moved
from the position it was read at, in the transaction of its page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change, Checkpoint, Connector, EntityFlag, SetAside
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.errors import LakeBusy
from bridgecore.domains.lake.schemas import (
    MOST_ROWS,
    Applied,
    ConnectionRef,
    DeleteReason,
    Order,
)
from bridgecore.domains.sync.errors import LeaseLost, NoRoom, RunCancelled
from bridgecore.domains.sync.models import SyncEntity, SyncPlan
from bridgecore.domains.sync.repository import plans, set_asides
from bridgecore.domains.sync.repository.claims import Claim
from bridgecore.domains.sync.service.sources import Opened
from bridgecore.domains.usage import service as usage
from bridgecore.infra.resources import Resources

T = TypeVar("T")

log = structlog.get_logger(__name__)
_TRIES = 4
_PAGES_UNMEASURED = 25
NO_ROOM = (
    "There is no room for it: this tenant stores as much as its plan allows. It is read once there"
    " is room again."
)
"""Why a record is set aside that only the plan's storage keeps out."""
SELDOM_WAIT = timedelta(minutes=10)
"""How long what seldom changes is left alone by schedules."""


@dataclass(slots=True)
class Stats:
    """What a run did to one entity, in records; `seconds` is the time the source took."""

    read: int = 0
    expected: int | None = None
    inserted: int = 0
    updated: int = 0
    restored: int = 0
    removed: int = 0
    unchanged: int = 0
    set_aside: int = 0
    pages: int = 0
    seconds: float = 0.0
    state: str = "waiting"
    error: str | None = None
    what_to_do: str | None = None

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.restored

    def add(self, applied: Applied) -> None:
        self.inserted += applied.inserted
        self.updated += applied.updated
        self.restored += applied.restored
        self.removed += applied.removed
        self.unchanged += applied.unchanged + applied.stale
        self.set_aside += len(applied.set_aside)


class DatabaseClock:
    """The database's time, from one reading of it on: hosts' own clocks may differ."""

    def __init__(self, now: datetime) -> None:
        self._start = now
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._since)


@dataclass(frozen=True, slots=True)
class Gates:
    """How many transactions the runs of one process may have open at once.

    `ahead` is for pages that are copied in while the one before is stored. They wait for it, so
    they may not take the places it needs to come to its end.
    """

    transactions: asyncio.Semaphore
    ahead: asyncio.Semaphore


@dataclass(slots=True)
class Run:
    """`entities` are the plan's rows, no longer tied to a session; this run alone changes them.

    `room`: bytes that may still be added, None without end.
    """

    resources: Resources
    gates: Gates
    claim: Claim
    plan: SyncPlan
    id: UUID
    kind: str
    trigger: str
    options: dict[str, Any]
    clock: DatabaseClock
    started_at: datetime
    requested_by: UUID | None = None
    requested_at: datetime | None = None
    stored: bool = False
    resumed: int = 0
    entities: dict[str, SyncEntity] = field(default_factory=dict)
    opened: Opened | None = None
    stats: dict[str, Stats] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)
    aside: dict[str, set[str]] = field(default_factory=dict)
    cancelled: bool = False
    room: int | None = None
    pages_unmeasured: int = 0

    @property
    def tenant_id(self) -> UUID:
        return self.claim.tenant_id

    @property
    def connection_id(self) -> UUID:
        return self.claim.connection_id

    @property
    def ref(self) -> ConnectionRef:
        return ConnectionRef(self.tenant_id, self.connection_id)

    @property
    def connector(self) -> Connector:
        assert self.opened is not None
        return self.opened.connector

    @property
    def full(self) -> bool:
        """Whether nothing may be added, as far as is known."""
        return self.room is not None and self.room <= 0

    @property
    def asked_for(self) -> bool:
        """Whether somebody waits for this run."""
        return self.trigger not in ("schedule", "hint")

    def flags(self, name: str) -> EntityFlag:
        return EntityFlag(self.entities[name].flags)

    def rests(self, name: str) -> bool:
        """Whether it seldom changes and was read whole a short while ago."""
        row = self.entities[name]
        return (
            EntityFlag.SELDOM in self.flags(name)
            and row.state == "ok"
            and row.loaded_at is not None
            and row.caught_up_at is not None
            and self.clock.now() - row.caught_up_at < SELDOM_WAIT
        )

    def of(self, name: str) -> Stats:
        return self.stats.setdefault(name, Stats())

    def total(self, measure: str) -> int:
        return sum(int(getattr(stats, measure)) for stats in self.stats.values())

    def shown_stats(self) -> dict[str, Any]:
        return {
            name: {key: value for key, value in asdict(stats).items() if value is not None}
            for name, stats in self.stats.items()
        }

    def check(self) -> None:
        """Raises RunCancelled once a person asked this run to end."""
        if self.cancelled:
            raise RunCancelled

    @asynccontextmanager
    async def tenant(self) -> AsyncIterator[AsyncSession]:
        """A transaction of this tenant, when the process has one to spare."""
        database = self.resources.database
        async with self.gates.transactions, database.tenant(self.tenant_id) as session:
            yield session

    @asynccontextmanager
    async def _beside(self, before: asyncio.Task[None] | None) -> AsyncIterator[AsyncSession]:
        """A transaction beside that of `before` if there is a place for it, or else after it."""
        gate = self.gates.ahead
        if before is None or before.done() or gate.locked():
            if before is not None:
                await before
            gate = self.gates.transactions
        async with gate, self.resources.database.tenant(self.tenant_id) as session:
            yield session

    # ── writes ─────────────────────────────────────────────────────────────────────────────────

    async def store(
        self,
        name: str,
        changes: Sequence[Change],
        observed_at: datetime,
        *,
        order: Order = Order.ASKED,
        checkpoint: Checkpoint | None = None,
        aside: Sequence[SetAside] = (),
        before: asyncio.Task[None] | None = None,
    ) -> None:
        """Store records, and the position after them in the same transaction.

        Where there is no room, records that are there are brought up to date and the others set
        aside; a first load that has a position to go on from stops instead. `before` is what has
        to be stored first: meanwhile these records are copied in; its error is raised here as well.
        Raises LeaseLost, LakeBusy, NoRoom.
        """
        row = self.entities[name]
        first_load = checkpoint is not None and row.loaded_at is None
        chunks = [changes[at : at + MOST_ROWS] for at in range(0, len(changes), MOST_ROWS)] or [()]
        for number, chunk in enumerate(chunks):
            last = number == len(chunks) - 1
            applied = await self._store(
                row,
                chunk,
                observed_at,
                order,
                checkpoint if last else None,
                aside if last else (),
                before=before,
                stops_when_full=first_load and bool(changes),
            )
            stats = self.of(name)
            stats.add(applied)
            stats.set_aside += len(applied.left_out) + (len(aside) if last else 0)
            if applied.changed:
                await self.raise_generation()
            await self._take_room(applied.bytes)

    async def _take_room(self, size: int) -> None:
        """Count what was added; now and then, what others of the tenant added meanwhile."""
        if self.room is None:
            return
        self.room -= size
        self.pages_unmeasured += 1
        if self.pages_unmeasured >= _PAGES_UNMEASURED:
            await self.measure_room()

    async def measure_room(self) -> None:
        """Find out how much room there is just now."""
        self.pages_unmeasured = 0
        await lake.measure_storage(self.resources.database, self.tenant_id)
        async with self.tenant() as session:
            self.room = await usage.room_left(session, self.tenant_id)

    async def _store(
        self,
        row: SyncEntity,
        changes: Sequence[Change],
        observed_at: datetime,
        order: Order,
        checkpoint: Checkpoint | None,
        aside: Sequence[SetAside],
        *,
        before: asyncio.Task[None] | None,
        stops_when_full: bool,
    ) -> Applied:
        async def page() -> Applied:
            async with self._beside(before) as session:
                staged = await lake.stage(session, changes) if changes else None
                if before is not None:
                    await before
                if self.full and stops_when_full:
                    raise NoRoom
                applied = Applied()
                if staged is not None:
                    applied = await lake.store_staged(
                        session,
                        self.ref,
                        row.entity,
                        staged,
                        observed_at=observed_at,
                        order=order,
                        admit=not self.full,
                    )
                await self._note_aside(session, row.entity, changes, applied, aside)
                if checkpoint is not None:
                    await self._move(session, row, checkpoint)
                return applied

        for attempt in range(_TRIES):
            try:
                applied = await _to_its_end(page())
            except LakeBusy:
                if attempt == _TRIES - 1:
                    raise
                continue
            if checkpoint is not None:
                row.position += 1
                row.checkpoint = checkpoint
            return applied
        raise AssertionError("unreachable")

    async def _move(self, session: AsyncSession, row: SyncEntity, checkpoint: Checkpoint) -> None:
        moved = await plans.move_checkpoint(
            session,
            self.tenant_id,
            self.connection_id,
            row.entity,
            position=row.position,
            token=self.claim.token,
            values={
                "checkpoint": checkpoint,
                "page_size": row.page_size,
                "state": row.state if row.state == "needs_confirmation" else _state(row),
            },
        )
        if not moved:
            raise LeaseLost

    async def _note_aside(
        self,
        session: AsyncSession,
        name: str,
        changes: Sequence[Change],
        applied: Applied,
        aside: Sequence[SetAside],
    ) -> None:
        bad = [*aside, *applied.set_aside]
        bad += [SetAside(key, NO_ROOM) for key in applied.left_out]
        known = self.aside.setdefault(name, set())
        refused = {each.key for each in bad}
        healed = [each.key for each in changes if each.key in known and each.key not in refused]
        if bad:
            await set_asides.put(session, self.tenant_id, self.connection_id, name, bad)
            known |= refused
        if healed:
            await set_asides.settle(session, self.tenant_id, self.connection_id, name, healed)
            known.difference_update(healed)

    async def remove(
        self, name: str, keys: Iterable[str], reason: DeleteReason, observed_at: datetime
    ) -> None:
        """Make tombstones."""
        every = list(keys)
        for at in range(0, len(every), MOST_ROWS):
            chunk = every[at : at + MOST_ROWS]
            for attempt in range(_TRIES):
                try:
                    async with self.tenant() as session:
                        applied = await lake.remove(
                            session, self.ref, name, chunk, reason, observed_at=observed_at
                        )
                        await set_asides.settle(
                            session, self.tenant_id, self.connection_id, name, chunk
                        )
                    break
                except LakeBusy:
                    if attempt == _TRIES - 1:
                        raise
            self.of(name).add(applied)
            if applied.changed:
                await self.raise_generation()

    async def raise_generation(self) -> None:
        """Nothing the gateway answered before is served again."""
        try:
            await self.resources.admission.raise_generation(str(self.tenant_id))
        except (RedisError, OSError) as error:
            log.warning("generation_not_raised", error=type(error).__name__)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Do short work that a cancelled task finishes first.

    A COPY that is cut off leaves its connection unfit even to roll back, and the error of that
    would take the place of the cancellation: a run that was only told to pause would have failed.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # seen
        raise cancelled
    return task.result()


def _state(row: SyncEntity) -> str:
    return "ok" if row.loaded_at else "loading"
