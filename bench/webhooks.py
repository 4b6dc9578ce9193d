"""Pushed events: how many a second are committed, and how long a sender waits at a steady rate.

Real processes, signatures, row-level security and commits; the sender is a program beside them on
the same machine, so it takes its share of it.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

import aiohttp

from bench.processes import Program, ProgramFailed, exchange
from bench.verdicts import Finding, Limit, Unit, at_least, at_most, judged

PATH = "/api/webhooks/odoo"
Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WebhookCase:
    """Events in batches as the addon posts them, and one by one at a steady rate."""

    name: str
    title: str
    batch: int
    senders: int
    events_per_second: Limit
    steady_rate: int
    p99_ms: Limit


WEBHOOKS = WebhookCase(
    "webhooks-in", "events pushed by addons", 50, 16, at_least(5_000.0), 1_000, at_most(50.0)
)


@dataclass(slots=True)
class _Sender:
    """Signs and posts events that nobody sent before."""

    url: str
    connection: str
    secret: bytes
    http: aiohttp.ClientSession
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    run: str = field(default_factory=lambda: f"{time.time_ns():x}")

    async def post(self, count: int) -> float:
        """Post `count` events. Returns the seconds until the answer. Raises ProgramFailed."""
        events = [
            {
                "id": f"{self.run}-{next(self.numbers)}",
                "model": "res.partner",
                "record_id": 1 + number,
                "operation": "write",
                "changed_fields": ["name", "email"],
                "occurred_at": "2026-01-01T00:00:00.123456Z",
            }
            for number in range(count)
        ]
        body = json.dumps({"source": "odoo", "database": "bench", "events": events}).encode()
        timestamp = str(int(time.time()))
        digest = hmac.digest(self.secret, timestamp.encode() + b"." + body, "sha256").hex()
        headers = {
            "Content-Type": "application/json",
            "X-BridgeCore-Connection": self.connection,
            "X-BridgeCore-Timestamp": timestamp,
            "X-BridgeCore-Signature": f"v1={digest}",
        }
        began = time.perf_counter()
        async with self.http.post(self.url + PATH, data=body, headers=headers) as answer:
            told = await answer.json(content_type=None)
        taken = time.perf_counter() - began
        if answer.status != 200 or len(told["accepted"]) != count:
            raise ProgramFailed(f"{count} events were answered {answer.status}: {told}")
        return taken


def run_case(
    case: WebhookCase,
    gateway: Program,
    token: str,
    *,
    seconds: float,
    rounds: int,
    log: Log,
) -> Sequence[Finding]:
    """Events a second in batches and one by one, and the wait at a steady rate."""
    connection, secret = _credentials(gateway, token)

    async def measured() -> tuple[list[float], list[float], list[float]]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            sender = _Sender(gateway.url, connection, secret, http)
            await _flood(sender, case.batch, case.senders, 1.0)
            batched, single, waits = [], [], []
            for turn in range(rounds):
                batched.append(await _flood(sender, case.batch, case.senders, seconds))
                single.append(await _flood(sender, 1, case.senders * 4, seconds))
                waits.append(await _steady(sender, case.steady_rate, seconds))
                log(
                    f"{case.name} round {turn + 1}: {batched[-1]:,.0f} events/s in batches of"
                    f" {case.batch}, {single[-1]:,.0f} one by one, p99 {waits[-1]:.1f} ms at"
                    f" {case.steady_rate} a second"
                )
            return batched, single, waits

    batched, single, waits = asyncio.run(measured())
    many, waited = median(batched), median(waits)
    return [
        judged(
            case.name,
            f"committed, {case.batch} a request",
            f"{many:,.0f} events a second",
            many,
            case.events_per_second,
            unit=Unit.PER_SECOND,
        ),
        Finding(case.name, "committed, one a request", f"{median(single):,.0f} events a second"),
        judged(
            case.name,
            f"p99 at {case.steady_rate} requests a second",
            f"{waited:.1f} ms",
            waited,
            case.p99_ms,
            unit=Unit.MS,
        ),
    ]


def _credentials(gateway: Program, token: str) -> tuple[str, bytes]:
    port = int(gateway.url.rpartition(":")[2])
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    status, raw = exchange(port, "POST", "/api/v1/webhooks/secrets", body=b"{}", headers=headers)
    if status != 201:
        raise ProgramFailed(f"a webhook secret was answered {status}: {raw[:300]!r}")
    made = json.loads(raw)
    return made["connection_id"], made["secret"].encode()


async def _flood(sender: _Sender, batch: int, senders: int, seconds: float) -> float:
    """Events a second when every sender posts as soon as it was answered."""
    until = time.perf_counter() + seconds
    posted = 0

    async def one() -> None:
        nonlocal posted
        while time.perf_counter() < until:
            await sender.post(batch)
            posted += batch

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(senders)))
    return posted / (time.perf_counter() - began)


async def _steady(sender: _Sender, rate: int, seconds: float) -> float:
    """The 99th percentile in ms of waits from when each post was due, answered or not before."""
    waits: list[float] = []

    async def one(due: float) -> None:
        await sender.post(1)
        waits.append(time.perf_counter() - due)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            pause = due - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            group.create_task(one(due))
    return quantiles(waits, n=100)[98] * 1000
