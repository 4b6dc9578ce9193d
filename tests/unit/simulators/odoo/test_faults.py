"""Bad days: every fault as a client feels it, and the journal that counts what was done."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from .conftest import OdooError, Rpc

CALL = {"model": "res.partner", "method": "create"}


async def test_a_dropped_answer_leaves_the_write_applied(rpc: Rpc) -> None:
    rpc.simulator.fault("drop_answer", times=1, **CALL)
    with pytest.raises(aiohttp.ClientError):
        await rpc.call("res.partner", "create", {"name": "Unknown outcome"})
    found = await rpc.call("res.partner", "search", [["name", "=", "Unknown outcome"]])
    assert len(found) == 1
    [change] = rpc.simulator.journal.changes("res.partner", "create")
    assert (change.id, change.values["name"]) == (found[0], "Unknown outcome")
    assert rpc.simulator.journal.count("res.partner", "create") == 1


async def test_a_closed_connection_leaves_nothing(rpc: Rpc) -> None:
    rpc.simulator.fault("close", times=1, **CALL)
    with pytest.raises(aiohttp.ClientError):
        await rpc.call("res.partner", "create", {"name": "Never"})
    assert await rpc.call("res.partner", "search", [["name", "=", "Never"]]) == []
    assert rpc.simulator.journal.changes("res.partner") == []


async def test_proxy_pages(rpc: Rpc) -> None:
    for kind, status in (("down", 502), ("rate_limit", 429)):
        fault = rpc.simulator.fault(kind, seconds=7)
        response = await rpc.post(
            "/jsonrpc", {"params": {"service": "common", "method": "version", "args": []}}
        )
        assert (response.status, response.content_type) == (status, "text/html")
        assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
        health = await rpc.http.get(rpc.simulator.url + "/web/health")
        assert health.status == status
        assert rpc.simulator.faults.remove(fault.id)


async def test_delays_and_serialization_failures(rpc: Rpc) -> None:
    rpc.simulator.fault("latency", seconds=0.15, times=1)
    started = time.monotonic()
    await rpc.call("res.partner", "search_count", [])
    assert time.monotonic() - started >= 0.15
    rpc.simulator.fault("serialization", seconds=0.1, times=1, **CALL)
    with pytest.raises(OdooError) as caught:
        await rpc.call("res.partner", "create", {"name": "x"})
    assert caught.value.name == "psycopg2.errors.SerializationFailure"
    rpc.simulator.fault("hang", times=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(rpc.call("res.partner", "search_count", []), 0.2)


async def test_a_share_of_calls_fails(rpc: Rpc) -> None:
    rpc.simulator.fault("error", percent=40, message="No luck")
    failed = 0
    for _ in range(100):
        try:
            await rpc.call("res.partner", "search_count", [])
        except OdooError as error:
            failed += str(error) == "No luck"
    assert 25 <= failed <= 55


async def test_refused_connections_come_back(rpc: Rpc) -> None:
    headers = {"X-Simulator-Token": rpc.simulator.control_token}
    response = await rpc.post("/_simulator/refuse", {"seconds": 0.4}, headers=headers)
    assert response.status == 202
    await asyncio.sleep(0.2)
    with pytest.raises(aiohttp.ClientConnectorError):
        await rpc.http.get(rpc.simulator.url + "/web/health")
    await asyncio.sleep(0.5)
    assert (await rpc.http.get(rpc.simulator.url + "/web/health")).status == 200


async def test_the_control_address_needs_its_token(rpc: Rpc) -> None:
    url = rpc.simulator.url + "/_simulator/faults"
    assert (await rpc.http.get(url)).status == 403
    headers = {"X-Simulator-Token": rpc.simulator.control_token}
    bad: Any = {"kind": "latency", "colour": "red"}
    assert (await rpc.post("/_simulator/faults", bad, headers=headers)).status == 400
    made = await rpc.post("/_simulator/faults", {"kind": "down", "path": "/x"}, headers=headers)
    assert made.status == 201
    listed = await (await rpc.http.get(url, headers=headers)).json()
    assert [(fault["kind"], fault["path"]) for fault in listed] == [("down", "/x")]
    await rpc.call("res.partner", "search_count", [])
    calls = await (
        await rpc.http.get(rpc.simulator.url + "/_simulator/calls", headers=headers)
    ).json()
    assert {
        "database": "acme",
        "model": "res.partner",
        "method": "search_count",
        "count": 1,
    } in calls["calls"]


async def test_raw_changes_move_no_time_of_change(rpc: Rpc) -> None:
    changed, gone, broken = await rpc.call(
        "res.partner", "create", [{"name": name} for name in ("Changed", "Gone", "Broken")]
    )
    before = await rpc.call("res.partner", "read", [changed], ["write_date"])
    headers = {"X-Simulator-Token": rpc.simulator.control_token}

    async def rows(ids: list[int], **what: Any) -> int:
        body = {"database": rpc.database, "model": "res.partner", "ids": ids, **what}
        return (await rpc.post("/_simulator/rows", body, headers=headers)).status

    assert await rows([changed, 10**6], values={"name": "No"}) == 400
    assert await rows([changed], values={"name": "Raw"}) == 204
    assert await rows([gone], values=None) == 204
    assert await rows([broken], broken="category_id") == 204
    after = await rpc.call("res.partner", "read", [changed], ["name", "write_date"])
    assert after == [{**before[0], "name": "Raw"}]
    assert await rpc.call("res.partner", "search_count", [["id", "=", gone]]) == 0
    assert await rpc.call("res.partner", "read", [broken], ["name"])
    with pytest.raises(OdooError, match="can't be computed"):
        await rpc.call("res.partner", "read", [broken], ["category_id"])


async def test_a_refused_call_changes_nothing(rpc: Rpc) -> None:
    bad = [{"name": "Good"}, {"name": "Bad", "type": "nosuch"}]
    with pytest.raises(OdooError):
        await rpc.call("res.partner", "create", bad)
    assert await rpc.call("res.partner", "search", [["name", "=", "Good"]]) == []
    assert rpc.simulator.journal.changes() == []
