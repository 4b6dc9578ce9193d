"""Rows of counts made into figures: rates, averages, what was saved, and the change since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridgecore.domains.automation.repository.measures import NAMES
from bridgecore.domains.automation.schemas.metrics import (
    Bucket,
    Change,
    ExecutionFigures,
    Money,
    Runs,
)
from bridgecore.domains.automation.schemas.periods import (
    Interval,
    Period,
    bucket_of,
    local_day,
    midnight,
    next_bucket,
)


@dataclass(slots=True)
class Counts:
    """One row of counts; rows can be added."""

    executions: int = 0
    success: int = 0
    error: int = 0
    crashed: int = 0
    canceled: int = 0
    waiting: int = 0
    running: int = 0
    unknown: int = 0
    recovered: int = 0
    waited: int = 0
    timed: int = 0
    duration_sum: int = 0
    duration_max: int = 0

    @classmethod
    def of(cls, row: Any) -> Counts:
        """From a row that ends with the columns of counts."""
        return cls(*row[-len(NAMES) :])

    def add(self, other: Counts) -> None:
        self.executions += other.executions
        self.success += other.success
        self.error += other.error
        self.crashed += other.crashed
        self.canceled += other.canceled
        self.waiting += other.waiting
        self.running += other.running
        self.unknown += other.unknown
        self.recovered += other.recovered
        self.waited += other.waited
        self.timed += other.timed
        self.duration_sum += other.duration_sum
        self.duration_max = max(self.duration_max, other.duration_max)

    @property
    def success_rate(self) -> float | None:
        ended = self.success + self.error
        return self.success / ended if ended else None

    @property
    def average_ms(self) -> float | None:
        return self.duration_sum / self.timed if self.timed else None

    @property
    def max_ms(self) -> int | None:
        return self.duration_max if self.timed else None


@dataclass(slots=True)
class Saved:
    """What successful runs saved."""

    minutes: Decimal = Decimal(0)
    money: dict[str, Decimal] = field(default_factory=dict)

    def count(self, workflow: Any, success: int) -> None:
        """Add some successful runs of a workflow."""
        minutes = minutes_of(workflow)
        if minutes is None or not success:
            return
        self.minutes += minutes * success
        if workflow.hourly_rate is not None and workflow.currency is not None:
            earned = minutes * success * workflow.hourly_rate / 60
            self.money[workflow.currency] = self.money.get(workflow.currency, Decimal(0)) + earned

    def add(self, other: Saved) -> None:
        self.minutes += other.minutes
        for currency, amount in other.money.items():
            self.money[currency] = self.money.get(currency, Decimal(0)) + amount


def minutes_of(workflow: Any) -> Decimal | None:
    """Minutes one successful run saves: as set here, else as set in n8n."""
    found: Decimal | None = workflow.minutes_saved
    return workflow.source_minutes if found is None else found


def figures(
    counts: Counts, saved: Saved, *, p50: int | None = None, p95: int | None = None
) -> ExecutionFigures:
    """Counts as they are answered."""
    return ExecutionFigures(
        executions=counts.executions,
        success=counts.success,
        error=counts.error,
        crashed=counts.crashed,
        canceled=counts.canceled,
        waiting=counts.waiting,
        running=counts.running,
        unknown=counts.unknown,
        recovered=counts.recovered,
        waited=counts.waited,
        success_rate=counts.success_rate,
        timed=counts.timed,
        average_ms=counts.average_ms,
        p50_ms=p50,
        p95_ms=p95,
        max_ms=counts.max_ms,
        minutes_saved=float(saved.minutes),
        money_saved=[
            Money(currency=currency, amount=round(amount, 2))
            for currency, amount in sorted(saved.money.items())
        ],
    )


def change(now: ExecutionFigures, before: ExecutionFigures | None) -> Change | None:
    """The change since the period before, where there is one."""
    if before is None:
        return None
    rates = now.success_rate is not None and before.success_rate is not None
    return Change(
        executions=_relative(now.executions, before.executions),
        success_rate=(now.success_rate or 0) - (before.success_rate or 0) if rates else None,
        average_ms=_relative(now.average_ms, before.average_ms),
        p95_ms=_relative(now.p95_ms, before.p95_ms),
    )


def _relative(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else now / before - 1


def days_of(period: Period, zone: ZoneInfo) -> list[date]:
    """Every day of that zone a period touches."""
    day, days = local_day(period.start, zone), []
    while midnight(day, zone) < period.end:
        days.append(day)
        day = next_bucket(day, Interval.DAY)
    return days


def by_day(
    rows: Mapping[date, Counts], period: Period, zone: ZoneInfo, interval: Interval
) -> list[Bucket]:
    """A series without gaps of days, weeks or months."""
    grouped: dict[date, Counts] = {}
    for day in days_of(period, zone):
        grouped.setdefault(bucket_of(day, interval), Counts())
    for day, counts in rows.items():
        grouped.setdefault(bucket_of(day, interval), Counts()).add(counts)
    return [_bucket(midnight(start, zone), counts) for start, counts in sorted(grouped.items())]


def by_hour(rows: Mapping[datetime, Counts], hours: Sequence[datetime]) -> list[Bucket]:
    """A series without gaps of hours."""
    return [_bucket(hour, rows.get(hour, Counts())) for hour in sorted({*hours, *rows})]


def _bucket(start: datetime, counts: Counts) -> Bucket:
    return Bucket(
        start=start,
        executions=counts.executions,
        success=counts.success,
        error=counts.error,
        canceled=counts.canceled,
        success_rate=counts.success_rate,
        average_ms=counts.average_ms,
        max_ms=counts.max_ms,
    )


def added(rows: Iterable[Counts]) -> Counts:
    total = Counts()
    for each in rows:
        total.add(each)
    return total


def keyed(rows: Sequence[Any], *names: str) -> dict[Any, Counts]:
    """Counts by those columns, of the rows that are grouped by them and no others.

    By the value itself where it is one column, else by a tuple. Rows that differ in `production`
    alone are added.
    """
    if not rows:
        return {}
    columns = rows[0]._fields[: -len(NAMES)]
    places = [columns.index(name) for name in names]
    others = [
        place
        for place, column in enumerate(columns)
        if column not in names and column != "production"
    ]
    found: dict[Any, Counts] = {}
    for row in rows:
        if row[places[0]] is None or any(row[place] is not None for place in others):
            continue
        key = row[places[0]] if len(places) == 1 else tuple(row[place] for place in places)
        counts = Counts.of(row)
        if key in found:
            found[key].add(counts)
        else:
            found[key] = counts
    return found


def of_runs(rows: Iterable[Any], runs: Runs) -> list[Any]:
    """The rows of those runs, where rows tell production apart."""
    return [row for row in rows if runs is Runs.ALL or row.production == (runs is Runs.PRODUCTION)]
