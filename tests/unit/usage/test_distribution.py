"""Percentiles from histograms, held against the sorted durations themselves."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.usage.schemas import BOUNDS, quantile


def histogram_of(durations: list[float]) -> list[int]:
    """The same counts PostgreSQL's width_bucket gives."""
    counts = [0] * (len(BOUNDS) + 1)
    for duration in durations:
        counts[bisect_right(BOUNDS, duration)] += 1
    return counts


@given(
    st.lists(st.floats(1.0, 30_000.0), min_size=1, max_size=300),
    st.floats(0, 1),
)
def test_never_further_off_than_one_bucket(durations: list[float], fraction: float) -> None:
    ordered = sorted(durations)
    exact = ordered[int(fraction * (len(ordered) - 1))]
    found = quantile(histogram_of(durations), fraction, ordered[0], ordered[-1])
    assert found is not None
    assert ordered[0] <= found <= ordered[-1]
    # bounds are a third of an octave apart, written with three decimals
    assert exact / 1.262 <= found <= exact * 1.262


@pytest.mark.parametrize("fraction", [0.5, 0.95, 0.99])
def test_close_where_there_are_many(fraction: float) -> None:
    dice = Random(7)
    durations = sorted(dice.lognormvariate(2, 1) + 1 for _ in range(50_000))
    exact = durations[int(fraction * (len(durations) - 1))]
    found = quantile(histogram_of(durations), fraction, durations[0], durations[-1])
    assert found == pytest.approx(exact, rel=0.03)


def test_longer_than_the_last_bound_ends_at_the_highest() -> None:
    assert quantile(histogram_of([60_000.0] * 3), 0.5, 60_000.0, 60_000.0) == 60_000.0


def test_nothing_has_no_percentile() -> None:
    assert quantile(histogram_of([]), 0.5, 0, 0) is None
