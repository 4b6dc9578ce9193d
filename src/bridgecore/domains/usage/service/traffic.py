"""Tells viewers that there is traffic, at most once a second of each process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from bridgecore.infra import live
from bridgecore.infra.asgi import RequestRecord
from bridgecore.infra.redis import RedisClient

KIND = "usage.recorded"
_EVERY = 1.0


class TrafficTeller:
    """Adds up what was written since it last told."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._told = 0.0
        self._requests: Counter[UUID] = Counter()
        self._errors: Counter[UUID] = Counter()

    async def __call__(self, records: Sequence[RequestRecord]) -> None:
        """`records` are in the log now."""
        for record in records:
            if record.tenant_id is not None:
                self._requests[record.tenant_id] += 1
                self._errors[record.tenant_id] += record.status >= 400
        if not self._requests or time.monotonic() - self._told < _EVERY:
            return
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
