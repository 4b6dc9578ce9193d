"""Storing events: requests that arrive together are committed together, and answered after that.

While one batch is being written the next one gathers, so a batch is as large as the load makes it
and a lone request waits for nobody. Why one transaction serves many tenants: decision 0008.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bridgecore.domains.webhooks.errors import IntakeBusy, ReceiverClosed, TenantBusy
from bridgecore.domains.webhooks.repository import figures
from bridgecore.domains.webhooks.repository import intake as rows
from bridgecore.domains.webhooks.repository.intake import Row, Sender
from bridgecore.domains.webhooks.schemas import Event, Trust
from bridgecore.domains.webhooks.service.metrics import metrics_of
from bridgecore.infra.problems import ServiceUnavailable, ValidationFailed
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

WRITERS = 2  # one batch is being written while the commit of the other is waited for
BATCH = 1_000
BATCH_BYTES = 16 * 1024 * 1024
MOST_WAITING = 50_000
MOST_WAITING_BYTES = 128 * 1024 * 1024
TENANT_SHARE = 0.2  # of what may wait, so that one company's flood leaves room for the others
NOTIFY_SECONDS = 0.05
FIGURES_SECONDS = 5.0
# Odoo 17 and 18 post from inside the transaction: read at once, the record would be the old one
SETTLE = timedelta(seconds=2)


@dataclass(slots=True, eq=False)
class _Waiting:
    """The events of one request, until they are committed."""

    sender: Sender
    events: Sequence[Event]
    done: asyncio.Future[list[bool]]
    size: int


@dataclass(slots=True)
class _Told:
    """Duplicates and rejected events since figures were last written."""

    duplicates: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)
    rejected: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)


class EventIds:
    """UUIDv7 in the order they are given out, so that events of one request keep theirs."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> UUID:
        # the 12 bits behind the milliseconds count on, into the next millisecond if need be
        self._last = max(self._last + 1, (time.time_ns() // 1_000_000) << 12)
        milliseconds, count = self._last >> 12, self._last & 0xFFF
        value = milliseconds << 80 | 0x7 << 76 | count << 64 | 0b10 << 62
        return UUID(int=value | secrets.randbits(62))


class Intake:
    """The events of one process on their way to the database."""

    def __init__(self, resources: Resources, *, most_waiting: int = MOST_WAITING) -> None:
        self._resources = resources
        self._metrics = metrics_of(resources)
        self._new_id = EventIds()
        self._queue: list[_Waiting] = []
        self._most_waiting = most_waiting
        self._waiting = 0
        self._waiting_bytes = 0
        self._waiting_of: Counter[UUID] = Counter()
        self._bytes_of: Counter[UUID] = Counter()
        self._writers: set[asyncio.Task[None]] = set()
        self._notifier: asyncio.Task[None] | None = None
        self._told = _Told()
        self._figures: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._figures = asyncio.create_task(self._keep_figures())

    async def close(self) -> None:
        """Write what waits, then end."""
        while self._writers:
            await asyncio.gather(*self._writers, return_exceptions=True)
        if self._notifier is not None:
            await asyncio.gather(self._notifier, return_exceptions=True)
        if self._figures is not None:
            self._figures.cancel()
            with suppress(asyncio.CancelledError):
                await self._figures
            await self._write_figures()

    async def store(self, sender: Sender, events: Sequence[Event]) -> list[bool]:
        """Commit the events. By event: whether it is new; False was stored earlier.

        Raises IntakeBusy, TenantBusy, ReceiverClosed (revoked a moment ago), ValidationFailed,
        ServiceUnavailable; then none of them is stored.
        """
        if not events:
            return []
        size = sum(len(event.payload or "") for event in events)
        if self._waiting and (
            self._waiting + len(events) > self._most_waiting
            or self._waiting_bytes + size > MOST_WAITING_BYTES
        ):
            raise IntakeBusy(headers={"Retry-After": "2"})
        tenant_id = sender.tenant_id
        if self._waiting_of[tenant_id] and (
            self._waiting_of[tenant_id] + len(events) > self._most_waiting * TENANT_SHARE
            or self._bytes_of[tenant_id] + size > MOST_WAITING_BYTES * TENANT_SHARE
        ):
            raise TenantBusy(headers={"Retry-After": "2"})
        waiting = _Waiting(sender, events, asyncio.get_running_loop().create_future(), size)
        self._queue.append(waiting)
        self._waiting += len(events)
        self._waiting_bytes += size
        self._waiting_of[tenant_id] += len(events)
        self._bytes_of[tenant_id] += size
        if len(self._writers) < WRITERS:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await waiting.done

    def tell(self, sender: Sender, *, new: int, duplicates: int, rejected: int) -> None:
        """Count how the events of one request were answered."""
        for result, count in (("accepted", new), ("duplicate", duplicates), ("rejected", rejected)):
            if count:
                self._metrics.received.labels(result).inc(count)
        place = (sender.tenant_id, sender.connection_id)
        if duplicates:
            self._told.duplicates[place] += duplicates
        if rejected:
            self._told.rejected[place] += rejected

    async def _write(self) -> None:
        while self._queue:
            batch = self._next()
            try:
                await self._store(batch)
            except Exception as error:
                # whatever it is, nobody is left waiting
                log.exception("webhook_store_failed")
                _fail(batch, error)

    def _next(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        count = size = 0
        for waiting in self._queue:
            more = count + len(waiting.events) > BATCH or size + waiting.size > BATCH_BYTES
            if batch and more:
                break
            batch.append(waiting)
            count += len(waiting.events)
            size += waiting.size
            self._left(waiting)
        del self._queue[: len(batch)]
        self._waiting -= count
        self._waiting_bytes -= size
        return batch

    def _left(self, waiting: _Waiting) -> None:
        tenant_id = waiting.sender.tenant_id
        self._waiting_of[tenant_id] -= len(waiting.events)
        self._bytes_of[tenant_id] -= waiting.size
        if not self._waiting_of[tenant_id]:
            del self._waiting_of[tenant_id], self._bytes_of[tenant_id]

    async def _store(self, batch: list[_Waiting], *, again: bool = True) -> None:
        places: dict[Sender, int] = {}
        found: list[Row] = []
        now = datetime.now(UTC)
        for waiting in batch:
            place = places.setdefault(waiting.sender, len(places))
            due = now + SETTLE if waiting.sender.trust == Trust.ADDRESS else now
            found.extend(Row(self._new_id(), place, event, due) for event in waiting.events)
        try:
            async with self._resources.database.platform() as session:
                stored = await rows.store(session, list(places), found)
        except SQLAlchemyError as error:
            await self._after_failure(batch, error, again=again)
            return
        self._metrics.storing.observe(len(found))
        self._notify_soon()
        place_of = iter(found)
        for waiting in batch:
            new = [next(place_of).id not in stored.known for _ in waiting.events]
            if places[waiting.sender] in stored.refused:
                _settle(
                    waiting,
                    ReceiverClosed(
                        "This credential was revoked, or the connection takes no webhooks any more."
                    ),
                )
            elif not waiting.done.done():
                waiting.done.set_result(new)

    async def _after_failure(
        self, batch: list[_Waiting], error: SQLAlchemyError, *, again: bool
    ) -> None:
        state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
        if again and state in ("40001", "40P01"):
            await self._store(batch, again=False)
        elif state.startswith(("22", "23")):
            # one request's data can't be stored: the others shall not suffer from it
            if len(batch) > 1:
                for waiting in batch:
                    await self._store([waiting])
            else:
                log.warning("webhook_not_storable", error=str(error)[:300])
                _settle(batch[0], ValidationFailed("A value of this event can't be stored."))
        else:
            log.error("webhook_store_failed", error=type(error).__name__, state=state)
            problem = ServiceUnavailable(
                "The events could not be stored just now; send them again shortly.",
                headers={"Retry-After": "2"},
            )
            _fail(batch, problem)

    def _notify_soon(self) -> None:
        # a NOTIFY in the same transaction would make commits wait for each other
        if self._notifier is None or self._notifier.done():
            self._notifier = asyncio.create_task(self._notify())

    async def _notify(self) -> None:
        await asyncio.sleep(NOTIFY_SECONDS)
        # lost, the worker finds the events by itself a moment later
        with suppress(DBAPIError, OSError):
            async with self._resources.database.platform() as session:
                await rows.notify(session)

    async def _keep_figures(self) -> None:
        while True:
            await asyncio.sleep(FIGURES_SECONDS)
            await self._write_figures()

    async def _write_figures(self) -> None:
        told, self._told = self._told, _Told()
        if not told.duplicates and not told.rejected:
            return
        try:
            async with self._resources.database.platform() as session:
                await figures.add_answers(session, told.duplicates, told.rejected)
        except SQLAlchemyError as error:
            log.warning("webhook_figures_lost", error=type(error).__name__)


def _settle(waiting: _Waiting, problem: Exception) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(problem)


def _fail(batch: list[_Waiting], problem: Exception) -> None:
    for waiting in batch:
        _settle(waiting, problem)
