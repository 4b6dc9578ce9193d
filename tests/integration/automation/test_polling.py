"""What an n8n is asked by synchronisation: little when little happened, and at once what is new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from bridgecore.domains.automation import service
from bridgecore.domains.sync import service as sync
from bridgecore.domains.sync.service import Engine
from bridgecore.domains.sync.service.run import SELDOM_WAIT
from bridgecore.infra.resources import Resources
from tests.integration.automation.conftest import Client, MakeClient


class Polled:
    """A client whose n8n an engine reads by its schedule."""

    def __init__(self, client: Client, engine: Engine) -> None:
        self.client = client
        self.engine = engine
        self.n8n = client.server.simulator.installation

    async def due(self) -> list[str]:
        """Let the schedule's time come; the paths n8n was asked for."""
        await self._tell("UPDATE sync_plans SET due_at = clock_timestamp()")
        return await self.work()

    async def work(self) -> list[str]:
        """Do what waits, schedules aside; the paths n8n was asked for."""
        simulator = self.client.server.simulator
        simulator.requests.clear()
        await self.engine.drain()
        # only its own time comes here, whatever the clock says meanwhile
        await self._tell("UPDATE sync_plans SET due_at = NULL")
        await service.follow(self.client.server.resources.database, self.client.id)
        return [path.partition("?")[0] for path in simulator.requests]

    async def age(self) -> None:
        """Let as much time pass as lists are left alone for."""
        await self._tell(
            "UPDATE sync_entities SET caught_up_at = caught_up_at - :wait", wait=SELDOM_WAIT
        )

    async def names(self) -> set[str | None]:
        told = await self.client.get(f"metrics/client/{self.client.id}/workflows", runs="all")
        return {each["name"] for each in told["workflows"]}

    async def _tell(self, statement: str, **bound: Any) -> None:
        database = self.client.server.resources.database
        async with database.tenant(self.client.id) as session:
            await session.execute(text(statement), bound)


@pytest.fixture
async def polled(make_client: MakeClient, resources: Resources) -> AsyncIterator[Polled]:
    client = await make_client()
    async with resources.database.tenant(client.id) as session:
        await sync.ensure_plan(session, client.id, client.server.connection_id, "n8n")
    engine = Engine(resources)
    made = Polled(client, engine)
    made.n8n.run(str(made.n8n.add_workflow("Orders")["id"]))
    await made.due()
    try:
        yield made
    finally:
        async with resources.database.platform() as session:
            await session.execute(
                text(
                    "UPDATE sync_plans SET is_enabled = false, due_at = NULL WHERE tenant_id = :t"
                ),
                {"t": client.id},
            )
        await engine.close()


async def test_a_poll_with_nothing_new_is_one_request(polled: Polled) -> None:
    assert await polled.names() == {"Orders"}
    for _ in range(3):
        assert await polled.due() == ["/api/v1/executions"]


async def test_lists_are_read_again_after_a_while_and_when_asked_for(polled: Polled) -> None:
    flow = next(iter(polled.n8n.workflows))
    polled.n8n.change_workflow(flow, name="Orders of today")
    assert await polled.due() == ["/api/v1/executions"]
    assert await polled.names() == {"Orders"}
    await polled.age()
    assert "/api/v1/workflows" in await polled.due()
    assert await polled.names() == {"Orders of today"}

    polled.n8n.change_workflow(flow, name="Orders of tomorrow")
    owner = await polled.client.factory.member(polled.client.id)
    answer = await polled.client.http.post(
        "/api/v1/integrations/n8n/sync/trigger", json={}, headers=owner.headers
    )
    assert answer.is_success, answer.text
    assert "/api/v1/workflows" in await polled.work()
    assert await polled.names() == {"Orders of tomorrow"}


async def test_a_workflow_nobody_has_seen_is_asked_for_at_once(polled: Polled) -> None:
    fresh = str(polled.n8n.add_workflow("Invoices")["id"])
    polled.n8n.run(fresh)
    await polled.due()
    assert await polled.work() == ["/api/v1/workflows"]
    assert await polled.names() == {"Orders", "Invoices"}
    polled.n8n.run(fresh)
    await polled.due()
    assert await polled.work() == []


async def test_what_rests_makes_the_copy_no_older(polled: Polled) -> None:
    async def caught_up() -> Any:
        async with polled.client.server.resources.database.tenant(polled.client.id) as session:
            return await session.scalar(text("SELECT caught_up_at FROM sync_plans"))

    before = await caught_up()
    await polled.due()
    assert await caught_up() > before
