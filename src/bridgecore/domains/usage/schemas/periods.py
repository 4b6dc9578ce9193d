"""What figures are asked of: periods of time, and whose requests.

A period is put together from days, hours and single requests.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; both in UTC."""

    start: datetime
    end: datetime

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figures: of one tenant or of all, of some endpoints or of all together."""

    tenant_id: UUID | None = None
    method: str | None = None
    route: str | None = None
    model: str | None = None

    @property
    def by_endpoint(self) -> bool:
        return (self.method, self.route, self.model) != (None, None, None)


@dataclass(slots=True)
class Pieces:
    """What a period is read from: figures of days and hours, and ranges of the log itself."""

    days: list[date] = field(default_factory=list)
    hours: list[datetime] = field(default_factory=list)
    ranges: list[tuple[datetime, datetime]] = field(default_factory=list)


def floor_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def floor_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def last_days(days: int, now: datetime) -> Period:
    """The last `days` days, today included as far as it has come."""
    return Period(floor_day(now) - (days - 1) * DAY, now)


def split(
    period: Period,
    *,
    days: Container[datetime] = frozenset(),
    hours: Container[datetime] = frozenset(),
) -> Pieces:
    """`period` in the largest pieces there are figures for; the rest comes from the log.

    `days` and `hours` hold the beginnings of those with figures. Every moment of the period is in
    exactly one piece.
    """
    pieces = Pieces()
    moment = period.start
    while moment < period.end:
        hour_end = floor_hour(moment) + HOUR
        whole_hour = hour_end - HOUR == moment and hour_end <= period.end
        if whole_hour and moment.hour == 0 and moment + DAY <= period.end and moment in days:
            pieces.days.append(moment.date())
            moment += DAY
        elif whole_hour and moment in hours:
            pieces.hours.append(moment)
            moment = hour_end
        else:
            end = min(hour_end, period.end)
            if pieces.ranges and pieces.ranges[-1][1] == moment:
                pieces.ranges[-1] = (pieces.ranges[-1][0], end)
            else:
                pieces.ranges.append((moment, end))
            moment = end
    return pieces
