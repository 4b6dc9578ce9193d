"""Waiting for what has to come, and time that passes by hand, instead of times that are guessed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 30.0  # seconds that the slowest machine may take


class HandClock:
    """A clock that stands still until it is moved on. Seconds, as `time.monotonic` tells them."""

    def __init__(self) -> None:
        self._now = 1_000.0

    def __call__(self) -> float:
        return self._now

    def move(self, seconds: float) -> None:
        self._now += seconds


async def until(condition: Callable[[], object], what: str) -> None:
    """Return when `condition` holds. Raises AssertionError, naming `what` never came."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while not condition():
        assert loop.time() < ends, f"never came: {what}"
        await asyncio.sleep(0.01)


async def hour_goes_on(seconds: float) -> None:
    """Return when the hour ends no sooner than that, for counts of what limits have admitted.

    With the next hour, and with the next day, limits begin to count again.
    """
    left = 3600 - time.time() % 3600
    if left < seconds:
        await asyncio.sleep(left + 0.1)
