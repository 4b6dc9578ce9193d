"""The simulator as its own process: data that outlives a kill, several databases at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp


async def start(*arguments: str) -> tuple[asyncio.subprocess.Process, list[dict[str, str]]]:
    command = (sys.executable, "-m", "bridgecore.simulators.odoo", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    servers = []
    for _ in range(max(1, sum(argument == "--server" for argument in arguments))):
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url, *facts = line.split()
        servers.append({"url": url, **dict(fact.split("=", 1) for fact in facts)})
    return process, servers


async def call(http: aiohttp.ClientSession, url: str, database: str, *call: Any) -> Any:
    args = [database, 2, "admin", *call]
    params = {"service": "object", "method": "execute_kw", "args": args}
    response = await http.post(f"{url}/jsonrpc", json={"params": params})
    return (await response.json())["result"]


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    options = ("--size", "6", "--data", str(tmp_path), "--version", "19", "--db", "acme")
    process, [server] = await start(*options)
    async with aiohttp.ClientSession() as http:
        key = await call(http, server["url"], "acme", "res.partner", "create", [{"name": "Kept"}])
        count = await call(http, server["url"], "acme", "res.partner", "search_count", [[]])
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        process, [server] = await start(*options)
        rows = await call(http, server["url"], "acme", "res.partner", "read", [[key], ["name"]])
        assert rows == [{"id": key, "name": "Kept"}]
        assert await call(http, server["url"], "acme", "res.partner", "search_count", [[]]) == count
        after = await call(http, server["url"], "acme", "res.partner", "create", [{"name": "Next"}])
        assert after == key + 1
    process.terminate()
    assert await process.wait() == 0


async def test_two_companies_of_two_versions_in_one_process() -> None:
    process, servers = await start("--size", "30", "--server", "acme:17", "--server", "globex:19")
    async with aiohttp.ClientSession() as http:
        names = []
        for server in servers:
            database = server["db"]
            fields = {"fields": ["name"], "order": "id", "limit": 40}
            rows = await call(
                http, server["url"], database, "res.partner", "search_read", [[]], fields
            )
            names.append({row["name"] for row in rows})
            info = await http.post(
                f"{server['url']}/web/webclient/version_info", json={"params": {}}
            )
            assert (await info.json())["result"]["server_version"] == f"{server['odoo']}.0"
        assert len(names[0] & names[1]) < len(names[0]) / 2
    process.terminate()
    await process.wait()
