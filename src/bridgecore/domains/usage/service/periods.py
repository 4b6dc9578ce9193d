"""The period a caller asks for, made fit to be read."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridgecore.domains.usage.errors import PeriodInvalid
from bridgecore.domains.usage.schemas.periods import Period, floor_day, last_days

# requests and hours are kept this long; before, there are whole days only
KEEP_DAYS = 90
LONGEST_DAYS = 400


def period_of(start: datetime | None, end: datetime | None, days: int, now: datetime) -> Period:
    """[start, end) as asked for, or the last `days` days up to now. Raises PeriodInvalid.

    The end is never later than `now`. Where the log is gone the period begins with a whole day.
    """
    if start is None and end is None:
        return last_days(days, now)
    end = min(end or now, now)
    start = start if start is not None else floor_day(end) - timedelta(days=days - 1)
    if start >= end:
        raise PeriodInvalid
    if end - start > timedelta(days=LONGEST_DAYS):
        raise PeriodInvalid(f"The period is longer than {LONGEST_DAYS} days.")
    kept_since = floor_day(now) - timedelta(days=KEEP_DAYS)
    if start < kept_since:
        start = floor_day(start)
    if end < kept_since and end != floor_day(end):
        end = floor_day(end) + timedelta(days=1)
    return Period(start, end)
