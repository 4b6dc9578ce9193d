"""What happened, announced: events written in the transaction that made them true.

A cursor by sequence skips rows, because a lower number may commit later. So rows carry their
transaction id, and a consumer reads only transactions older than every one still open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import BigInteger, Identity, Index, String, Text, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from bridgecore.infra.db import Base, Database
from bridgecore.kit.ids import uuid7

CHANNEL = "bridgecore_outbox"
GATHER_SECONDS = 0.25
AT_ONCE = 4
"""How many consumers of a process work at the same moment: each holds a connection or two."""
log = structlog.get_logger(__name__)


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8: a transaction id that does not wrap around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class OutboxEvent(Base):
    __tablename__ = "outbox_events"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()")
    )
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    type: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "transaction_id", "sequence"),)


class OutboxCursor(Base):
    """How far one consumer has come."""

    __tablename__ = "outbox_cursors"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(TransactionId)
    sequence: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


@dataclass(frozen=True, slots=True)
class Event:
    """One announced fact. `id` is stable: consumers that must not act twice remember it."""

    id: UUID
    type: str
    tenant_id: UUID | None
    payload: dict[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Consumer:
    """One reader of the outbox. `handle` works inside the transaction that moves its cursor.

    `types` are the event types it wants; empty means all. At least once: if the process dies
    before the commit, the batch comes again.
    """

    name: str
    handle: Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]
    types: frozenset[str] = field(default_factory=frozenset)
    batch: int = 200


async def announce(
    session: AsyncSession,
    type: str,
    payload: dict[str, Any],
    *,
    tenant_id: UUID | None = None,
) -> UUID:
    """Write an event in the transaction of `session`; it exists if, and only if, that commits."""
    event_id = uuid7()
    await session.execute(
        text(
            "INSERT INTO outbox_events (id, tenant_id, type, payload)"
            " VALUES (:id, :tenant_id, :type, :payload)"
        ).bindparams(
            id=event_id,
            tenant_id=tenant_id,
            type=type,
            payload=psycopg.types.json.Jsonb(payload),
        )
    )
    await session.execute(text(f"NOTIFY {CHANNEL}"))
    return event_id


_READ = text(
    """
    SELECT e.transaction_id::text AS xid, e.sequence, e.id, e.type, e.tenant_id, e.payload,
           e.occurred_at
      FROM outbox_events e
     WHERE (e.transaction_id, e.sequence) > (CAST(:xid AS xid8), :sequence)
       AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY e.transaction_id, e.sequence
     LIMIT :batch
    """
)


_LOOKED_AT = 1_000
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('outbox:' || :name, 0))")
_CURSOR = text(
    "SELECT transaction_id::text AS xid, sequence FROM outbox_cursors WHERE consumer = :name"
)
_MOVE = text(
    "INSERT INTO outbox_cursors (consumer, transaction_id, sequence)"
    " VALUES (:name, CAST(:xid AS xid8), :sequence) ON CONFLICT (consumer) DO UPDATE"
    " SET transaction_id = excluded.transaction_id, sequence = excluded.sequence,"
    " moved_at = clock_timestamp()"
)


async def consume_once(database: Database, consumer: Consumer) -> int:
    """Hand one batch to `consumer`. Returns how many events its cursor passed.

    Another process already at work for this consumer makes it return 0 at once.
    """
    name = {"name": consumer.name}
    async with database.platform() as session:
        # Not a lock on the cursor's row: that would give this transaction an id, and nothing
        # announced while the handler works could be read by anybody until it is done.
        if not await session.scalar(_ALONE, name):
            return 0
        cursor = (await session.execute(_CURSOR, name)).one_or_none()
        rows = (
            await session.execute(
                _READ,
                {**_place(cursor), "batch": consumer.batch},
            )
        ).all()
        if not rows:
            return 0
        wanted = [
            Event(row.id, row.type, row.tenant_id, row.payload, row.occurred_at)
            for row in rows
            if not consumer.types or row.type in consumer.types
        ]
        if wanted:
            await consumer.handle(session, wanted)
        await session.execute(_MOVE, {**name, **_place(rows[-1])})
        return len(rows)


def _place(row: Any | None) -> dict[str, Any]:
    """Where a cursor or an event stands; before everything where there is none."""
    return {"xid": row.xid, "sequence": row.sequence} if row else {"xid": "0", "sequence": 0}


async def forget_passed(session: AsyncSession, before: datetime) -> int:
    """Delete events announced before `before` that every consumer has passed.

    Needs a platform session. Returns how many went.
    """
    result = await session.execute(
        text(
            """
            DELETE FROM outbox_events AS event
             WHERE event.occurred_at < :before
               AND NOT EXISTS (
                   SELECT FROM outbox_cursors AS reader
                    WHERE (reader.transaction_id, reader.sequence)
                        < (event.transaction_id, event.sequence))
            """
        ),
        {"before": before},
    )
    return int(getattr(result, "rowcount", 0))


async def run_consumers(
    database: Database, listen: str, consumers: Sequence[Consumer], *, poll: float = 5.0
) -> None:
    """Feed `consumers` until cancelled: woken by NOTIFY on `listen` (a conninfo), else by `poll`.

    What comes after a quiet moment is handed on at once, a stream of events in rounds of
    GATHER_SECONDS: a source that is being copied announces every page. One look a round tells who
    is concerned; the cursors of the others follow with `poll`. Each consumer is fed apart from the
    others: one that fails is tried again with `poll` at the latest, and one that is slow, as after
    a long stop, holds up nobody.
    """
    turns = asyncio.Semaphore(AT_ONCE)
    wakes = [asyncio.Event() for _ in consumers]
    announced = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_listen(listen, announced))
        group.create_task(_wake_concerned(database, consumers, wakes, announced, poll))
        for consumer, wake in zip(consumers, wakes, strict=True):
            group.create_task(_feed(database, consumer, wake, turns, poll))


_LOOK = text(
    """
    SELECT e.transaction_id::text AS xid, e.sequence, e.type,
           e.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AS is_readable
      FROM outbox_events e
     WHERE (e.transaction_id, e.sequence) > (CAST(:xid AS xid8), :sequence)
     ORDER BY e.transaction_id, e.sequence
     LIMIT :most
    """
)
_END = text(
    """
    SELECT transaction_id::text AS xid, sequence FROM outbox_events
     WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY transaction_id DESC, sequence DESC LIMIT 1
    """
)


async def _wake_concerned(
    database: Database,
    consumers: Sequence[Consumer],
    wakes: Sequence[asyncio.Event],
    announced: asyncio.Event,
    poll: float,
) -> None:
    place: dict[str, Any] | None = None
    while True:
        announced.clear()
        began = time.monotonic()
        held_back = more = False
        try:
            async with database.platform() as session:
                if place is None:
                    place = _place((await session.execute(_END)).one_or_none())
                    for wake in wakes:  # up to here everybody looks for themselves
                        wake.set()
                rows = (await session.execute(_LOOK, {**place, "most": _LOOKED_AT})).all()
            readable = [row for row in rows if row.is_readable]
            held_back, more = len(readable) < len(rows), len(readable) == _LOOKED_AT
            if readable:
                place = _place(readable[-1])
            types = {row.type for row in readable}
            for consumer, wake in zip(consumers, wakes, strict=True):
                if types and (not consumer.types or consumer.types & types):
                    wake.set()
        except Exception:
            log.exception("outbox_not_looked_at")
        if more:
            continue
        # what an older transaction holds back is announced to nobody when that one ends
        if not held_back:
            try:
                async with asyncio.timeout(poll):
                    await announced.wait()
            except TimeoutError:
                continue
        await asyncio.sleep(max(0.0, began + GATHER_SECONDS - time.monotonic()))


async def _feed(
    database: Database,
    consumer: Consumer,
    wake: asyncio.Event,
    turns: asyncio.Semaphore,
    poll: float,
) -> None:
    while True:
        wake.clear()
        try:
            full = True
            while full:
                async with turns:
                    full = await consume_once(database, consumer) == consumer.batch
        except Exception:
            log.exception("outbox_consumer_failed", consumer=consumer.name)
        with suppress(TimeoutError):
            async with asyncio.timeout(poll):
                await wake.wait()


async def _listen(conninfo: str, announced: asyncio.Event) -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True, connect_timeout=5
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                announced.set()
                async for _ in connection.notifies():
                    announced.set()
        except psycopg.Error as error:
            log.warning("outbox_listen_lost", error=type(error).__name__)
        await asyncio.sleep(2)
