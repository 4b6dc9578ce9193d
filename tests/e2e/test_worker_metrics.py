"""A worker that runs apart tells what it did with webhooks, at a port of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.conftest import START_SECONDS, Platform, company_on, platform_running
from tests.factories.ports import free_port


async def scraped(platform: Platform, url: str) -> dict[str, float]:
    """The samples of webhooks by name and labels, once something was processed."""
    headers = {"Authorization": "Bearer scrape-me"}
    async with httpx.AsyncClient() as http, asyncio.timeout(START_SECONDS):
        while True:
            try:
                answer = await http.get(url, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            assert answer.status_code == 200, (answer.text, platform.said)
            found = {
                " ".join((sample.name, *sample.labels.values())): sample.value
                for family in text_string_to_metric_families(answer.text)
                for sample in family.samples
                if sample.name.startswith("bridgecore_webhook_")
            }
            if any(name.startswith("bridgecore_webhook_processed_total") for name in found):
                return found
            await asyncio.sleep(0.1)


async def test_a_worker_tells_what_became_of_events(
    settings: Settings, resources: Resources, tmp_path: Path
) -> None:
    more = {"METRICS_TOKEN": "scrape-me", "METRICS_PORT": str(free_port())}
    async with (
        platform_running(settings, tmp_path, workers=1, worker=True, **more) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        odoo = {"url": "http://127.0.0.1:9", "database": "acme"}
        company = await company_on(resources, http, **odoo)
        events = [{"model": "res.partner", "record_id": n, "id": f"e{n}"} for n in (1, 2)]
        pushed = await http.post(
            "/api/v1/webhooks/push", json={"events": events}, headers=company.headers
        )
        assert pushed.json()["accepted"] == ["e1", "e2"], pushed.text
        at = f"http://127.0.0.1:{more['METRICS_PORT']}/metrics"
        told = await scraped(platform, at)
        assert told["bridgecore_webhook_lag_seconds_count"] >= 1
        api = await http.get("/metrics", headers={"Authorization": "Bearer scrape-me"})
        assert "bridgecore_webhook_processed_total{" not in api.text
        assert (await http.get(at)).status_code == 401
