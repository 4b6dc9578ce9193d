"""From the end of a request to its lines in the logs, without making the request wait.

`observe` only puts the record in a buffer. A task empties it every second, or as soon as a batch
is full, in one transaction. While the database is away the buffer fills up to its bound; then the
oldest records go, and are counted in `bridgecore_usage_dropped_total`. A process that is killed
loses what it had not written yet, about a second; billing does not depend on it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple, Protocol, Self
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from bridgecore.domains.usage.repository import failures, partitions, requests, rollups
from bridgecore.domains.usage.repository.failures import Failure
from bridgecore.domains.usage.repository.requests import Line
from bridgecore.domains.usage.schemas import ErrorSeverity
from bridgecore.domains.usage.service.classification import fingerprint, severity_of
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.auth import ActorKind
from bridgecore.infra.db import Database
from bridgecore.infra.telemetry import Metrics, redact
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 10.0
_STEP = 50  # records sorted at once
CLIENT_LEFT = 499  # no answer was begun: the caller closed the connection
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# what machines ask all day; counted in the metrics and nowhere else
_QUIET = frozenset({"", "unmatched", "/", "/metrics", "/docs", "/redoc", "/openapi.json"})
_QUIET_PREFIXES = (
    "/health",
    "/api/v1/health",
    "/api/v1/docs",
    "/dashboard",
    "/docs/",
    # open for minutes, telling what others did
    "/admin/live",
    "/api/v1/live",
)


class Observed(NamedTuple):
    """A finished request in the buffer. Its `id` is that of its lines, however often they are
    written.

    `line` is that of the request log as it is sent, made at once: thousands of records kept for a
    second cost more than the bytes. `record` is kept of what failed, for the error log.
    """

    moment: datetime
    id: UUID
    tenant_id: UUID | None
    path: str
    status: int
    line: bytes | None
    record: RequestRecord | None


class Parts(Protocol):
    """What recording needs of a process's resources."""

    @property
    def database(self) -> Database: ...

    @property
    def metrics(self) -> Metrics: ...


class UsageRecorder:
    """Writes the logs of one process and feeds its metrics. One per process and event loop."""

    def __init__(
        self,
        resources: Parts,
        *,
        batch: int = 500,
        every: float = 1.0,
        bound: int = 20_000,
        patience: float = 5.0,
        clock: Callable[[], datetime] = utcnow,
        written: Callable[[Sequence[Observed]], Awaitable[None]] | None = None,
    ) -> None:
        """`every`: seconds between writes. `bound`: records kept while the database is away.

        `patience`: seconds `stop` tries to write what is left. `written` is told what was.
        """
        self._written = written
        self._database = resources.database
        self._metrics = resources.metrics
        self._batch = batch
        self._every = every
        self._patience = patience
        self._bound = bound
        self._clock = clock
        self._fresh: list[tuple[datetime, RequestRecord]] = []
        self._buffer: deque[Observed] = deque()
        resources.metrics.requests.settle = self._sort
        self._under_way = 0
        self._in_doubt = False
        self._wake = asyncio.Event()
        self._resting = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._days: set[date] = set()
        self._dropped = Counter(
            "bridgecore_usage_dropped",
            "Records of requests that could not be written to the logs",
            ["reason"],
            registry=resources.metrics.registry,
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to write in the background."""
        if self._task is None:
            self._stopping = False
            self._task = asyncio.create_task(self._write_on(), name="usage recorder")

    async def stop(self) -> None:
        """Write what is left, then end."""
        if self._task is None:
            return
        task, self._task = self._task, None
        self._stopping = True
        self._wake.set()
        # a write that is under way is waited for: one cut off may have been committed
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            task.cancel()
            await asyncio.wait({task})
        self._sort()
        if self._buffer:
            self._drop(len(self._buffer), "stopped")
            self._buffer.clear()

    @property
    def waiting(self) -> int:
        """How many records are not written yet."""
        self._sort()
        return len(self._buffer) + self._under_way

    def observe(self, record: RequestRecord) -> None:
        """Take note of a finished request. Never blocks, never raises for a record's content."""
        self._fresh.append((self._clock(), record))
        if len(self._fresh) >= _STEP:
            self._sort()
            if len(self._buffer) >= self._batch and not self._resting:
                self._wake.set()

    def _sort(self) -> None:
        """Count what came in, and put what is logged in the buffer.

        Many at a time: code that runs once in each request is never in the processor's cache, and
        takes three times as long.
        """
        fresh, self._fresh = self._fresh, []
        for moment, record in fresh:
            status = record.status or CLIENT_LEFT
            self._measure(record, status)
            if not _is_logged(record, status):
                continue
            try:
                self._buffer.append(_observed(moment, record, status))
            except Exception as error:
                log.error("usage_record_refused", error=repr(error)[:300])
                self._drop(1, "refused")
        over = len(self._buffer) - self._bound
        if over > 0:
            for _ in range(over):
                self._buffer.popleft()
            self._drop(over, "overflow")

    async def flush(self) -> bool:
        """Write one batch. False: the database did not take it, and it waits in the buffer."""
        self._sort()
        batch = [self._buffer.popleft() for _ in range(min(self._batch, len(self._buffer)))]
        if not batch:
            return True
        self._under_way = len(batch)
        try:
            await self._write(batch)
        except BaseException as error:
            self._in_doubt = True
            self._put_back(batch)
            if not isinstance(error, Exception):
                raise
            log.warning("usage_not_written", error=type(error).__name__, waiting=len(self._buffer))
            return False
        finally:
            self._under_way = 0
        self._in_doubt = False
        if self._written is not None:
            await self._written(batch)
        return True

    def _put_back(self, batch: Sequence[Observed]) -> None:
        lost = max(0, len(self._buffer) + len(batch) - self._bound)
        if lost:
            self._drop(lost, "overflow")
        self._buffer.extendleft(reversed(batch[lost:]))

    async def _write_on(self) -> None:
        pause = self._every
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            if await self.flush():
                self._resting = False
                pause = 0.0 if len(self._buffer) >= self._batch or self._stopping else self._every
                if self._stopping and not self._buffer and not self._fresh:
                    return
            else:
                self._resting = True
                pause = 0.2 if self._stopping else min(max(pause, 0.1) * 2, _LONGEST_PAUSE)

    async def _write(self, batch: Sequence[Observed]) -> None:
        """Write a batch in one transaction; raises when the database is not fit to take it."""
        try:
            await self._insert(batch)
        except Exception as error:
            if not _blames_rows(error):
                raise
            sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
            if sqlstate == "23514" and self._days:
                # the partition of a day we knew is gone
                self._days.clear()
                await self._write(batch)
            elif len(batch) == 1:
                log.error("usage_record_refused", error=repr(error)[:300])
                self._drop(1, "refused")
            else:
                # one record that can't be stored must not take the others with it
                middle = len(batch) // 2
                await self._write(batch[:middle])
                await self._write(batch[middle:])

    async def _insert(self, batch: Sequence[Observed]) -> None:
        moments = [seen.moment for seen in batch]
        days = {moment.date() for moment in moments}
        async with self._database.platform() as session:
            for day in sorted(days - self._days):
                await partitions.ensure(session, day, day)
            await rollups.announce_rows(session, moments)
            if self._in_doubt:
                # the connection broke at the commit: some of these may be stored already
                stored = await requests.stored(session, [(seen.moment, seen.id) for seen in batch])
                batch = [seen for seen in batch if seen.id not in stored]
            if lines := [seen.line for seen in batch if seen.line is not None]:
                await requests.insert(session, lines)
            if failed := _failures(batch):
                await failures.insert(session, failed)
        self._days = days

    def _measure(self, record: RequestRecord, status: int) -> None:
        method = record.method if record.method in _METHODS else "OTHER"
        self._metrics.requests.count(
            method, record.route or "unmatched", status, record.duration_ms / 1000
        )
        if status >= 400:
            self._metrics.errors.labels(record.code or f"HTTP_{status}").inc()

    def _drop(self, count: int, reason: str) -> None:
        self._dropped.labels(reason).inc(count)


def _blames_rows(error: Exception) -> bool:
    """Whether a write failed for what is in it, and not for want of a database."""
    if isinstance(error, DBAPIError):
        sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
        return isinstance(error, DataError) or sqlstate.startswith(("22", "23"))
    return not isinstance(error, SQLAlchemyError | OSError | TimeoutError)


def _is_logged(record: RequestRecord, status: int) -> bool:
    if record.route in _QUIET or record.route.startswith(_QUIET_PREFIXES):
        return False
    return _has_line(record) or status >= 500  # nobody was signed in, but it is our fault


def _has_line(record: RequestRecord) -> bool:
    return record.tenant_id is not None or record.actor_kind == ActorKind.STAFF


def _failures(batch: Sequence[Observed]) -> list[Failure]:
    """Lines of the error log. Those of low severity share one per batch: they come in floods."""
    found: list[Failure] = []
    shared: dict[tuple[object, str], Failure] = {}
    for seen in batch:
        record, status = seen.record, seen.status
        if record is None:
            continue
        severity = severity_of(status, record.code)
        if severity is None or (status < 500 and record.tenant_id is None):
            continue
        failure = _failure(seen, record, severity)
        key = (failure.tenant_id, failure.fingerprint)
        if severity is ErrorSeverity.LOW and key in shared:
            shared[key].occurrences += 1
            continue
        if severity is ErrorSeverity.LOW:
            shared[key] = failure
        found.append(failure)
    return found


def _observed(moment: datetime, record: RequestRecord, status: int) -> Observed:
    id = uuid7()
    line = requests.encode(_line(moment, id, record, status)) if _has_line(record) else None
    failed = record if status >= 400 else None
    return Observed(moment, id, record.tenant_id, record.path, status, line, failed)


def _line(moment: datetime, id: UUID, record: RequestRecord, status: int) -> Line:
    return Line(
        occurred_at=moment,
        id=id,
        tenant_id=record.tenant_id,
        actor_id=record.actor_id,
        actor_kind=record.actor_kind,
        method=_plain(record.method, 10),
        route=record.route,
        # an address without anything of the caller's in it has nothing to hide
        path=record.route if record.path == record.route else _plain(redact(record.path), 1000),
        model=_plain(record.model, 200),
        operation=record.operation,
        status=status,
        duration_ms=record.duration_ms,
        upstream_ms=record.upstream_ms,
        source=record.source,
        request_bytes=record.request_bytes,
        response_bytes=record.response_bytes,
        client_address=_plain(record.client, 64),
        user_agent=_plain(record.user_agent, 200),
        correlation_id=_plain(record.correlation_id, 128),
        code=str(record.code) if record.code else None,
    )


def _failure(seen: Observed, record: RequestRecord, severity: ErrorSeverity) -> Failure:
    status = seen.status
    code = str(record.code) if record.code else f"HTTP_{status}"
    route, model = _plain(record.route, 300), _plain(record.model, 200)
    message = _plain(str(redact(record.detail)), 2000) or f"Answered with status {status}."
    context = {
        "client_address": record.client,
        "user_agent": record.user_agent,
        "duration_ms": round(record.duration_ms, 1),
        "upstream_ms": record.upstream_ms,
        "exception": record.exception,
    }
    return Failure(
        occurred_at=seen.moment,
        id=seen.id,
        tenant_id=record.tenant_id,
        fingerprint=fingerprint(code, route, model, message),
        severity=severity.value,
        code=code,
        status=status,
        message=message,
        method=_plain(record.method, 10),
        route=route,
        model=model,
        operation=_plain(record.operation, 200),
        correlation_id=_plain(record.correlation_id, 128),
        actor_id=record.actor_id,
        occurrences=1,
        context={
            name: _plain(str(redact(value)), 2000) if isinstance(value, str) else value
            for name, value in context.items()
            if value not in ("", None)
        },
    )


def _plain(text: str, length: int) -> str:
    """Text that PostgreSQL can store: callers choose paths, and may put anything in them."""
    if len(text) <= length and text.isascii() and "\x00" not in text:
        return text
    return text[:length].replace("\x00", "").encode("utf-8", "replace").decode()
