"""The stretches of time figures are asked of, and the pieces they are read from.

Whole days (or hours) of the tenant's clock are counted already; what is left at the ends of a
period is read from the executions themselves, so any period is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Interval(StrEnum):
    """What a series is grouped by, on the tenant's clock. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; both in UTC."""

    start: datetime
    end: datetime

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


Range = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A period in whole local days from `first` up to, not including, `after`, and two rests."""

    first: date
    after: date
    head: Range
    tail: Range

    @property
    def rests(self) -> bool:
        return self.head[0] < self.head[1] or self.tail[0] < self.tail[1]


@dataclass(frozen=True, slots=True)
class HourSpan:
    """The same in whole local hours."""

    first: datetime
    after: datetime
    head: Range
    tail: Range

    @property
    def rests(self) -> bool:
        return self.head[0] < self.head[1] or self.tail[0] < self.tail[1]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day of that zone begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def local_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the hour of that zone's clock began, in UTC."""
    local = moment.astimezone(zone)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def last_days(days: int, zone: ZoneInfo, now: datetime) -> Period:
    """The last `days` days of that zone, today included as far as it has come."""
    return Period(midnight(local_day(now, zone) - (days - 1) * DAY, zone), now)


def day_span(period: Period, zone: ZoneInfo, now: datetime) -> DaySpan:
    """The period's whole days and rests. A day that is not over yet is whole at `now`."""
    first = local_day(period.start, zone)
    if midnight(first, zone) < period.start:
        first += DAY
    after = local_day(period.end, zone)
    if period.end >= now and midnight(after, zone) < period.end:
        after += DAY
    if after < first:
        return DaySpan(first, first, (period.start, period.end), (period.end, period.end))
    return DaySpan(
        first,
        after,
        (period.start, min(midnight(first, zone), period.end)),
        (min(midnight(after, zone), period.end), period.end),
    )


def hour_span(period: Period, zone: ZoneInfo, now: datetime) -> HourSpan:
    """The same for hours."""
    first = local_hour(period.start, zone)
    if first < period.start:
        first = local_hour(first + HOUR + timedelta(minutes=59), zone)
    after = local_hour(period.end, zone)
    if period.end >= now and after < period.end:
        after = local_hour(after + HOUR + timedelta(minutes=59), zone)
    if after < first:
        return HourSpan(first, first, (period.start, period.end), (period.end, period.end))
    return HourSpan(
        first,
        after,
        (period.start, min(first, period.end)),
        (min(after, period.end), period.end),
    )


def bucket_of(day: date, interval: Interval) -> date:
    """The first day of the week or month a day is in; itself otherwise."""
    if interval is Interval.WEEK:
        return day - day.weekday() * DAY
    if interval is Interval.MONTH:
        return day.replace(day=1)
    return day


def next_bucket(day: date, interval: Interval) -> date:
    """The first day of the bucket after the one that begins at `day`."""
    if interval is Interval.MONTH:
        return (day.replace(day=1) + 32 * DAY).replace(day=1)
    return day + (7 * DAY if interval is Interval.WEEK else DAY)
