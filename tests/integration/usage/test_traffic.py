"""Viewers are told that there is traffic: soon, not too often, and of the last of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from bridgecore.domains.usage.service import TrafficTeller
from bridgecore.infra.live import Live, tenant_channel
from bridgecore.infra.resources import Resources
from tests.integration.usage.conftest import record


@pytest.fixture
async def teller(resources: Resources) -> AsyncIterator[TrafficTeller]:
    made = TrafficTeller(resources.redis)
    yield made
    await made.close()


@pytest.fixture
async def viewers(resources: Resources) -> AsyncIterator[Live]:
    made = Live(resources.redis)
    yield made
    await made.close()


async def _news(queue: asyncio.Queue[bytes], within: float) -> dict[str, Any]:
    async with asyncio.timeout(within):
        return dict(orjson.loads(await queue.get()))


async def _listening(resources: Resources, tenant_id: UUID, queue: asyncio.Queue[bytes]) -> None:
    """Returns once what is published arrives."""
    while queue.empty():
        await resources.redis.redis.publish(tenant_channel(tenant_id), b"{}")
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    while not queue.empty():
        queue.get_nowait()


async def test_many_at_once_are_told_as_two(
    resources: Resources, teller: TrafficTeller, viewers: Live
) -> None:
    tenant_id = uuid4()
    async with viewers.watching(tenant_channel(tenant_id)) as queue:
        await _listening(resources, tenant_id, queue)
        for _ in range(5):
            await teller([record(tenant_id), record(tenant_id, status=500)])

        first = await _news(queue, 20)
        assert (first["type"], first["requests"], first["errors"]) == ("usage.recorded", 2, 1)
        rest = [await _news(queue, 20)]
        while sum(news["requests"] for news in rest) < 8:  # a slow machine may need one more
            rest.append(await _news(queue, 20))
        assert len(rest) <= 2
        assert sum(news["errors"] for news in rest) == 4
        assert queue.empty()


async def test_requests_of_staff_are_not_told(
    resources: Resources, teller: TrafficTeller, viewers: Live
) -> None:
    tenant_id = uuid4()
    async with viewers.watching(tenant_channel(tenant_id)) as queue:
        await _listening(resources, tenant_id, queue)
        await teller([record(None)])
        await teller([record(tenant_id)])
        assert (await _news(queue, 0.5))["requests"] == 1


async def test_watching_is_no_news(
    resources: Resources, teller: TrafficTeller, viewers: Live
) -> None:
    tenant_id = uuid4()
    async with viewers.watching(tenant_channel(tenant_id)) as queue:
        await _listening(resources, tenant_id, queue)
        await teller([record(tenant_id, path="/api/v1/usage/daily")])
        await teller([record(tenant_id, path="/api/v1/logs/errors", status=429)])
        await teller([record(tenant_id)])
        assert (await _news(queue, 0.5))["requests"] == 1
