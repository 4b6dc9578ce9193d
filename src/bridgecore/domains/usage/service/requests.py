"""Reading the request log."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.usage.models import UsageLog
from bridgecore.domains.usage.repository import requests
from bridgecore.domains.usage.schemas import UsageFilter, UsageLineOut, UsagePage
from bridgecore.domains.usage.schemas.periods import DAY, HOUR, floor_day, floor_hour
from bridgecore.domains.usage.service.periods import KEEP_DAYS
from bridgecore.kit.clock import utcnow
from bridgecore.kit.cursors import InvalidCursor, decode_cursor, encode_cursor

_CURSOR = "usage"
_LOWEST = UUID(int=0)
# a search for rare lines answers with what it has after this long, and says how far it came
PATIENCE_SECONDS = 0.1
_QUICK_SECONDS = 0.02


async def list_usage(session: AsyncSession, wanted: UsageFilter) -> UsagePage:
    """Lines newest first. Raises InvalidCursor.

    The log is read backwards in windows of whole days, or hours where no index helps, so that a
    page takes about the same time however much log there is; windows grow while they cost next to
    nothing.
    """
    now = utcnow()
    oldest = floor_day(now) - timedelta(days=KEEP_DAYS + 1)
    start = max(wanted.start or oldest, oldest)
    upper = min(wanted.end or now + DAY, now + DAY)
    before: tuple[datetime, UUID] | None = None
    if wanted.cursor is not None:
        moment, line_id = decode_cursor(_CURSOR, wanted.cursor, [datetime, UUID])
        before = (moment, line_id)
        try:
            upper = min(upper, moment + timedelta(microseconds=1))
        except (TypeError, OverflowError) as error:
            raise InvalidCursor("this cursor was not made by this server") from error
    rows: list[UsageLog] = []
    began, width = time.monotonic(), 1
    floor, step = (floor_day, DAY) if _has_index(wanted) else (floor_hour, HOUR)
    while upper > start and len(rows) <= wanted.limit:
        window_began = time.monotonic()
        # clocks differ, so lines may be of later than now; the first window holds lines of now too
        newest = min(upper - timedelta(microseconds=1), now)
        lower = max(start, floor(newest) - (width - 1) * step)
        rows += await requests.page(
            session,
            wanted,
            start=lower,
            end=upper,
            before=before,
            limit=wanted.limit + 1 - len(rows),
        )
        upper = lower
        took = time.monotonic() - window_began
        # the next window may take as long again, or twice as long where windows grow
        if time.monotonic() - began + 2 * took > PATIENCE_SECONDS:
            break
        if took < _QUICK_SECONDS:
            width *= 2
    cursor: str | None = None
    if len(rows) > wanted.limit:
        last = rows[wanted.limit - 1]
        cursor = encode_cursor(_CURSOR, [last.occurred_at, last.id])
    elif upper > start:
        cursor = encode_cursor(_CURSOR, [upper, _LOWEST])
    shown = rows[: wanted.limit]
    names = await tenancy.names(session, {row.tenant_id for row in shown if row.tenant_id})
    return UsagePage(
        items=[
            UsageLineOut.model_validate(row).model_copy(
                update={"tenant_name": names.get(row.tenant_id) if row.tenant_id else None}
            )
            for row in shown
        ],
        next_cursor=cursor,
        as_of=now,
    )


def _has_index(wanted: UsageFilter) -> bool:
    """Whether the lines wanted are found without reading all of them, or are nearly all."""
    if wanted.tenant_id or wanted.route or wanted.model or wanted.correlation_id:
        return True
    if (wanted.status_class or 0) >= 4 or (wanted.min_duration or 0) >= 1000:
        return True
    rare = (wanted.method, wanted.status, wanted.status_class, wanted.min_duration)
    return all(each is None for each in rare)
