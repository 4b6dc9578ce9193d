"""Identical reads that arrive together share one call of Odoo."""

from __future__ import annotations

import asyncio


class Abandoned(Exception):
    """Whoever made the call was cancelled; somebody who waited makes it anew."""


class Flight:
    """A call under way, made by whoever asked first, in its own task; others join it."""

    __slots__ = ("_landing",)

    def __init__(self) -> None:
        # mostly nobody joins, and then nothing is made
        self._landing: asyncio.Future[bytes] | None = None

    async def join(self) -> bytes:
        """What comes of it. Raises what the call raised, or Abandoned."""
        if self._landing is None:
            self._landing = asyncio.get_running_loop().create_future()
        # one who hangs up must not end it for the others
        return await asyncio.shield(self._landing)

    def land(self, raw: bytes) -> None:
        if self._landing is not None:
            self._landing.set_result(raw)

    def fail(self, error: BaseException) -> None:
        if self._landing is not None:
            self._landing.set_exception(error if isinstance(error, Exception) else Abandoned())
            self._landing.exception()  # seen, should everybody have left
