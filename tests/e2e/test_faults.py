"""Odoo going wrong under load: errors are named, nothing hangs, it recovers by itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.e2e.conftest import Company, Platform, company_on, simulated

LONGEST = 26.0
CALLERS = 16


class Load:
    """Readers that never stop asking, and what they were told."""

    def __init__(self, client: httpx.AsyncClient, company: Company) -> None:
        self._client = client
        self._company = company
        self._offset = 0
        self.told: Counter[str] = Counter()
        self.slowest = 0.0

    async def ask(self) -> str:
        self._offset += 1
        started = time.monotonic()
        answer = await self._client.post(
            "/api/v1/odoo/search_read",
            json={"model": "res.partner", "fields": ["name"], "limit": 5, "offset": self._offset},
            headers=self._company.headers,
        )
        self.slowest = max(self.slowest, time.monotonic() - started)
        code = "ok" if answer.status_code == 200 else str(answer.json()["code"])
        self.told[code] += 1
        assert answer.status_code in (200, 502, 503, 504), answer.text
        return code

    async def run(self, seconds: float) -> Counter[str]:
        self.told.clear()
        until = time.monotonic() + seconds

        async def caller() -> None:
            while time.monotonic() < until:
                if await self.ask() != "ok":
                    await asyncio.sleep(0.02)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        return Counter(self.told)

    async def recovered(self, seconds: float) -> None:
        """Until ten answers in a row are good again."""
        good, until = 0, time.monotonic() + seconds
        while good < 10:
            assert time.monotonic() < until, self.told
            good = good + 1 if await self.ask() == "ok" else 0
            await asyncio.sleep(0.05)


@pytest.fixture
async def odoo() -> AsyncIterator[OdooSimulator]:
    async with simulated(17) as running:
        yield running


@pytest.fixture
async def company(odoo: OdooSimulator, http: httpx.AsyncClient, resources: Resources) -> Company:
    return await company_on(
        resources,
        http,
        url=odoo.url,
        database=next(iter(odoo.databases)),
        max_requests_per_hour_per_user=10_000_000,
    )


@pytest.fixture
def load(http: httpx.AsyncClient, company: Company) -> Load:
    return Load(http, company)


async def test_refused_connections(odoo: OdooSimulator, load: Load) -> None:
    await load.ask()
    refusing = asyncio.create_task(odoo.refuse(3.0))
    told = await load.run(2.5)
    await refusing
    assert set(told) <= {"ok", "UPSTREAM_UNREACHABLE", "CIRCUIT_OPEN"}
    assert told["CIRCUIT_OPEN"] > 0
    await load.recovered(40)
    assert load.slowest < LONGEST


async def test_a_proxy_page_instead_of_odoo(odoo: OdooSimulator, load: Load) -> None:
    fault = odoo.fault("down")
    told = await load.run(1.5)
    assert set(told) <= {"UPSTREAM_UNREACHABLE", "CIRCUIT_OPEN"}
    odoo.faults.remove(fault.id)
    await load.recovered(40)


async def test_rate_limited_by_the_other_side(odoo: OdooSimulator, load: Load) -> None:
    await load.ask()
    fault = odoo.fault("rate_limit", seconds=1, path="/web/dataset")
    told = await load.run(1.0)
    assert set(told) == {"UPSTREAM_RATE_LIMITED"}
    odoo.faults.remove(fault.id)
    await load.recovered(20)


async def test_sessions_end_in_mid_load(odoo: OdooSimulator, load: Load) -> None:
    running = asyncio.create_task(load.run(2.5))
    for _ in range(5):
        await asyncio.sleep(0.4)
        odoo.expire_sessions()
    assert set(await running) == {"ok"}


async def test_a_changed_password_is_named_and_mended_by_the_new_one(
    odoo: OdooSimulator, load: Load, http: httpx.AsyncClient, company: Company
) -> None:
    await load.ask()
    odoo.set_password(next(iter(odoo.databases)), "admin", "changed-password")
    told = await load.run(1.0)
    assert told["UPSTREAM_CREDENTIALS"] > 0
    assert set(told) <= {"ok", "UPSTREAM_CREDENTIALS"}
    renewed = await http.post(
        "/api/v1/integrations/odoo/configure",
        json={"password": "changed-password"},
        headers=company.headers,
    )
    assert renewed.status_code == 200, renewed.text
    # from the next request on, on every process
    assert set(await load.run(1.0)) == {"ok"}


async def test_a_hanging_odoo_holds_nobody_else_up(
    odoo: OdooSimulator,
    load: Load,
    platform: Platform,
    http: httpx.AsyncClient,
    resources: Resources,
) -> None:
    async with simulated(19) as healthy:
        other = Load(
            http,
            await company_on(
                resources,
                http,
                url=healthy.url,
                database=next(iter(healthy.databases)),
                max_requests_per_hour_per_user=10_000_000,
            ),
        )
        await asyncio.gather(load.ask(), other.ask())
        odoo.fault("hang", path="/web/dataset")
        stuck = [asyncio.create_task(load.ask()) for _ in range(40)]
        await asyncio.sleep(0.5)
        assert set(await other.run(2.0)) == {"ok"}
        assert other.slowest < 3.0
        codes = Counter(await asyncio.gather(*stuck))
    assert set(codes) <= {"UPSTREAM_TIMEOUT", "TENANT_BUSY", "CIRCUIT_OPEN"}
    assert load.slowest < LONGEST
