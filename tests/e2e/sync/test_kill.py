"""kill -9 of the worker in the middle of runs: they are taken up, and the copy is right."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.conftest import Company, company_on, platform_running, simulated

PARTNERS = "res.partner"
SECONDS = 120.0
ROUNDS = 2
"""How often the worker is killed; `--kills` of the command line overrides it."""


async def _ended(http: httpx.AsyncClient, company: Company, run_id: str) -> Any:
    run: Any = None
    for _ in range(int(SECONDS / 0.2)):
        answer = await http.get(f"/api/v1/integrations/sync/{run_id}", headers=company.headers)
        assert answer.status_code == 200, answer.text
        run = answer.json()
        if run["completed_at"] is not None:
            return run
        await asyncio.sleep(0.2)
    raise AssertionError(f"the run did not end: {run}")


async def _asked(http: httpx.AsyncClient, company: Company, path: str, body: Any) -> Any:
    answer = await http.post(
        f"/api/v1/integrations/odoo/sync/{path}", json=body, headers=company.headers
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_killed_worker_s_runs_go_on_where_they_were(
    settings: Settings, resources: Resources, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(7)
    async with (
        simulated(17) as odoo,
        platform_running(settings, tmp_path, workers=1, SYNC_ENABLED="true") as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=35) as http,
    ):
        database = next(iter(odoo.databases))
        company = await company_on(resources, http, url=odoo.url, database=database)
        held = odoo.databases[database]
        run_in = odoo.installation.execute

        def made(count: int) -> list[int]:
            rows = [{"name": f"Killed {number}"} for number in range(count)]
            found: list[int] = run_in(held, 2, PARTNERS, "create", [rows], {})
            return found

        ids = made(6_000)
        plan = {"entities": [{"entity": PARTNERS}], "delete_share": 1.0}
        answer = await http.put(
            "/api/v1/integrations/odoo/sync/plan", json=plan, headers=company.headers
        )
        assert answer.status_code == 200, answer.text
        odoo.fault("latency", seconds=0.15, jitter=0.1, model=PARTNERS)
        worker = platform.start("worker", log="worker.log")
        run = await _asked(http, company, "trigger", {"full": True})
        resumed = 0
        rounds = int(pytestconfig.getoption("--kills") or ROUNDS)
        for number in range(rounds):
            # deep in the first load at first, then anywhere
            await _progressed(resources, company, more=1_000 if number == 0 else 1)
            await asyncio.sleep(chance.random() * 0.5)
            platform.kill(worker)
            run_in(held, 2, PARTNERS, "write", [ids[:50], {"name": f"Round {number}"}], {})
            gone = [ids.pop() for _ in range(20)]
            run_in(held, 2, PARTNERS, "unlink", [gone], {})
            ids += made(30)
            worker = platform.start("worker", log="worker.log")
            ended = await _ended(http, company, run["id"])
            assert ended["status"] == "completed", ended
            resumed += ended["resumed"]
            run = await _asked(http, company, "trigger", {"full": True})
        ended = await _ended(http, company, run["id"])
        assert ended["status"] == "completed", ended
        assert resumed >= 1
        odoo.faults.clear()
        run = await _asked(http, company, "parity", {"content": "full"})
        ended = await _ended(http, company, run["id"])
        answer = await http.get(
            f"/api/v1/lake/parity/{ended['options']['report_id']}", headers=company.headers
        )
        assert answer.json()["status"] == "equal", answer.text
        assert answer.json()["entities"][PARTNERS]["lake_records"] == len(
            held.store.tables[PARTNERS].rows
        )


async def _progressed(resources: Resources, company: Company, *, more: int) -> None:
    """Return once a run is under way and the lake holds so many records."""
    async with asyncio.timeout(SECONDS):
        while True:
            async with resources.database.platform() as session:
                leased = await session.scalar(
                    text(
                        "SELECT count(*) FROM sync_plans WHERE tenant_id = :t"
                        " AND lease_until > now()"
                    ),
                    {"t": company.tenant_id},
                )
                stored = await session.scalar(
                    text("SELECT count(*) FROM lake_records WHERE tenant_id = :t"),
                    {"t": company.tenant_id},
                )
            if leased and int(stored or 0) >= more:
                return
            await asyncio.sleep(0.05)
