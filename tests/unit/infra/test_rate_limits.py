"""What a decision tells its caller."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgecore.kit.rate_limits import Decision, Period, WindowUse, headers, seconds_left

windows = st.lists(
    st.builds(
        WindowUse,
        name=st.sampled_from(["tenant_hour", "tenant_day", "user_burst"]),
        limit=st.none() | st.integers(0, 100),
        used=st.integers(0, 120),
        period=st.sampled_from([int(period) for period in Period]),
        reset=st.integers(1, 86_400),
    ),
    max_size=5,
).map(tuple)


@given(windows)
def test_headers_tell_a_window_that_is_limited_and_none_is_tighter(
    found: tuple[WindowUse, ...],
) -> None:
    told = dict(headers(Decision("admitted", counted=found, now=1_000)))
    limited = [window for window in found if window.limit is not None]
    assert bool(told) is bool(limited)
    if told:
        limit, remaining = int(told["X-RateLimit-Limit"]), int(told["X-RateLimit-Remaining"])
        assert 0 <= remaining <= limit
        for window in limited:
            assert window.limit is not None
            assert remaining * max(window.limit, 1) <= (window.remaining or 0) * max(limit, 1)
        assert "Retry-After" not in told


def test_refusal_waits_for_every_window_that_refused() -> None:
    burst = WindowUse("tenant_burst", 5, 5, Period.BURST, 3)
    hour = WindowUse("tenant_hour", 9, 9, Period.HOUR, 1_800)
    day = WindowUse("tenant_day", 20, 20, Period.DAY, 40_000)
    both = Decision("limited", counted=(hour, burst), refusing=(burst, hour), now=1_000)
    assert (both.code, both.retry_after) == ("RATE_LIMIT_EXCEEDED", 1_800)
    assert dict(headers(both))["X-RateLimit-Reset"] == "2800"
    daily = Decision("limited", counted=(hour, day), refusing=(day,), now=1_000)
    assert (daily.code, daily.retry_after) == ("QUOTA_EXCEEDED", 40_000)
    assert Decision("admitted", counted=(hour,)).code is None


@given(windows, st.integers(1, 20))
def test_callers_of_one_question_are_told_what_each_of_them_left(
    found: tuple[WindowUse, ...], later: int
) -> None:
    together = Decision("admitted", counted=found, now=1_000, later=later)
    alone = Decision("admitted", counted=together.windows, now=1_000)
    assert headers(together) == headers(alone)
    assert [window.used + later for window in together.windows] == [each.used for each in found]


@given(st.floats(0, 4e9), st.sampled_from(list(Period)))
def test_the_end_of_a_window_is_ahead_and_not_beyond_its_length(now: float, period: int) -> None:
    left = seconds_left(now, period)
    assert 1 <= left <= period
    assert int((now + left) // period) == int(now // period) + 1
