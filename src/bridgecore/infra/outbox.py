"""What happened, announced: events written in the transaction that made them true.

A cursor by sequence skips rows, because a lower number may commit later. So rows carry their
transaction id, and a consumer reads only transactions older than every one still open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
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


async def consume_once(database: Database, consumer: Consumer) -> int:
    """Hand one batch to `consumer`. Returns how many events its cursor passed.

    Another process already at work for this consumer makes it return 0 at once.
    """
    passed = await _consume(database, consumer)
    if passed is None and await _added_cursor(database, consumer.name):
        passed = await _consume(database, consumer)
    return passed or 0


async def _consume(database: Database, consumer: Consumer) -> int | None:
    """As `consume_once`; None where the cursor is another's just now, or nobody's yet."""
    async with database.platform() as session:
        cursor = (
            await session.execute(
                text(
                    "SELECT transaction_id::text AS xid, sequence FROM outbox_cursors"
                    " WHERE consumer = :name FOR UPDATE SKIP LOCKED"
                ),
                {"name": consumer.name},
            )
        ).one_or_none()
        if cursor is None:
            return None
        rows = (
            await session.execute(
                _READ,
                {"xid": cursor.xid, "sequence": cursor.sequence, "batch": consumer.batch},
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
        await session.execute(
            text(
                "UPDATE outbox_cursors SET transaction_id = CAST(:xid AS xid8),"
                " sequence = :sequence, moved_at = clock_timestamp() WHERE consumer = :name"
            ),
            {"xid": rows[-1].xid, "sequence": rows[-1].sequence, "name": consumer.name},
        )
        return len(rows)


async def _added_cursor(database: Database, name: str) -> bool:
    # in a transaction of its own: an insert that is not committed yet would make others wait
    async with database.platform() as session:
        known = await session.scalar(
            text("SELECT 1 FROM outbox_cursors WHERE consumer = :name"), {"name": name}
        )
        if known is None:
            await session.execute(
                text(
                    "INSERT INTO outbox_cursors (consumer, transaction_id, sequence)"
                    " VALUES (:name, '0', 0) ON CONFLICT DO NOTHING"
                ),
                {"name": name},
            )
    return known is None


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
    GATHER_SECONDS: each round asks for every consumer, and a source that is being copied would
    cause one for every page. A consumer that fails is tried again at the next round; it does not
    hold up the others.
    """
    wake = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_listen(listen, wake))
        while True:
            wake.clear()
            began = time.monotonic()
            for consumer in consumers:
                try:
                    while await consume_once(database, consumer) == consumer.batch:
                        pass
                except Exception:
                    log.exception("outbox_consumer_failed", consumer=consumer.name)
            try:
                async with asyncio.timeout(poll):
                    await wake.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(max(0.0, began + GATHER_SECONDS - time.monotonic()))


async def _listen(conninfo: str, wake: asyncio.Event) -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True, connect_timeout=5
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                wake.set()
                async for _ in connection.notifies():
                    wake.set()
        except psycopg.Error as error:
            log.warning("outbox_listen_lost", error=type(error).__name__)
        await asyncio.sleep(2)
