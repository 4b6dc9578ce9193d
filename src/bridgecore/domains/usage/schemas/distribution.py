"""How durations spread: counts between fixed bounds, which add up over hours and days.

Percentiles don't add up, so those of several hours or days are read from the sum of their
histograms. Bounds are a third of an octave apart: reading between two of them is wrong by 26 % at
the very worst, and by a few per cent where many requests are told of.
"""

from __future__ import annotations

from collections.abc import Sequence

# milliseconds, from 1 ms to 32.8 s; a request may take 25 s
BOUNDS: tuple[float, ...] = tuple(round(2 ** (step / 3), 3) for step in range(46))


def quantile(
    histogram: Sequence[int], fraction: float, lowest: float, highest: float
) -> float | None:
    """The duration in ms below which `fraction` of the requests lie, or None without any.

    `histogram[i]` counts durations in `[BOUNDS[i - 1], BOUNDS[i])`. `lowest` and `highest` are
    the exact extremes, which no answer leaves.
    """
    total = sum(histogram)
    if total == 0:
        return None
    rank = fraction * (total - 1)
    passed = 0
    for bucket, count in enumerate(histogram):
        if count and passed + count > rank:
            low = max(BOUNDS[bucket - 1] if bucket else 0.0, lowest)
            high = min(BOUNDS[bucket] if bucket < len(BOUNDS) else highest, highest)
            return low + (high - low) * (rank - passed) / count
        passed += count
    return highest
