"""Limits hold exactly, however many processes and callers there are."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from bridgecore.infra.resources import Resources
from tests.e2e.conftest import Platform, company_on, simulated
from tests.factories.waiting import hour_goes_on

CALLS = 10_000
LIMIT = 1_000
LONGEST_RUN = 240.0  # seconds


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

            await hour_goes_on(LONGEST_RUN)
            queue = iter(range(CALLS))

            async def caller() -> None:
                for _ in queue:
                    await call()

            await asyncio.gather(*(caller() for _ in range(64)))
    assert seen == {200: LIMIT, 429: CALLS - LIMIT}
