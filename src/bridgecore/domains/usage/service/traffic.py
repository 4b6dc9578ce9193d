"""Tells viewers that there is traffic, at most once a second of each process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from typing import Protocol
from uuid import UUID

from bridgecore.infra import live
from bridgecore.infra.redis import RedisClient

KIND = "usage.recorded"
_EVERY = 1.0
# whoever watches asks these again at every news; news of that would never end
_WATCHING = ("/api/v1/usage", "/api/v1/logs")


class Seen(Protocol):
    """What is told of a request that is in the log."""

    @property
    def tenant_id(self) -> UUID | None: ...

    @property
    def path(self) -> str: ...

    @property
    def status(self) -> int: ...


class TrafficTeller:
    """Adds up what was written since it last told."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._told = -_EVERY
        self._later: asyncio.Task[None] | None = None
        self._requests: Counter[UUID] = Counter()
        self._errors: Counter[UUID] = Counter()

    async def __call__(self, records: Sequence[Seen]) -> None:
        """`records` are in the log now."""
        for tenant_id, their in groupby(records, attrgetter("tenant_id")):
            if tenant_id is None:
                continue
            told = [each.status >= 400 for each in their if not each.path.startswith(_WATCHING)]
            if told:
                self._requests[tenant_id] += len(told)
                self._errors[tenant_id] += sum(told)
        if not self._requests or self._later is not None:
            return
        wait = self._told + _EVERY - time.monotonic()
        if wait > 0:
            # the last of many is told too, though nothing may come after it
            self._later = asyncio.create_task(self._tell_after(wait))
        else:
            await self._tell()

    async def close(self) -> None:
        """Tell nothing more."""
        if self._later is not None:
            self._later.cancel()
            with suppress(asyncio.CancelledError):
                await self._later

    async def _tell_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._later = None
        await self._tell()

    async def _tell(self) -> None:
        self._told = time.monotonic()
        requests, errors = self._requests, self._errors
        self._requests, self._errors = Counter(), Counter()
        await live.tell(self._redis, [live.STAFF], _news(requests.total(), errors.total(), None))
        for tenant_id, number in requests.items():
            await live.tell(
                self._redis,
                [live.tenant_channel(tenant_id)],
                _news(number, errors[tenant_id], tenant_id),
            )


def _news(requests: int, errors: int, tenant_id: UUID | None) -> dict[str, object]:
    return {
        "type": KIND,
        "tenant_id": str(tenant_id) if tenant_id else None,
        "requests": requests,
        "errors": errors,
    }
