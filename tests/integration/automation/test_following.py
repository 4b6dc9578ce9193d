"""Facts follow the lake through the outbox, and go when their tenant goes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import select, text

from bridgecore.domains.automation import jobs
from bridgecore.domains.automation.events import WORKFLOW_STATE_CHANGED
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.infra.outbox import Event, OutboxEvent
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.integration.automation.conftest import MakeClient


async def hand_over(resources: Resources, name: str, happened: list[Event]) -> None:
    """What the outbox does, without waiting for older transactions of the server."""
    (consumer,) = (each for each in jobs.consumers(resources) if each.name == name)
    async with resources.database.platform() as session:
        await consumer.handle(session, happened)


async def told(resources: Resources, tenant_id: Any, kind: str) -> list[Event]:
    async with resources.database.platform() as session:
        rows = await session.execute(
            select(
                OutboxEvent.id,
                OutboxEvent.type,
                OutboxEvent.tenant_id,
                OutboxEvent.payload,
                OutboxEvent.occurred_at,
            )
            .where(OutboxEvent.tenant_id == tenant_id, OutboxEvent.type == kind)
            .order_by(OutboxEvent.sequence)
        )
        return [Event(*row) for row in rows]


async def test_coming_twice_changes_nothing(make_client: MakeClient, resources: Resources) -> None:
    client = await make_client()
    n8n = client.server.simulator.installation
    flow = str(n8n.add_workflow("Orders")["id"])
    for number in range(12):
        n8n.run(flow, "error" if number % 3 else "success")
    await client.server.read()
    before = await client.metrics(runs="all")
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE automation_feeds SET version = 0 WHERE tenant_id = :id"),
            {"id": client.id},
        )
    await hand_over(
        resources, "automation.follow", await told(resources, client.id, "lake.changed")
    )
    after = await client.metrics(runs="all")
    assert after["figures"] == before["figures"]
    assert after["figures"]["executions"] == 12


async def test_states_of_workflows_are_announced_once(
    make_client: MakeClient, resources: Resources
) -> None:
    client = await make_client()
    n8n = client.server.simulator.installation
    flow = str(n8n.add_workflow("Orders")["id"])
    for status in ("success", "error", "error"):
        n8n.run(flow, status)
        await client.server.read()
        await client.server.read()
    found = await told(resources, client.id, WORKFLOW_STATE_CHANGED)
    assert [(each.payload["outcome"], each.payload["streak"]) for each in found] == [
        ("success", 1),
        ("failure", 1),
        ("failure", 2),
    ]
    assert found[-1].payload["execution_id"] == "3"


async def test_a_purged_tenant_leaves_nothing(
    make_client: MakeClient, resources: Resources
) -> None:
    client, other = await make_client(), await make_client()
    for each in (client, other):
        n8n = each.server.simulator.installation
        n8n.run(str(n8n.add_workflow("Orders")["id"]))
        await each.server.read()
    purged = Event(uuid4(), TENANT_PURGED, client.id, {}, utcnow())
    await hand_over(resources, "automation.forget", [purged])
    for table in ("executions", "hours", "days", "workflows", "feeds"):
        async with resources.database.platform() as session:
            for each, count in ((client, 0), (other, 1)):
                left = await session.scalar(
                    text(f"SELECT count(*) FROM automation_{table} WHERE tenant_id = :id"),
                    {"id": each.id},
                )
                assert left == count, table
