"""Working on stored events, in batches, one tenant a transaction.

What an event leads to and the note that it did are committed together, so a process that dies
leaves nothing half done and nothing is done twice. An event that fails is tried again, later each
time, and becomes a dead letter in the end; the others of its batch go their way.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.errors import ConnectionNotFound
from bridgecore.domains.lake.errors import LakeBusy
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.domains.webhooks.events import WEBHOOK_DEAD_LETTERED
from bridgecore.domains.webhooks.models import WebhookEvent
from bridgecore.domains.webhooks.repository import figures, work
from bridgecore.domains.webhooks.repository.intake import CHANNEL
from bridgecore.domains.webhooks.repository.work import Finished
from bridgecore.domains.webhooks.schemas import EventStatus, Fault, Outcome
from bridgecore.domains.webhooks.service.effects import Effect, carry_out
from bridgecore.domains.webhooks.service.metrics import metrics_of
from bridgecore.infra.db import PLATFORM_ROLE, after_commit, conninfo
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

BATCH = 1_000
BATCH_BYTES = 32 * 1024 * 1024
TENANTS_AT_ONCE = 4
BATCHES_IN_TURN = 20  # of one tenant, before another that waits gets its place
POLL_SECONDS = 1.0
MOST_ATTEMPTS = 10
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=15)
ECHO = timedelta(seconds=10)
_MOST_OWN_WRITES = 5_000
_COUNTED = {
    Outcome.APPLIED: "applied",
    Outcome.REMOVED: "removed",
    Outcome.HINTED: "hinted",
}


class Processor:
    """Works on events until cancelled. Any number, in any number of processes."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._metrics = metrics_of(resources)
        self._wake = asyncio.Event()
        self._working: dict[UUID, asyncio.Task[None]] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            try:
                while True:
                    await self._round()
            finally:
                for task in self._working.values():
                    task.cancel()
                await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def _round(self) -> None:
        self._wake.clear()
        found: list[UUID] = []
        try:
            async with self._resources.database.platform() as session:
                found = await work.due_tenants(session, TENANTS_AT_ONCE * 4)
        except SQLAlchemyError as error:
            log.warning("webhook_round_failed", error=type(error).__name__)
        for tenant_id in found:
            if len(self._working) >= TENANTS_AT_ONCE:
                break
            if tenant_id not in self._working:
                self._working[tenant_id] = asyncio.create_task(self._turn(tenant_id))
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    async def _turn(self, tenant_id: UUID) -> None:
        worked = 0
        try:
            for _ in range(BATCHES_IN_TURN):
                worked = await work_once(self._resources, tenant_id)
                if worked < BATCH:
                    break
        except Exception as error:
            log.warning("webhook_turn_failed", tenant=str(tenant_id), error=repr(error)[:300])
            await asyncio.sleep(POLL_SECONDS)
        finally:
            del self._working[tenant_id]
            if worked:
                # more may have come while this tenant was passed over
                self._wake.set()

    async def _listen(self) -> None:
        settings = self._resources.settings
        url = settings.database_platform_url or settings.database_url
        role = None if settings.database_platform_url else PLATFORM_ROLE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo(url, role=role), autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._wake.set()
                    async for _ in connection.notifies():
                        self._wake.set()
            except psycopg.Error as error:
                log.warning("webhook_listen_lost", error=type(error).__name__)
            await asyncio.sleep(2)


async def work_once(resources: Resources, tenant_id: UUID) -> int:
    """Work on one batch of a tenant's events. Returns how many were due.

    0 too where another process is at it. What fails as a whole is put off as a whole.
    """
    taken: Sequence[WebhookEvent] = ()
    try:
        async with resources.database.tenant(tenant_id) as session:
            if not await work.hold(session, tenant_id):
                return 0
            taken = await work.due(session, tenant_id, BATCH, BATCH_BYTES)
            if not taken:
                return 0
            session.expunge_all()
            done = await _work_on(session, tenant_id, taken)
            await _finish(session, resources, tenant_id, taken, done)
            return len(taken)
    except (LakeBusy, OperationalError) as error:
        if not taken:
            raise
        log.warning("webhook_batch_put_off", tenant=str(tenant_id), error=type(error).__name__)
    async with resources.database.tenant(tenant_id) as session:
        # released with the transaction that failed; whoever took it meanwhile is at work on them
        if await work.hold(session, tenant_id):
            still = {event.id for event in await work.due(session, tenant_id, BATCH, BATCH_BYTES)}
            session.expunge_all()
            left = [event for event in taken if event.id in still]
            reason = "The database or the lake was busy."
            done = {event.id: _failed(event, Fault.OURS, reason) for event in left}
            await _finish(session, resources, tenant_id, left, done)
    return len(taken)


async def _work_on(
    session: AsyncSession, tenant_id: UUID, events: Sequence[WebhookEvent]
) -> dict[UUID, Finished]:
    by_connection: dict[UUID, list[WebhookEvent]] = defaultdict(list)
    for event in events:
        by_connection[event.connection_id].append(event)
    echoes = await _echoes(session, tenant_id, events)
    done: dict[UUID, Finished] = {}
    for connection_id, theirs in by_connection.items():
        try:
            await connections.get_connection(session, tenant_id, connection_id)
        except ConnectionNotFound:
            for event in theirs:
                done[event.id] = Finished(
                    event.id, EventStatus.DISCARDED, reason="The connection was removed."
                )
            continue
        done |= await _isolated(session, ConnectionRef(tenant_id, connection_id), theirs, echoes)
    return done


async def _isolated(
    session: AsyncSession,
    connection: ConnectionRef,
    events: Sequence[WebhookEvent],
    echoes: frozenset[UUID],
) -> dict[UUID, Finished]:
    """Carry out events; halve them where they fail, until those to blame are alone."""
    try:
        async with session.begin_nested():
            effects = await carry_out(session, connection, events)
    except (LakeBusy, OperationalError):
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        if len(events) == 1:
            (event,) = events
            log.warning("webhook_event_failed", event_id=str(event.id), error=repr(error)[:300])
            fault = Fault.SOURCE if _is_data(error) else Fault.OURS
            return {event.id: _failed(event, fault, _told(error))}
        half = len(events) // 2
        return {
            **await _isolated(session, connection, events[:half], echoes),
            **await _isolated(session, connection, events[half:], echoes),
        }
    return {event.id: _finished(event, effects[event.id], echoes) for event in events}


def _finished(event: WebhookEvent, effect: Effect, echoes: frozenset[UUID]) -> Finished:
    echo = event.id in echoes
    if effect.unusable is not None:
        # the same content would fail again: no retry, but a hint has been noted
        reason = f"The content can't be kept: {effect.unusable}"[:500]
        return Finished(
            event.id, EventStatus.DEAD, effect.outcome, echo, None, Fault.SOURCE, reason
        )
    return Finished(event.id, EventStatus.DONE, effect.outcome, echo)


def _failed(event: WebhookEvent, fault: Fault, reason: str) -> Finished:
    attempts = event.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        return Finished(event.id, EventStatus.DEAD, None, False, None, fault, reason)
    due = datetime.now(UTC) + delay(attempts)
    return Finished(event.id, EventStatus.PENDING, None, False, due, fault, reason)


def delay(attempts: int) -> timedelta:
    """How long to wait after so many failures: twice as long each time, and never the same."""
    longest = min(FIRST_DELAY * (1 << min(attempts - 1, 20)), LONGEST_DELAY)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


def _is_data(error: Exception) -> bool:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state.startswith("22")


def _told(error: Exception) -> str:
    if _is_data(error):
        return "A value of this event can't be stored."
    return f"Processing failed on our side ({type(error).__name__})."


async def _echoes(
    session: AsyncSession, tenant_id: UUID, events: Sequence[WebhookEvent]
) -> frozenset[UUID]:
    """Events that tell of our own writes: they say so, or come within seconds of one.

    It is told, not acted on: the source may have computed other fields than were written.
    """
    found = {event.id for event in events if (event.origin or "").startswith("bridgecore:")}
    unmarked = [event for event in events if event.id not in found]
    if not unmarked:
        return frozenset(found)
    since = min(event.received_at for event in unmarked) - ECHO * 3
    until = max(event.received_at for event in unmarked)
    writes = await work.own_writes(session, tenant_id, since, until, _MOST_OWN_WRITES)
    ours: dict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for write in writes:
        for record_id in (*(write.ids or ()), *(write.made or ())):
            ours[write.model, str(record_id)].append((write.created_at, write.finished_at))
    for event in unmarked:
        for began, ended in ours.get((event.model, event.record_key), ()):
            if began - ECHO <= event.received_at <= ended + ECHO:
                found.add(event.id)
    return frozenset(found)


async def _finish(
    session: AsyncSession,
    resources: Resources,
    tenant_id: UUID,
    events: Sequence[WebhookEvent],
    done: dict[UUID, Finished],
) -> None:
    if not done:
        return
    await work.finish(session, tenant_id, [done[event.id] for event in events])
    await figures.add(session, tenant_id, _figures(events, done))
    dead = Counter(
        (event.connection_id, done[event.id].fault, done[event.id].reason)
        for event in events
        if done[event.id].status == EventStatus.DEAD
    )
    for (connection_id, fault, reason), count in dead.items():
        await announce(
            session,
            WEBHOOK_DEAD_LETTERED,
            {
                "connection_id": str(connection_id),
                "fault": fault,
                "reason": reason,
                "events": count,
            },
            tenant_id=tenant_id,
        )

    async def tell() -> None:
        _measure(resources, events, done)
        # once a batch: whatever the gateway keeps of this tenant may be old now
        with suppress(RedisError, OSError):
            await resources.admission.raise_generation(str(tenant_id))

    after_commit(session, tell)


def _figures(
    events: Sequence[WebhookEvent], done: dict[UUID, Finished]
) -> dict[tuple[UUID, datetime], Counter[str]]:
    found: dict[tuple[UUID, datetime], Counter[str]] = defaultdict(Counter)
    now = datetime.now(UTC)
    for event in events:
        hour = event.received_at.replace(minute=0, second=0, microsecond=0)
        counts = found[event.connection_id, hour]
        became = done[event.id]
        if event.attempts == 0:
            counts["received"] += 1
        else:
            counts["retried"] += 1
        if became.status == EventStatus.DEAD:
            counts["dead"] += 1
        elif became.outcome is not None:
            counts[_COUNTED[Outcome(became.outcome)]] += 1
            counts["echoes"] += became.echo
            lag = max(0, round((now - event.received_at).total_seconds() * 1000))
            counts["lag_ms_sum"] += lag
            counts["lag_ms_max"] = max(counts["lag_ms_max"], lag)
    return found


def _measure(
    resources: Resources, events: Sequence[WebhookEvent], done: dict[UUID, Finished]
) -> None:
    metrics = metrics_of(resources)
    now = datetime.now(UTC)
    for event in events:
        became = done[event.id]
        if became.status == EventStatus.PENDING:
            metrics.processed.labels("retried").inc()
        elif became.status == EventStatus.DEAD:
            metrics.processed.labels("dead").inc()
        elif became.outcome is not None:
            metrics.processed.labels(str(became.outcome)).inc()
            metrics.lag.observe(max(0.0, (now - event.received_at).total_seconds()))
