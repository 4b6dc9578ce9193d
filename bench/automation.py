"""Metrics of a million executions: 100 clients, asked for over HTTP as the dashboard asks.

The executions come in as they do from n8n, through the facts that follow the lake; figures are
then compared with a count over the raw rows.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import aiohttp
import httpx
import psycopg

from bench.cases import AUTOMATION as NAME
from bench.copying import address, copies, n8n_source, seconds_of, worker
from bench.n8n_source import KEY
from bench.n8n_source import WORKFLOWS as WORKFLOWS_THERE
from bench.platform import PASSWORD, Platform
from bench.processes import HOST, Program
from bench.throughput import Log
from bench.verdicts import Finding, Limit, Unit, at_most, invalid, judged
from bridgecore.domains.automation import service
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionIn, TenantIn
from bridgecore.domains.identity import service as identity
from bridgecore.domains.lake.schemas import LakeRecord
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.resources import Resources

EXECUTIONS = 1_000_000
CLIENTS = 100
WORKFLOWS = 8
DAYS = 60
REQUESTS = 60
ENDPOINT = at_most(50.0)
OVERVIEW = at_most(150.0)
LOAD = 100_000
PAGE_MS = 40.0
"""What a page of 250 took n8n 2.41 that keeps its executions in SQLite: 34 at best, 66 usually."""
OVER_BARE = at_most(1.25)
STAFF = "bench@platform.example"
_STATUSES = ("success",) * 93 + ("error",) * 5 + ("crashed", "canceled")
_MODES = ("webhook",) * 60 + ("trigger",) * 35 + ("manual",) * 5


@dataclass(frozen=True, slots=True)
class Seeded:
    """A client with executions, and where its first server is."""

    tenant_id: UUID
    connection_id: UUID


def run_case(
    platform: Platform,
    folder: Path,
    *,
    executions: int,
    requests: int,
    load: int,
    rounds: int,
    log: Log,
) -> list[Finding]:
    """Seed, then ask every endpoint in turn; then load an n8n by turns with a bare client."""
    log(f"{NAME}: {executions:,} executions of {CLIENTS} clients come in")
    clients, rate = asyncio.run(_seed(platform, executions, log))
    with platform.gateway() as gateway:
        findings = _ask(gateway, clients, requests, executions, log)
    findings += asyncio.run(_first_load(platform, folder, load, rounds, log))
    shown = judged(
        NAME, "executions taken over into facts and rollups", f"{rate:,.0f}/s", rate, None
    )
    return [shown, *findings]


# ── seeding ────────────────────────────────────────────────────────────────────────────────────


async def _seed(platform: Platform, executions: int, log: Log) -> tuple[list[Seeded], float]:
    chance = random.Random(1)
    async with open_resources(platform.settings) as resources:
        clients = await _found(resources)
        each, began = executions // CLIENTS, time.perf_counter()
        for number, client in enumerate(clients):
            await _come_in(resources, client, each, chance)
            if number % 20 == 19:
                log(f"{NAME}: {(number + 1) * each:,} of {executions:,}")
        rate = each * CLIENTS / (time.perf_counter() - began)
    # A month of executions came in within a minute, and autovacuum would work them over while
    # figures are asked for.
    with psycopg.connect(platform.settings.database_url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return clients, rate


async def _found(resources: Resources) -> list[Seeded]:
    found = []
    async with resources.database.platform() as session:
        await identity.seed_staff(
            session, email=STAFF, password=PASSWORD, role="super_admin", must_change=False
        )
        for number in range(CLIENTS):
            tenant = await connections.create_tenant(
                session, resources, None, TenantIn(name=f"Client {number:03}")
            )
            connection = await connections.create_connection(
                session,
                resources,
                None,
                tenant.id,
                ConnectionIn(
                    connector="n8n",
                    config={"url": f"https://{HOST}:5678", "api_key": secrets.token_hex(16)},
                ),
            )
            found.append(Seeded(tenant.id, connection.id))
    return found


async def _come_in(resources: Resources, client: Seeded, count: int, chance: random.Random) -> None:
    now = datetime.now(UTC)
    ages = sorted((chance.uniform(60, DAYS * 86400) for _ in range(count)), reverse=True)
    workflows = [f"workflow{number}" for number in range(WORKFLOWS)]
    records = [
        _record(
            client,
            "workflow",
            key,
            {
                "id": key,
                "name": f"Flow {key}",
                "active": True,
                "settings": {"timeSavedPerExecution": 5},
            },
            now,
        )
        for key in workflows
    ]
    for number, age in enumerate(ages, start=1):
        moment = now - timedelta(seconds=age)
        status = chance.choice(_STATUSES)
        took = timedelta(milliseconds=int(chance.lognormvariate(7, 1)))
        records.append(
            _record(
                client,
                "execution",
                str(number),
                {
                    "id": str(number),
                    "status": status,
                    "mode": chance.choice(_MODES),
                    "workflowId": chance.choice(workflows),
                    "startedAt": moment.isoformat(),
                    "stoppedAt": (moment + took).isoformat(),
                },
                now,
            )
        )
    for start in range(0, len(records), 2_000):
        async with resources.database.tenant(client.tenant_id) as session:
            if start == 0:
                await service.open_feed(session, client.tenant_id)
            some = records[start : start + 2_000]
            await service.absorb(session, client.tenant_id, "UTC", some, {client.connection_id})


def _record(client: Seeded, entity: str, key: str, data: Any, now: datetime) -> LakeRecord:
    return LakeRecord(
        connection_id=client.connection_id,
        entity=entity,
        key=key,
        data=json.dumps(data).encode(),
        version=1,
        is_active=True,
        deleted_at=None,
        delete_reason=None,
        source_created_at=None,
        source_changed_at=None,
        first_seen_at=now,
        seen_at=now,
        stored_at=now,
    )


# ── asking ─────────────────────────────────────────────────────────────────────────────────────


def _ask(
    gateway: Program, clients: Sequence[Seeded], requests: int, executions: int, log: Log
) -> list[Finding]:
    chance = random.Random(2)
    base = f"http://{HOST}:{gateway.port}"
    with httpx.Client(base_url=base, timeout=60) as http:
        answer = http.post("/admin/auth/login", json={"email": STAFF, "password": PASSWORD})
        http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        since = (datetime.now(UTC) - timedelta(days=23, hours=5, minutes=7)).isoformat()
        cases: list[tuple[str, str, dict[str, Any], Limit]] = [
            ("all clients, 30 days", "all", {}, OVERVIEW),
            ("all clients, any period", "all", {"from": since}, OVERVIEW),
            ("one client, 30 days", "client/{}", {}, ENDPOINT),
            ("one client, by hour", "client/{}", {"days": 14, "interval": "hour"}, ENDPOINT),
            ("one client, any period", "client/{}", {"from": since}, ENDPOINT),
            ("its workflows, 30 days", "client/{}/workflows", {}, ENDPOINT),
            ("its executions", "client/{}/executions", {}, ENDPOINT),
            ("its failures", "client/{}/executions", {"status": "error"}, ENDPOINT),
        ]
        findings = []
        for title, path, params, limit in cases:
            times = []
            for _ in range(requests):
                at = path.format(chance.choice(clients).tenant_id)
                began = time.perf_counter()
                answer = http.get(f"/api/v1/metrics/{at}", params=params)
                times.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    return [invalid(NAME, title, f"was answered {answer.status_code}")]
            times.sort()
            p95 = times[ceil(0.95 * len(times)) - 1]
            log(f"{NAME} {title}: p50 {times[len(times) // 2]:.1f} ms, p95 {p95:.1f} ms")
            findings.append(
                judged(
                    NAME,
                    f"{title}, p95 of {requests}",
                    f"{p95:.1f} ms",
                    p95,
                    limit,
                    unit=Unit.MS_MORE,
                    baseline="0 ms",
                )
            )
        told = http.get("/api/v1/metrics/all", params={"days": DAYS + 2, "runs": "all"}).json()
        counted = told["totals"]["executions"]
        if counted != executions:
            return [*findings, invalid(NAME, "figures", f"{counted} of {executions} were counted")]
    return findings


# ── a first load ───────────────────────────────────────────────────────────────────────────────


async def _first_load(
    platform: Platform, folder: Path, executions: int, rounds: int, log: Log
) -> list[Finding]:
    """A worker's first run over an n8n, from its start to its end, and the pages alone."""
    ours, theirs = [], []
    async with copies(platform) as held:
        with (
            n8n_source(folder, executions=executions, page_ms=PAGE_MS) as n8n,
            worker(platform, folder),
        ):
            for turn in range(rounds):
                theirs.append(await _bare(address(n8n), executions))
                copy = await held.found_n8n(address(n8n))
                run = await held.ended(copy, await held.ask(copy))
                if (found := await held.records(copy)) != executions + WORKFLOWS_THERE:
                    return [invalid(NAME, "first load", f"{found} records of {executions} came")]
                ours.append(seconds_of(run))
                log(
                    f"{NAME} round {turn + 1}: first load {ours[-1]:.2f} s, bare {theirs[-1]:.2f} s"
                )
    return [
        judged(
            NAME,
            f"first load of {executions:,} executions, n8n of {PAGE_MS:g} ms a page",
            f"{median(ours):.2f} s",
            median(one / other for one, other in zip(ours, theirs, strict=True)),
            OVER_BARE,
            baseline=f"bare client {median(theirs):.2f} s",
        )
    ]


async def _bare(url: str, executions: int) -> float:
    """Seconds to fetch every page and decode it."""
    count, cursor = 0, ""
    began = time.perf_counter()
    async with aiohttp.ClientSession(headers={"x-n8n-api-key": KEY}) as http:
        while True:
            async with http.get(f"{url}/api/v1/executions?limit=250{cursor}") as answer:
                page = json.loads(await answer.read())
            count += len(page["data"])
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
    assert count == executions
    return time.perf_counter() - began
