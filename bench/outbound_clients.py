"""HTTP clients compared at what the gateway does with them: many small POSTs to one Odoo.

    python -m bench.outbound_clients --seconds 3 --rounds 3

Ours is `infra.http.HttpTransport`: connections of the event loop behind the guard on addresses. A
client that is not installed is said to be left out. CPU time counts beside throughput: it is what
a busy worker has least of, and it holds still when the machine does not.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench.cases import odoo_bodies
from bench.processes import HOST, stub_odoo
from bench.stub_odoo import CALL_KW, RECORDS
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy

OURS = "ours"
_CONNECTIONS = (1, 32, 128)
_POOL = 200
_TIMEOUT = 20.0
_HEADERS = {"content-type": "application/json", "accept": "application/json"}

Post = Callable[[str, bytes], Awaitable[tuple[int, int]]]
"""Sends a body to a URL; the answer's status and length in bytes."""
Opened = Callable[[], AbstractAsyncContextManager[Post]]


@dataclass(frozen=True, slots=True)
class Run:
    """Of one client: requests a second, and microseconds of CPU a request."""

    throughput: float
    cpu_us: float


class WrongAnswer(Exception):
    """A client brought back something else than the stub's rows."""


@asynccontextmanager
async def _ours() -> AsyncIterator[Post]:
    guard = AddressGuard(AddressPolicy.of([HOST], allow_http=True, allow_private=False))
    async with HttpTransport(guard, max_connections_per_host=_POOL) as transport:

        async def post(url: str, body: bytes) -> tuple[int, int]:
            answer = await transport.request(
                "POST", url, headers=_HEADERS, body=body, timeout=_TIMEOUT
            )
            return answer.status, len(answer.body)

        yield post


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[Post]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=_POOL)
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def post(url: str, body: bytes) -> tuple[int, int]:
            async with session.post(url, data=body, headers=_HEADERS) as answer:
                return answer.status, len(await answer.read())

        yield post


@asynccontextmanager
async def _httpx() -> AsyncIterator[Post]:
    httpx = import_module("httpx")
    limits = httpx.Limits(max_connections=_POOL, max_keepalive_connections=_POOL)
    async with httpx.AsyncClient(limits=limits, timeout=_TIMEOUT, trust_env=False) as client:

        async def post(url: str, body: bytes) -> tuple[int, int]:
            answer = await client.post(url, content=body, headers=_HEADERS)
            return answer.status_code, len(answer.content)

        yield post


@asynccontextmanager
async def _pyreqwest() -> AsyncIterator[Post]:
    builder: Any = import_module("pyreqwest.client").ClientBuilder()
    builder = builder.http1_only().no_proxy().max_connections(_POOL)
    builder = builder.pool_max_idle_per_host(_POOL).timeout(timedelta(seconds=_TIMEOUT))
    async with builder.default_headers(_HEADERS).build() as client:

        async def post(url: str, body: bytes) -> tuple[int, int]:
            answer = await client.post(url).body_bytes(body).build().send()
            return answer.status, len(await answer.bytes())

        yield post


def clients(console: Console) -> dict[str, Opened]:
    """The clients that are installed, ours first."""
    found: dict[str, Opened] = {OURS: _ours, "aiohttp alone": _aiohttp}
    for module, opened in (("pyreqwest", _pyreqwest), ("httpx", _httpx)):
        if find_spec(module) is None:
            console.print(f"{module} is left out: it is not installed")
        else:
            found[module] = opened
    return found


async def measure(opened: Opened, url: str, *, connections: int, seconds: float) -> Run:
    """Keep `connections` calls under way. Raises WrongAnswer."""
    bodies = cycle(odoo_bodies(256))
    sent = 0
    async with opened() as post:
        status, length = await post(url, next(bodies))
        if status != 200 or length < RECORDS * 100:
            raise WrongAnswer(f"{status} with {length} bytes")
        deadline = time.perf_counter() + seconds

        async def caller() -> None:
            nonlocal sent
            while time.perf_counter() < deadline:
                answered = await post(url, next(bodies))
                if answered != (status, length):
                    raise WrongAnswer(f"{answered[0]} with {answered[1]} bytes")
                sent += 1

        began, cpu = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(caller())
        took, used = time.perf_counter() - began, time.process_time() - cpu
    return Run(sent / took, used / sent * 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.outbound_clients", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    console = Console()
    among = clients(console)
    runs: dict[tuple[int, str], list[Run]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stub_odoo(Path(folder), latency_ms=0) as stub,
    ):
        for connections in _CONNECTIONS:
            for turn in range(given.rounds):
                for name in among if turn % 2 == 0 else reversed(among):
                    run = uvloop.run(
                        measure(
                            among[name],
                            stub.url + CALL_KW,
                            connections=connections,
                            seconds=given.seconds,
                        )
                    )
                    runs.setdefault((connections, name), []).append(run)
    _show(console, runs)


def _show(console: Console, runs: Mapping[tuple[int, str], list[Run]]) -> None:
    table = Table(title="Clients, Odoo 0 ms", title_justify="left", box=None, pad_edge=False)
    for name in ("connections", "client", "req/s", "CPU µs a request", "to ours"):
        table.add_column(name)
    for (connections, name), measured in runs.items():
        ratio = median(
            one.throughput / other.throughput
            for one, other in zip(measured, runs[connections, OURS], strict=True)
        )
        table.add_row(
            str(connections),
            name,
            f"{median(run.throughput for run in measured):,.0f}",
            f"{median(run.cpu_us for run in measured):.0f}",
            f"{ratio:.2f} ×",
        )
    console.print(table)


if __name__ == "__main__":
    main()
