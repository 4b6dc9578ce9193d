"""Protects one Odoo, and this process, from too much at once and from calling a dead server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bridgecore.domains.gateway.errors import CircuitOpen, TenantBusy


class Bulkhead:
    """At most `places` calls at once; at most `queue` more wait, each for at most `patience`.

    `async with` holds a place. Raises TenantBusy when the queue is full or does not move.
    """

    def __init__(self, places: int, queue: int, *, patience: float = 10.0) -> None:
        self._semaphore = asyncio.Semaphore(places)
        self._queue = queue
        self._patience = patience
        self._waiting = 0

    async def __aenter__(self) -> None:
        if not self._semaphore.locked():
            await self._semaphore.acquire()
            return
        if self._waiting >= self._queue:
            raise TenantBusy(headers={"Retry-After": "1"})
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._semaphore.acquire()
        except TimeoutError:
            raise TenantBusy(headers={"Retry-After": "2"}) from None
        finally:
            self._waiting -= 1

    async def __aexit__(self, *exc_info: object) -> None:
        self._semaphore.release()


class Breaker:
    """Opens after `threshold` failures in a row; then lets one call through to see.

    The pause doubles each time the look fails, from `pause` to `longest` seconds.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        pause: float = 2.0,
        longest: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._first_pause = pause
        self._longest = longest
        self._clock = clock
        self._pause = pause
        self._failures = 0
        self._open_until = 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        return self._failures >= self._threshold

    def enter(self) -> None:
        """Raises CircuitOpen while the other side is given a pause."""
        if not self.open:
            return
        left = self._open_until - self._clock()
        if left > 0 or self._probing:
            raise CircuitOpen(headers={"Retry-After": str(max(1, round(left)))})
        self._probing = True

    def succeeded(self) -> None:
        """The other side answered, whatever it said."""
        self._failures = 0
        self._pause = self._first_pause
        self._probing = False

    def failed(self) -> None:
        """The other side did not answer."""
        was_open, looked = self.open, self._probing
        self._failures += 1
        self._probing = False
        # calls that were under way when it opened fail too: only a look makes the pause longer
        if self.open and (looked or not was_open):
            self._open_until = self._clock() + self._pause
            self._pause = min(self._pause * 2, self._longest)

    def gave_up(self) -> None:
        """The call ended without telling anything of the other side, such as by cancellation."""
        self._probing = False
