"""A simulated Odoo, and a tenant that is to be connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
