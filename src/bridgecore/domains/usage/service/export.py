"""The logs as CSV, streamed: the whole of it is never in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.repository import failures, requests
from bridgecore.domains.usage.schemas import ErrorFilter, Period, UsageFilter
from bridgecore.domains.usage.service.periods import KEEP_DAYS, period_of
from bridgecore.infra.db import Database
from bridgecore.kit.clock import isoformat, utcnow

# what makes spreadsheets take a cell for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_Stream = Callable[[AsyncSession], AsyncIterator[Sequence[Row[Any]]]]


def export_usage(database: Database, wanted: UsageFilter) -> AsyncIterator[bytes]:
    """The request log in [from, to), by default of the last day. Raises PeriodInvalid."""
    period = _period(wanted.start, wanted.end, timedelta(days=1))
    return _csv(
        database,
        requests.EXPORTED,
        lambda session: requests.stream(session, wanted, period.start, period.end),
    )


def export_errors(database: Database, wanted: ErrorFilter) -> AsyncIterator[bytes]:
    """The lines of the error log in [from, to), by default of all of it. Raises PeriodInvalid."""
    period = _period(wanted.start, wanted.end, timedelta(days=KEEP_DAYS))
    return _csv(
        database,
        failures.EXPORTED,
        lambda session: failures.stream(session, wanted, period.start, period.end),
    )


def _period(start: datetime | None, end: datetime | None, default: timedelta) -> Period:
    now = utcnow()
    end = end or now
    return period_of(start or end - default, end, 1, now)


async def _csv(database: Database, columns: Sequence[str], stream: _Stream) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    # a transaction of its own: that of the request ends before the body is sent
    async with database.platform() as session:
        async for part in stream(session):
            writer.writerows([_cell(value) for value in row] for row in part)
            yield _taken(text)
    if rest := _taken(text):
        yield rest


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return isoformat(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
