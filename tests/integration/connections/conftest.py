"""A simulated Odoo, and a tenant that is to be connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from bridgecore.domains.connections import jobs
from bridgecore.infra.outbox import Event, OutboxEvent
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator, UserSpec

PASSWORD = " planted-Passw0rd with spaces "
ROBOT = UserSpec("robot", PASSWORD, "Robot", "admin")
SALES = UserSpec("sales", "another-planted-Passw0rd", "Sales", "sales")


@pytest.fixture(scope="session")
async def odoo() -> AsyncIterator[OdooSimulator]:
    async with OdooSimulator(17, "acme", size="empty", users=[ROBOT, SALES]) as running:
        yield running


@pytest.fixture
def settings_of_odoo(odoo: OdooSimulator) -> dict[str, str]:
    """What `/integrations/odoo/configure` needs."""
    return {
        "url": odoo.url,
        "database": "acme",
        "username": ROBOT.login,
        "password": ROBOT.password,
    }


@pytest.fixture
def hand_over(resources: Resources) -> Callable[[UUID], Awaitable[None]]:
    """Hands this domain's consumer the events of a tenant that it asks for, as the outbox would.

    Not through the outbox's cursor: that waits for every older transaction of the server, those
    of other test runs too.
    """

    async def hand(tenant_id: UUID) -> None:
        (consumer,) = jobs.consumers(resources)
        async with resources.database.platform() as session:
            rows = await session.execute(
                select(
                    OutboxEvent.id,
                    OutboxEvent.type,
                    OutboxEvent.tenant_id,
                    OutboxEvent.payload,
                    OutboxEvent.occurred_at,
                )
                .where(OutboxEvent.tenant_id == tenant_id, OutboxEvent.type.in_(consumer.types))
                .order_by(OutboxEvent.sequence)
            )
            happened = [Event(*row) for row in rows]
            assert happened
            await consumer.handle(session, happened)

    return hand
