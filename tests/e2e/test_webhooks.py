"""Senders against real processes: what was answered is there, whatever dies in between."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest
from sqlalchemy import text

from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.migrate import migrate
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.conftest import Company, Platform, company_on, platform_running

SENDERS = 12
KILLS = 3


def _signed(connection: str, secret: str, body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()
    return {
        "Content-Type": "application/json",
        "X-BridgeCore-Connection": connection,
        "X-BridgeCore-Timestamp": timestamp,
        "X-BridgeCore-Signature": f"v1={digest}",
    }


async def _credentials(http: httpx.AsyncClient, company: Company) -> tuple[str, str]:
    made = await http.post("/api/v1/webhooks/secrets", json={}, headers=company.headers)
    assert made.status_code == 201, made.text
    return made.json()["connection_id"], made.json()["secret"]


async def _send_on(
    platform: Platform,
    credentials: tuple[str, str],
    sent: list[list[str]],
    answered: list[str],
    stop: asyncio.Event,
) -> None:
    """Push until stopped; what got no answer is sent again, as the addon does."""
    async with httpx.AsyncClient(base_url=platform.url, timeout=10) as http:
        waiting: list[dict[str, object]] = []
        while not stop.is_set() or waiting:
            if not waiting:
                waiting = [
                    {
                        "id": str(uuid4()),
                        "model": "res.partner",
                        "record_id": 1 + number,
                        "operation": "write",
                    }
                    for number in range(5)
                ]
                sent.append([str(each["id"]) for each in waiting])
            body = orjson.dumps({"source": "odoo", "events": waiting})
            try:
                answer = await http.post(
                    "/api/webhooks/odoo", content=body, headers=_signed(*credentials, body)
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                told = answer.json()
                assert not told["rejected"]
                answered.extend([*told["accepted"], *told["duplicates"]])
                waiting = []
            else:
                assert answer.status_code >= 500, answer.text
                await asyncio.sleep(0.05)


async def test_nothing_accepted_is_lost_and_nothing_is_stored_twice(
    settings: Settings, resources: Resources, tmp_path: Path
) -> None:
    """kill -9 of the API in mid-load, again and again, a worker killed beside it."""
    async with platform_running(settings, tmp_path, workers=2, worker=True) as platform:
        async with httpx.AsyncClient(base_url=platform.url, timeout=30) as http:
            company = await company_on(resources, http, url="http://127.0.0.1:9", database="acme")
            credentials = await _credentials(http, company)
        sent: list[list[str]] = []
        answered: list[str] = []
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(_send_on(platform, credentials, sent, answered, stop))
            for _ in range(KILLS):
                goal = len(answered) + 300
                async with asyncio.timeout(60):
                    while len(answered) < goal:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                api, worker = platform.processes
                platform.kill(api)
                platform.kill(worker)
                await platform.serve()
                platform.start("worker", log="worker.log")
            stop.set()
        assert sorted(answered) == sorted(each for ids in sent for each in ids)

        async def rows() -> list[tuple[str, str]]:
            async with resources.database.tenant(company.tenant_id) as session:
                found = await session.execute(
                    text("SELECT source_event_id, status FROM webhook_events")
                )
                return [(row[0], row[1]) for row in found.all()]

        stored = Counter(each for each, _ in await rows())
        assert set(stored) == set(answered)
        assert set(stored.values()) == {1}
        async with asyncio.timeout(60):
            while {status for _, status in await rows()} != {"done"}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        async with resources.database.tenant(company.tenant_id) as session:
            # each was counted in the transaction that finished it, so exactly once
            received = await session.scalar(text("SELECT sum(received) FROM webhook_hours"))
        assert received == len(stored)
        assert credentials[1] not in platform.said


@pytest.fixture
def empty_database(settings: Settings) -> Iterator[str]:
    """A migrated database without any company."""
    head, _, query = settings.database_url.partition("?")
    name = f"{head.rpartition('/')[2]}_single"
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        url = f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        migrate(url)
        yield url
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_where_there_is_one_company_the_secret_of_the_settings_is_enough(
    settings: Settings, empty_database: str, tmp_path: Path
) -> None:
    alone = settings.model_copy(update={"database_url": empty_database})
    secret = "a secret of the settings, long enough"
    body = orjson.dumps({"model": "res.partner", "record_id": 1})

    async def pushed(http: httpx.AsyncClient, signed_with: str = secret) -> int:
        headers = _signed("", signed_with, body)
        del headers["X-BridgeCore-Connection"]
        return (await http.post("/api/webhooks/odoo", content=body, headers=headers)).status_code

    async with (
        open_resources(alone) as resources,
        platform_running(alone, tmp_path, workers=1, ODOO_WEBHOOK_SECRET=secret) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        assert await pushed(http) == 403  # there is no company yet
        company = await company_on(resources, http, url="http://127.0.0.1:9", database="acme")
        assert await pushed(http) == 200
        assert await pushed(http, "another secret, as long as the other") == 403
        async with resources.database.tenant(company.tenant_id) as session:
            assert await session.scalar(text("SELECT count(*) FROM webhook_events")) == 1
    async with (
        open_resources(alone) as resources,
        platform_running(alone, tmp_path, workers=1, ODOO_WEBHOOK_SECRET=secret) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        # of two companies nobody can say which one is meant
        await company_on(resources, http, url="http://127.0.0.1:9", database="acme")
        assert await pushed(http) == 403
