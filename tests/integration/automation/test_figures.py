"""Every figure equals what the raw executions give when they are counted one by one."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridgecore.domains.automation import service
from bridgecore.domains.automation.schemas.facts import PRODUCTION_MODES
from bridgecore.domains.automation.schemas.periods import midnight
from bridgecore.simulators.n8n import Installation
from tests.integration.automation.conftest import Client, MakeClient

MODES = ("webhook", "trigger", "manual", "integrated", "retry")
STATUSES = ("success", "success", "success", "success", "error", "crashed", "canceled")


def fill(server: Installation, *, count: int, days: int, seed: int, until: datetime) -> list[str]:
    """A past of some days: workflows' ids."""
    chance = random.Random(seed)
    workflows = [
        str(server.add_workflow(f"Flow {n}", settings={"timeSavedPerExecution": n})["id"])
        for n in range(4)
    ]
    moments = sorted(
        until - timedelta(seconds=chance.uniform(60, days * 86400)) for _ in range(count)
    )
    for moment in moments:
        server.run(
            chance.choice(workflows),
            chance.choice(STATUSES),
            mode=chance.choice(MODES),
            at=moment,
            seconds=round(chance.lognormvariate(0, 1), 3),
            error=chance.choice(("Timed out", "Not found")),
        )
    return workflows


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def counted(
    rows: Sequence[dict[str, Any]], start: datetime, end: datetime, runs: str
) -> dict[str, Any]:
    """The figures of a period, straight from n8n's own records."""
    picked = []
    for row in rows:
        began = moment(row["startedAt"])
        assert began is not None
        production = row["mode"] in PRODUCTION_MODES
        if start <= began < end and (runs == "all" or production == (runs == "production")):
            picked.append(row)
    ended = [row for row in picked if row["status"] in ("success", "error", "crashed")]
    durations = sorted(
        round((moment(row["stoppedAt"]) - moment(row["startedAt"])).total_seconds() * 1000)  # type: ignore[operator]
        for row in ended
        if row["stoppedAt"]
    )

    def rank(share: float) -> int | None:
        return durations[math.ceil(share * len(durations)) - 1] if durations else None

    success = sum(row["status"] == "success" for row in picked)
    return {
        "executions": len(picked),
        "success": success,
        "error": len(ended) - success,
        "crashed": sum(row["status"] == "crashed" for row in picked),
        "canceled": sum(row["status"] == "canceled" for row in picked),
        "success_rate": success / len(ended) if ended else None,
        "timed": len(durations),
        "average_ms": sum(durations) / len(durations) if durations else None,
        "p50_ms": rank(0.5),
        "p95_ms": rank(0.95),
        "max_ms": durations[-1] if durations else None,
    }


def same(told: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        assert told[name] == pytest.approx(value), name


def raw(client: Client, workflow: str | None = None) -> list[dict[str, Any]]:
    return [
        row
        for server in client.servers
        for row in server.simulator.installation.executions.values()
        if workflow is None or row["workflowId"] == workflow
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
async def test_any_period_equals_the_raw_rows(make_client: MakeClient, zone: str) -> None:
    client = await make_client(time_zone=zone)
    now = datetime.now(UTC)
    workflows = fill(client.server.simulator.installation, count=600, days=40, seed=5, until=now)
    await client.server.read()
    chance = random.Random(zone)
    for runs in ("production", "manual", "all"):
        for _ in range(4):
            start = now - timedelta(days=chance.uniform(0.1, 40))
            end = start + timedelta(days=chance.choice((0.01, 0.6, 3, 9.37, 60)))
            told = await client.metrics(
                **{"from": start.isoformat(), "to": end.isoformat()}, runs=runs, interval="day"
            )
            upto = min(end, moment(told["period"]["to"]) or end)
            same(told["figures"], counted(raw(client), start, upto, runs))
            each = await client.get(
                f"metrics/client/{client.id}/workflows",
                **{"from": start.isoformat(), "to": end.isoformat()},
                runs=runs,
            )
            for row in each["workflows"]:
                expected = counted(raw(client, row["workflow_id"]), start, upto, runs)
                same(row["figures"], expected)
                minutes = workflows.index(row["workflow_id"])
                assert row["figures"]["minutes_saved"] == expected["success"] * minutes


@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
async def test_series_on_the_tenants_clock(
    make_client: MakeClient, zone: str, interval: str
) -> None:
    client = await make_client(time_zone=zone)
    clock = ZoneInfo(zone)
    # over the end of summer time in New York
    end = midnight(datetime(2026, 11, 9, tzinfo=UTC).date(), clock)
    fill(client.server.simulator.installation, count=400, days=30, seed=8, until=end)
    await client.server.read()
    start = end - timedelta(days=25, hours=5, minutes=20)
    told = await client.metrics(
        **{"from": start.isoformat(), "to": end.isoformat()}, runs="all", interval=interval
    )
    edges = [moment(each["start"]) for each in told["series"]]
    assert edges == sorted(edges)
    for index, bucket in enumerate(told["series"]):
        began = edges[index]
        assert began is not None
        local = began.astimezone(clock)
        assert local.minute == 0
        if interval != "hour":
            assert local.hour == 0
        if interval == "week":
            assert local.weekday() == 0
        if interval == "month":
            assert local.day == 1
        following = edges[index + 1] if index + 1 < len(edges) else end
        assert following is not None
        expected = counted(raw(client), max(began, start), following, "all")
        same(bucket, {k: expected[k] for k in ("executions", "success", "error", "average_ms")})
    total = sum(bucket["executions"] for bucket in told["series"])
    assert total == told["figures"]["executions"]
    assert sum(each["executions"] for each in told["by_hour"]) == total
    hours = [0] * 24
    for row in raw(client):
        at = moment(row["startedAt"])
        assert at is not None
        if start <= at < end:
            hours[at.astimezone(clock).hour] += 1
    assert [each["executions"] for each in told["by_hour"]] == hours


async def test_the_overview_equals_each_client(make_client: MakeClient) -> None:
    now = datetime.now(UTC)
    clients = []
    for number, zone in enumerate(("UTC", "Asia/Almaty", "America/New_York")):
        client = await make_client(f"Overview {number}", time_zone=zone)
        server = client.server.simulator.installation
        fill(server, count=150, days=20, seed=number, until=now)
        await client.server.read()
        clients.append(client)
    for params in ({"days": 7}, {"days": 30}, {"from": (now - timedelta(days=5.3)).isoformat()}):
        told = await clients[0].get("metrics/all", **params)
        for client in clients:
            (row,) = (each for each in told["clients"] if each["client"]["id"] == str(client.id))
            alone = await client.metrics(**params)
            for name, value in alone["figures"].items():
                if name != "p50_ms":
                    assert row["figures"][name] == pytest.approx(value), name
            assert row["change"] is None or row["change"]["success_rate"] == pytest.approx(
                alone["change"]["success_rate"]
            )
            assert sum(row["executions_by_day"]) == row["figures"]["executions"]
            assert sum(row["errors_by_day"]) == row["figures"]["error"]


async def test_the_change_is_absent_where_nothing_is_known(make_client: MakeClient) -> None:
    client = await make_client()
    now = datetime.now(UTC)
    fill(client.server.simulator.installation, count=200, days=20, seed=3, until=now)
    await client.server.read()
    long = await client.metrics(days=15)
    assert long["before"] is None
    assert long["change"] is None
    start = now - timedelta(days=6)
    told = await client.metrics(**{"from": start.isoformat(), "to": now.isoformat()})
    before = counted(raw(client), start - timedelta(days=6), start, "production")
    same(told["before"], before)
    assert told["change"]["success_rate"] == pytest.approx(
        told["figures"]["success_rate"] - before["success_rate"]
    )
    assert told["change"]["executions"] == pytest.approx(
        told["figures"]["executions"] / before["executions"] - 1
    )


async def test_figures_follow_what_happens_later(make_client: MakeClient) -> None:
    client = await make_client()
    server = client.server.simulator.installation
    fill(server, count=50, days=3, seed=2, until=server.clock())
    workflow = next(iter(server.workflows))
    running = server.start(workflow)
    waiting = server.start(workflow)
    server.wait(waiting, server.clock() + timedelta(hours=1))
    failed = server.run(workflow, "error", at=server.clock() - timedelta(minutes=1))
    await client.server.read()
    figures = (await client.metrics(days=5))["figures"]
    assert (figures["running"], figures["waiting"], figures["recovered"]) == (1, 1, 0)
    server.finish(running)
    # n8n starts the clock of an execution again when it goes on
    row = server.executions[waiting]
    row["startedAt"] = (server.clock() - timedelta(minutes=2)).isoformat()
    server.finish(waiting)
    server.run(workflow, mode="retry", retry_of=failed)
    await client.server.read()
    server.prune(keep=5)
    await client.server.read()
    figures = (await client.metrics(days=5))["figures"]
    assert (figures["running"], figures["waiting"], figures["recovered"]) == (0, 0, 1)
    assert figures["waited"] == 1
    series = (await client.metrics(days=5, runs="all"))["figures"]
    assert series["executions"] == 50 + 4


async def test_another_time_zone_moves_the_days(make_client: MakeClient) -> None:
    client = await make_client(time_zone="UTC")
    server = client.server.simulator.installation
    fill(server, count=120, days=6, seed=4, until=server.clock())
    await client.server.read()
    answer = await client.http.put(
        f"/api/v1/clients/{client.id}",
        json={"time_zone": "Asia/Kolkata"},
        headers=client.staff.headers,
    )
    assert answer.status_code == 200, answer.text
    await service.keep_time_zone(client.server.resources.database, client.id)
    told = await client.metrics(days=4, runs="all", interval="day")
    assert told["period"]["time_zone"] == "Asia/Kolkata"
    start, end = moment(told["period"]["from"]), moment(told["period"]["to"])
    assert start is not None
    assert end is not None
    same(told["figures"], counted(raw(client), start, end, "all"))
    assert start.astimezone(ZoneInfo("Asia/Kolkata")).hour == 0
