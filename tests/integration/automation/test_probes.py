"""What is told of workflows: of a simulated n8n, read over its API, through alerts to people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from bridgecore.domains.alerts import service as alerts
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.simulators.n8n import Installation
from tests.factories.tenants import SignedIn, TenantFactory
from tests.integration.automation.conftest import Client, MakeClient

KINDS = ("workflow_failing", "workflow_success", "workflow_overdue")
NIGHTLY = {
    "id": "start",
    "name": "Schedule",
    "type": "n8n-nodes-base.scheduleTrigger",
    "typeVersion": 1.2,
    "position": [0, 0],
    "parameters": {"rule": {"interval": [{"field": "hours", "hoursInterval": 1}]}},
}


async def firing(client: Client, owner: SignedIn) -> dict[str, dict[str, Any]]:
    """What fires at a client, by kind."""
    answer = await client.http.get(
        "/api/v1/alerts", params={"status": "firing"}, headers=owner.headers
    )
    return {each["kind"]: each for each in answer.json()["items"]}


async def look(client: Client, owner: SignedIn, resources: Resources) -> dict[str, dict[str, Any]]:
    await client.server.read()
    await alerts.evaluate_tenant(resources, client.id, KINDS)
    return await firing(client, owner)


async def set_rule(
    http: httpx.AsyncClient, owner: SignedIn, kind: str, parameters: dict[str, Any]
) -> None:
    rules = (await http.get("/api/v1/alerts/rules", headers=owner.headers)).json()
    rule = next(each for each in rules if each["kind"] == kind)
    answer = await http.put(
        f"/api/v1/alerts/rules/{rule['id']}",
        json={"parameters": parameters},
        headers=owner.headers,
    )
    assert answer.status_code == 200, answer.text


def runs(server: Installation, workflow: str, *outcomes: str, mode: str = "webhook") -> None:
    for number, outcome in enumerate(outcomes):
        at = utcnow() - timedelta(seconds=60 - number)
        server.run(workflow, outcome, mode=mode, at=at, seconds=0.1)


async def test_a_workflow_that_keeps_failing_and_works_again(
    make_client: MakeClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    client = await make_client()
    owner = await tenant_factory.member(client.id)
    server = client.server.simulator.installation
    workflow = str(server.add_workflow("Invoices")["id"])
    runs(server, workflow, "success", "error", "error")
    # tests in the editor count for nothing
    runs(server, workflow, "error", mode="manual")
    assert await look(client, owner, resources) == {}
    runs(server, workflow, "error")
    found = await look(client, owner, resources)
    assert set(found) == {"workflow_failing"}
    assert found["workflow_failing"]["title"] == "Invoices keeps failing"
    assert found["workflow_failing"]["facts"]["streak"] == 3
    assert found["workflow_failing"]["facts"]["execution_id"]
    runs(server, workflow, "success")
    assert await look(client, owner, resources) == {}


async def test_a_share_that_is_too_low_once_there_are_enough_runs(
    make_client: MakeClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    client = await make_client()
    owner = await tenant_factory.member(client.id)
    server = client.server.simulator.installation
    workflow = str(server.add_workflow("Orders")["id"])
    runs(server, workflow, *["success", "error"] * 4)
    assert "workflow_success" not in await look(client, owner, resources)
    runs(server, workflow, "error", "success")
    found = await look(client, owner, resources)
    assert found["workflow_success"]["facts"]["success_share"] == 0.5
    await set_rule(client.http, owner, "workflow_success", {"share": 0.4})
    assert "workflow_success" not in await look(client, owner, resources)


async def test_a_schedule_that_is_not_kept(
    make_client: MakeClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    client = await make_client()
    owner = await tenant_factory.member(client.id)
    server = client.server.simulator.installation
    now = utcnow()
    told = str(server.add_workflow("By its schedule", nodes=[NIGHTLY])["id"])
    server.run(told, mode="trigger", at=now - timedelta(minutes=110))
    learnt = str(server.add_workflow("By its history")["id"])
    for hour in range(3, 15):
        server.run(learnt, mode="trigger", at=now - timedelta(hours=hour))
    uneven = str(server.add_workflow("By nothing")["id"])
    for minutes in (300, 305, 310, 800, 900, 2_000, 2_001, 2_002, 2_003, 2_900):
        server.run(uneven, mode="trigger", at=now - timedelta(minutes=minutes))
    found = await look(client, owner, resources)
    assert found["workflow_overdue"]["name"] == "By its history"
    assert found["workflow_overdue"]["facts"]["every_minutes"] == 60
    # a person says how often it runs at least
    wanted = {"minutes_by_workflow": {learnt: 1_000, told: 30}}
    await set_rule(client.http, owner, "workflow_overdue", wanted)
    found = await look(client, owner, resources)
    assert found["workflow_overdue"]["name"] == "By its schedule"
    server.run(told, mode="trigger")
    assert await look(client, owner, resources) == {}
