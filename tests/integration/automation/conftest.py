"""Clients with simulated n8n servers, read into the lake as synchronisation would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from bridgecore.connectors.contract import Checkpoint
from bridgecore.domains.automation import service
from bridgecore.domains.connections import service as connections
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.simulators.n8n import N8nSimulator
from tests.factories.tenants import SignedIn, TenantFactory


@dataclass
class Server:
    """One n8n of a client, and how far it has been read."""

    tenant_id: UUID
    connection_id: UUID
    simulator: N8nSimulator
    resources: Resources
    places: dict[str, Checkpoint] = field(default_factory=dict)

    async def read(self) -> None:
        """Read what is new into the lake, and let the facts follow."""
        database = self.resources.database
        async with database.tenant(self.tenant_id) as session:
            source = await connections.source(
                session, self.resources, self.tenant_id, self.connection_id
            )
        connector = source.open(self.resources)
        connection = ConnectionRef(self.tenant_id, self.connection_id)
        for entity in ("workflow", "execution"):
            since = self.places.get(entity) if entity == "execution" else None
            async for page in connector.read(entity, since):
                async with database.tenant(self.tenant_id) as session:
                    await lake.apply(
                        session, connection, entity, page.changes, observed_at=utcnow()
                    )
                self.places[entity] = page.checkpoint
        await service.follow(database, self.tenant_id)


@dataclass
class Client:
    """A client as staff made it, with an owner and a person who only looks."""

    id: UUID
    http: httpx.AsyncClient
    staff: SignedIn
    factory: TenantFactory
    servers: list[Server] = field(default_factory=list)

    @property
    def server(self) -> Server:
        return self.servers[0]

    async def get(self, path: str, by: SignedIn | None = None, **params: Any) -> Any:
        """A good answer's JSON, asked by staff unless somebody else is named."""
        answer = await self.http.get(
            f"/api/v1/{path}", params=params, headers=(by or self.staff).headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def metrics(self, **params: Any) -> Any:
        return await self.get(f"metrics/client/{self.id}", **params)


MakeClient = Callable[..., Awaitable[Client]]


@pytest.fixture
async def make_client(
    resources: Resources,
    client: httpx.AsyncClient,
    staff: SignedIn,
    tenant_factory: TenantFactory,
) -> AsyncIterator[MakeClient]:
    """Makes clients with so many n8n servers, over the API."""
    running: list[N8nSimulator] = []

    async def make(name: str = "Acme Corp", *, servers: int = 1, **fields: Any) -> Client:
        answer = await client.post(
            "/api/v1/clients/", json={"name": name, **fields}, headers=staff.headers
        )
        assert answer.status_code == 201, answer.text
        made = Client(UUID(answer.json()["id"]), client, staff, tenant_factory)
        for number in range(servers):
            simulator = N8nSimulator()
            await simulator.start()
            running.append(simulator)
            answer = await client.post(
                f"/api/v1/clients/{made.id}/n8n-config",
                json={
                    "n8n_api_url": f"{simulator.url}/api/v1",
                    "n8n_api_key": simulator.api_key,
                    **({"name": f"n8n {number}"} if number else {}),
                },
                headers=staff.headers,
            )
            assert answer.status_code == 200, answer.text
            connection = next(
                UUID(each["connection_id"])
                for each in answer.json()["servers"]
                if each["url"] == simulator.url
            )
            made.servers.append(Server(made.id, connection, simulator, resources))
        return made

    yield make
    for simulator in running:
        await simulator.stop()
