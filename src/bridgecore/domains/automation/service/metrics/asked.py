"""What callers want figures of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridgecore.domains.automation.errors import PeriodInvalid
from bridgecore.domains.automation.schemas.metrics import PeriodOut, Runs
from bridgecore.domains.automation.schemas.periods import Interval, Period, last_days

LONGEST = timedelta(days=800)
LONGEST_BY_HOUR = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants figures of: a period, or so many days up to now."""

    start: datetime | None
    end: datetime | None
    days: int
    interval: Interval | None
    runs: Runs

    def period(self, zone: ZoneInfo, now: datetime) -> Period:
        """[start, end) on that zone's clock, its end never in the future. Raises PeriodInvalid."""
        if self.start is None and self.end is None:
            return last_days(self.days, zone, now)
        end = min(self.end or now, now)
        start = self.start if self.start is not None else last_days(self.days, zone, end).start
        if start >= end:
            raise PeriodInvalid
        if end - start > LONGEST:
            raise PeriodInvalid(f"The period is longer than {LONGEST.days} days.")
        return Period(start, end)

    def grouping(self, period: Period) -> Interval:
        """As asked for, else what gives a series of a length that can be looked at."""
        length = period.end - period.start
        if self.interval is Interval.HOUR and length > LONGEST_BY_HOUR:
            raise PeriodInvalid(f"By hour a period has at most {LONGEST_BY_HOUR.days} days.")
        if self.interval is not None:
            return self.interval
        if length <= timedelta(days=2):
            return Interval.HOUR
        return Interval.DAY if length <= timedelta(days=120) else Interval.WEEK

    def told(self, period: Period, zone: ZoneInfo) -> PeriodOut:
        """The period as it is answered. Raises PeriodInvalid."""
        return PeriodOut(
            start=period.start,
            end=period.end,
            time_zone=zone.key,
            interval=self.grouping(period),
            runs=self.runs,
        )
