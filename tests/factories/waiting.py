"""Waiting for what has to come, instead of for a time that somebody guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 30.0  # seconds that the slowest machine may take


async def until(condition: Callable[[], object], what: str) -> None:
    """Return when `condition` holds. Raises AssertionError, naming `what` never came."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while not condition():
        assert loop.time() < ends, f"never came: {what}"
        await asyncio.sleep(0.01)
