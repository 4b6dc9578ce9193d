"""Periods taken apart into whole days or hours and two rests, on any clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.automation.schemas.periods import (
    DAY,
    HOUR,
    Period,
    day_span,
    hour_span,
    local_hour,
    midnight,
)

ZONES = st.sampled_from(
    ["UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Asia/Almaty"]
).map(ZoneInfo)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda second: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(days=40))


@given(MOMENTS, LENGTHS, ZONES, st.booleans())
def test_days_and_rests_are_the_period(
    start: datetime, length: timedelta, zone: ZoneInfo, is_now: bool
) -> None:
    period = Period(start, start + length)
    now = period.end if is_now else period.end + timedelta(days=3)
    span = day_span(period, zone, now)
    assert span.first <= span.after
    whole = (midnight(span.first, zone), midnight(span.after, zone))
    assert span.head[0] == period.start
    assert span.tail[1] == period.end
    if span.first < span.after:
        assert span.head[1] == whole[0]
        assert span.tail[0] == min(whole[1], period.end)
        assert whole[1] <= period.end or is_now
        assert whole[1] - period.end < DAY + HOUR
    else:
        assert span.head[1] == span.tail[0]


@given(MOMENTS, LENGTHS, ZONES, st.booleans())
def test_hours_and_rests_are_the_period(
    start: datetime, length: timedelta, zone: ZoneInfo, is_now: bool
) -> None:
    period = Period(start, start + length)
    now = period.end if is_now else period.end + timedelta(days=3)
    span = hour_span(period, zone, now)
    assert span.first <= span.after
    assert local_hour(span.first, zone) == span.first or span.first == span.after
    if span.first < span.after:
        assert (span.head, span.tail[1]) == ((period.start, span.first), period.end)
        assert span.tail[0] == min(span.after, period.end)
        assert span.tail[1] - span.tail[0] < HOUR
    else:
        assert span.head[1] == span.tail[0]


def test_a_day_that_is_not_over_is_whole_now() -> None:
    zone = ZoneInfo("UTC")
    now = datetime(2026, 5, 3, 14, 30, tzinfo=UTC)
    span = day_span(Period(datetime(2026, 5, 1, tzinfo=UTC), now), zone, now)
    assert not span.rests
    assert (span.after - span.first).days == 3
