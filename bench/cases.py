"""What is measured, and what is asked of it: the numbers of the issue, in one place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bench import stub_odoo
from bench.verdicts import Limit, at_least, at_most
from bench.webhooks import WEBHOOKS

GATEWAY_CALLS = ("call_kw", "search_read")
"""`search_read` carries the rows twice, for existing apps; `call_kw` once, as Odoo does."""

DISTINCT_CALLS = 4096
"""More than are ever under way at once: identical reads would share one call of Odoo."""


@dataclass(frozen=True, slots=True)
class ThroughputCase:
    """One load, put on the stub directly, through nginx, and through the gateway."""

    name: str
    title: str
    latency_ms: int
    connections: int
    ratio: Limit
    """Of the gateway's throughput to nginx's."""
    p99_over_nginx_ms: Limit | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True)
class StormCase:
    """Gateway calls with and without a storm of sign-ins beside them."""

    name: str
    title: str
    latency_ms: int
    connections: int
    storm_connections: int
    p99_ratio: Limit


@dataclass(frozen=True, slots=True)
class MemoryCase:
    """Memory of the API's processes, idle and over many requests."""

    name: str
    title: str
    connections: int
    idle_mb: Limit
    growth_mb_per_million: Limit


@dataclass(frozen=True, slots=True)
class StartCase:
    """Time from `bridgecore up` until `/health` answers."""

    name: str
    title: str
    prepared_seconds: Limit
    empty_seconds: Limit


_P99 = at_most(10.0)

THROUGHPUT = (
    ThroughputCase("20ms-1", "Odoo 20 ms, 1 connection", 20, 1, at_least(0.95, 0.90), _P99),
    ThroughputCase("20ms-32", "Odoo 20 ms, 32 connections", 20, 32, at_least(0.95, 0.85), _P99),
    ThroughputCase("20ms-128", "Odoo 20 ms, 128 connections", 20, 128, at_least(0.75, 0.55), _P99),
    ThroughputCase("0ms-32", "Odoo 0 ms, 32 connections", 0, 32, at_least(0.20, 0.12)),
    ThroughputCase("cached-32", "cached, 32 connections", 0, 32, at_least(0.25), cached=True),
)
STORM = StormCase("login-storm", "storm of sign-ins, Odoo 20 ms", 20, 32, 64, at_most(2.0))
# growth below the grain of allocators and of a garbage collector is none
MEMORY = MemoryCase("memory", "memory a process", 32, at_most(150.0), at_most(10.0))
START = StartCase("start", "bridgecore up", at_most(5.0), at_most(15.0))

AUTOMATION = "automation"
LAKE_LOAD = "lake-load"
SYNC_QUIET = "sync-quiet"
SYNC_MANY = "sync-many"
DLT = "dlt"
ON_REQUEST = (DLT,)
"""Run only when named: what they need is fetched from outside."""

NAMES = (
    *(case.name for case in THROUGHPUT),
    STORM.name,
    WEBHOOKS.name,
    AUTOMATION,
    LAKE_LOAD,
    SYNC_QUIET,
    SYNC_MANY,
    DLT,
    MEMORY.name,
    START.name,
)


def odoo_bodies(count: int = DISTINCT_CALLS) -> Sequence[bytes]:
    """Calls as Odoo's web client sends them, each with another offset."""
    return [
        _encoded(
            {
                "jsonrpc": "2.0",
                "method": "call",
                "id": 1,
                "params": {
                    "model": stub_odoo.MODEL,
                    "method": "search_read",
                    "args": [],
                    "kwargs": {"domain": _DOMAIN, "offset": offset, **_WANTED},
                },
            }
        )
        for offset in range(count)
    ]


def gateway_bodies(call: str, count: int = DISTINCT_CALLS) -> Sequence[bytes]:
    """The same calls as an app sends them to the gateway's operation `call`."""
    if call == "search_read":
        return [
            _encoded({"model": stub_odoo.MODEL, "domain": _DOMAIN, "offset": offset, **_WANTED})
            for offset in range(count)
        ]
    return [
        _encoded(
            {
                "model": stub_odoo.MODEL,
                "method": "search_read",
                "args": [],
                "kwargs": {"domain": _DOMAIN, "offset": offset, **_WANTED},
            }
        )
        for offset in range(count)
    ]


_DOMAIN = [["is_company", "=", True], ["active", "=", True]]
_WANTED = {
    "fields": list(stub_odoo.FIELDS),
    "limit": stub_odoo.RECORDS,
    "order": "write_date desc, id",
}


def _encoded(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
