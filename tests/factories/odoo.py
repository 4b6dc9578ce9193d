"""Tenants that are connected to a simulated Odoo, and how an app calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from bridgecore.simulators.odoo import OdooSimulator, UserSpec
from tests.factories.tenants import SignedIn, TenantFactory

DATABASE = "acme"
ROBOT = UserSpec("robot", "robot-Passw0rd", "Robot", "admin", api_key="a" * 40)
SELLER = UserSpec("seller", "seller-Passw0rd", "Seller", "sales")
CLERK = UserSpec("clerk", "clerk-Passw0rd", "Clerk", "accounting")
USERS = (ROBOT, SELLER, CLERK)
ODOO = "/api/v1/odoo/"


def credentials(
    simulator: OdooSimulator, user: UserSpec = ROBOT, *, database: str = DATABASE, **changes: str
) -> dict[str, str]:
    """The configuration of a connection to a simulator."""
    return {
        "url": simulator.url,
        "database": database,
        "username": user.login,
        "password": user.password,
        **changes,
    }


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant with its owner, who calls its Odoo unless somebody else is named."""

    id: UUID
    owner: SignedIn
    client: httpx.AsyncClient
    factory: TenantFactory
    simulator: OdooSimulator

    async def post(
        self,
        operation: str,
        body: Any,
        *,
        by: SignedIn | None = None,
        headers: Mapping[str, str] | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        """One call as an app makes it; `operation` is a name or a whole path."""
        path = operation if operation.startswith("/") else ODOO + operation
        return await (client or self.client).post(
            path, json=body, headers={**(by or self.owner).headers, **(headers or {})}
        )

    async def ask(self, operation: str, body: Any, **options: Any) -> Any:
        """The `result` of a call that has to succeed."""
        answer = await self.post(operation, body, **options)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["success"] is True
        return told["result"]

    async def call_kw(
        self, model: str, method: str, args: Any = (), /, **kwargs: Any
    ) -> httpx.Response:
        """What existing apps send for almost everything."""
        body = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return await self.post("call_kw", body)

    async def connect(self, settings: Mapping[str, str], name: str) -> str:
        """One more Odoo connection: its id."""
        body = {"connector": "odoo", "name": name, "config": dict(settings)}
        answer = await self.client.post(
            "/api/v1/integrations", json=body, headers=self.owner.headers
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def member(self, role: str = "user", *, as_user: UserSpec | None = None) -> SignedIn:
        """One more person; `as_user` is whom they are in Odoo, instead of the connection's."""
        member = await self.factory.member(self.id, role=role)
        if as_user is not None:
            answer = await self.client.put(
                "/api/v1/integrations/odoo/my-credentials",
                json={"username": as_user.login, "password": as_user.password},
                headers=member.headers,
            )
            assert answer.status_code == 200, answer.text
        return member


async def connected(
    client: httpx.AsyncClient,
    factory: TenantFactory,
    simulator: OdooSimulator,
    tenant_id: UUID,
    settings: Mapping[str, str] | None = None,
) -> Company:
    """That tenant with an owner and a connection; `settings` instead of the robot's password."""
    owner = await factory.member(tenant_id)
    company = Company(tenant_id, owner, client, factory, simulator)
    answer = await client.post(
        "/api/v1/integrations/odoo/configure",
        json=dict(settings or credentials(simulator)),
        headers=owner.headers,
    )
    assert answer.status_code == 200, answer.text
    return company


async def found_company(
    client: httpx.AsyncClient,
    factory: TenantFactory,
    simulator: OdooSimulator,
    settings: Mapping[str, str] | None = None,
    **fields: object,
) -> Company:
    """A tenant of its own, connected."""
    tenant = await factory.tenant(**fields)  # type: ignore[arg-type]
    return await connected(client, factory, simulator, tenant.id, settings)
