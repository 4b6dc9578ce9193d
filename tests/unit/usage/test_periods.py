"""Every moment of a period is read exactly once, from the largest piece there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.usage.errors import PeriodInvalid
from bridgecore.domains.usage.schemas import Period, split
from bridgecore.domains.usage.schemas.periods import DAY, HOUR, floor_day
from bridgecore.domains.usage.service import KEEP_DAYS, period_of

BASE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 13, 37, 11, tzinfo=UTC)
moments = st.integers(0, 6 * 86_400).map(lambda seconds: BASE + timedelta(seconds=seconds))


@given(
    moments,
    moments,
    st.sets(st.integers(0, 5).map(lambda day: BASE + day * DAY)),
    st.sets(st.integers(0, 143).map(lambda hour: BASE + hour * HOUR)),
)
def test_pieces_cover_the_period_once(
    first: datetime, second: datetime, days: set[datetime], hours: set[datetime]
) -> None:
    period = Period(min(first, second), max(first, second))
    pieces = split(period, days=days, hours=hours)
    spans = [
        *((datetime(d.year, d.month, d.day, tzinfo=UTC), DAY) for d in pieces.days),
        *((hour, HOUR) for hour in pieces.hours),
        *((start, end - start) for start, end in pieces.ranges),
    ]
    spans.sort()
    moment = period.start
    for start, length in spans:
        assert start == moment
        moment = start + length
    assert moment == period.end
    assert set(pieces.days) <= {day.date() for day in days}
    assert set(pieces.hours) <= hours
    # no piece of the log holds an hour that has figures
    for start, end in pieces.ranges:
        assert not [hour for hour in hours if start <= hour and hour + HOUR <= end]


def test_days_without_a_period_are_whole() -> None:
    assert period_of(None, None, 7, NOW) == Period(datetime(2026, 6, 9, tzinfo=UTC), NOW)
    assert period_of(None, None, 1, NOW).start == datetime(2026, 6, 15, tzinfo=UTC)


def test_the_future_is_left_out() -> None:
    assert period_of(NOW - HOUR, NOW + DAY, 7, NOW) == Period(NOW - HOUR, NOW)


@pytest.mark.parametrize(
    ("start", "end"),
    [(NOW, NOW - HOUR), (NOW - HOUR, NOW - HOUR), (NOW + HOUR, None), (NOW - 500 * DAY, None)],
)
def test_impossible_periods_are_refused(start: datetime, end: datetime | None) -> None:
    with pytest.raises(PeriodInvalid):
        period_of(start, end, 7, NOW)


def test_where_the_log_is_gone_there_are_whole_days_only() -> None:
    old = NOW - (KEEP_DAYS + 5) * DAY
    period = period_of(old, old + 2 * DAY, 7, NOW)
    assert period == Period(floor_day(old), floor_day(old) + 3 * DAY)


def test_the_period_before_has_the_same_length() -> None:
    period = Period(NOW - 3 * HOUR, NOW)
    assert period.before == Period(NOW - 6 * HOUR, NOW - 3 * HOUR)
