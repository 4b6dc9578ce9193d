"""What just happened, told to whoever is looking: Redis channels fanned out inside a process.

A hint to read again, not a record: whoever is away misses it, and the outbox keeps what must not
be missed. One connection of a process listens; each viewer has a short queue of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import orjson
import structlog
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.infra.outbox import Consumer, Event
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.resources import Resources

STAFF = "live:staff"
_PATTERN = "live:*"
_WAITING = 100
# A viewer too slow for its queue is told to read everything again.
LOST = orjson.dumps({"type": "live.lost"})
# told to those who look on when this process stops
ENDED = orjson.dumps({"type": "live.ended"})

log = structlog.get_logger(__name__)


def tenant_channel(tenant_id: UUID) -> str:
    return f"live:tenant:{tenant_id}"


async def tell(redis: RedisClient, channels: Iterable[str], news: dict[str, Any]) -> None:
    """Tell those who look at `channels`. Redis being away is nobody's trouble here."""
    message = orjson.dumps(news)
    try:
        async with redis.redis.pipeline(transaction=False) as pipe:
            for channel in channels:
                pipe.publish(channel, message)
            await pipe.execute()
    except (RedisError, OSError) as error:
        log.info("live_not_told", error=type(error).__name__)


def consumer(resources: Resources) -> Consumer:
    """Tells every announced event as it passes the outbox: its type, tenant and time."""

    async def handle(_: AsyncSession, events: Sequence[Event]) -> None:
        for event in events:
            concerned = [tenant_channel(event.tenant_id)] if event.tenant_id else []
            await tell(
                resources.redis,
                [STAFF, *concerned],
                {
                    "type": event.type,
                    "tenant_id": str(event.tenant_id) if event.tenant_id else None,
                    "at": event.occurred_at,
                },
            )

    return Consumer("live", handle)


class Live:
    """The viewers of one process."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis.redis
        self._viewers: dict[str, set[asyncio.Queue[bytes]]] = {}
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watching(self, channel: str) -> AsyncIterator[asyncio.Queue[bytes]]:
        """A queue of what is told on `channel` from now on, JSON."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
        self._viewers.setdefault(channel, set()).add(queue)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        try:
            yield queue
        finally:
            self._viewers[channel].discard(queue)
            if not self._viewers[channel]:
                del self._viewers[channel]

    def end(self) -> None:
        """Let every viewer go: this process is about to stop."""
        for channel in list(self._viewers):
            self._hand(channel, ENDED)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.psubscribe(_PATTERN)
                    while True:
                        message = await pubsub.get_message(
                            ignore_subscribe_messages=True, timeout=30
                        )
                        if message is not None:
                            self._hand(message["channel"].decode(), message["data"])
            except (RedisError, OSError) as error:
                log.info("live_interrupted", error=type(error).__name__)
                for channel in list(self._viewers):
                    self._hand(channel, LOST)
            await asyncio.sleep(2)

    def _hand(self, channel: str, message: bytes) -> None:
        for queue in self._viewers.get(channel, ()):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(LOST)
            else:
                queue.put_nowait(message)
