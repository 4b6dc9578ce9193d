"""Limits hold exactly, however many processes and callers there are."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from bridgecore.infra.resources import Resources
from tests.e2e.conftest import Platform, company_on, simulated

CALLS = 10_000
LIMIT = 1_000


async def test_ten_thousand_calls_at_once_against_a_limit_of_a_thousand(
    platform: Platform, http: httpx.AsyncClient, resources: Resources
) -> None:
    async with simulated(17) as odoo:
        company = await company_on(
            resources,
            http,
            url=odoo.url,
            database=next(iter(odoo.databases)),
            max_requests_per_hour=LIMIT,
            max_requests_per_hour_per_user=10 * CALLS,
        )
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        seen: Counter[int] = Counter()
        hour = set()
        async with httpx.AsyncClient(
            base_url=platform.url, timeout=60, limits=limits, headers=company.headers
        ) as client:

            async def call() -> None:
                answer = await client.post(
                    "/api/v1/odoo/search_count", json={"model": "res.partner"}
                )
                seen[answer.status_code] += 1
                if answer.status_code == 429:
                    assert answer.json()["code"] == "RATE_LIMIT_EXCEEDED"
                    assert int(answer.headers["retry-after"]) > 0
                hour.add(answer.headers["x-ratelimit-reset"])

            queue = iter(range(CALLS))

            async def caller() -> None:
                for _ in queue:
                    await call()

            await asyncio.gather(*(caller() for _ in range(64)))
    assert sum(seen.values()) == CALLS
    # at the turn of an hour a second window opens, with a thousand more
    assert seen == {200: LIMIT, 429: CALLS - LIMIT} or len(hour) > 2
