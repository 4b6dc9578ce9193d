"""A company with a connection to receive for, and a sender that signs."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import OdooSettings
from bridgecore.infra.resources import Resources
from tests.factories.tenants import SignedIn, TenantFactory

SIGNED = "/api/webhooks/odoo"
PUSH = "/api/v1/webhooks/push"


def event(record_id: int = 7, **given: Any) -> dict[str, Any]:
    """An event as the addon writes it."""
    return {
        "id": str(uuid4()),
        "model": "res.partner",
        "record_id": record_id,
        "operation": "write",
        "changed_fields": ["name"],
        "occurred_at": "2026-01-01T00:00:00.123456Z",
        **given,
    }


def batch(events: Sequence[dict[str, Any]]) -> bytes:
    return orjson.dumps(
        {
            "source": "odoo",
            "database": "acme",
            "sent_at": "2026-01-01T00:00:01Z",
            "events": list(events),
        }
    )


def signature(secret: str, body: bytes, timestamp: str) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()
    return f"v1={digest}"


def signed_headers(connection: str, secret: str, body: bytes, *, age: float = 0) -> dict[str, str]:
    timestamp = str(int(time.time() - age))
    return {
        "Content-Type": "application/json",
        **({"X-BridgeCore-Connection": connection} if connection else {}),
        "X-BridgeCore-Timestamp": timestamp,
        "X-BridgeCore-Signature": signature(secret, body, timestamp),
    }


@dataclass(slots=True)
class Receiving:
    """A company, the connection events come for, and a secret of it."""

    client: httpx.AsyncClient
    resources: Resources
    tenant_id: UUID
    owner: SignedIn
    people: TenantFactory
    connection_id: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        return self.owner.headers

    async def send(
        self, events: Sequence[dict[str, Any]] | bytes, *, secret: str = "", age: float = 0
    ) -> httpx.Response:
        """A signed request."""
        body = events if isinstance(events, bytes) else batch(events)
        headers = signed_headers(self.connection_id, secret or self.secret, body, age=age)
        return await self.client.post(SIGNED, content=body, headers=headers)

    async def made(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/api/v1/webhooks/{path}", json=body, headers=self.headers)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(
            f"/api/v1/webhooks/{path}", params=query, headers=self.headers
        )
        assert answer.is_success, answer.text
        return answer.json()

    async def stored(self) -> list[Any]:
        """Every event of the company as it lies in the table, in order of arrival."""
        async with self.resources.database.tenant(self.tenant_id) as session:
            return list(
                (await session.execute(text("SELECT * FROM webhook_events ORDER BY id"))).all()
            )


async def receiving_company(
    client: httpx.AsyncClient, resources: Resources, people: TenantFactory, **fields: Any
) -> Receiving:
    tenant = await people.tenant(**fields)
    async with resources.database.platform() as session:
        connection = await connections.configure_odoo(
            session,
            resources,
            None,
            tenant.id,
            OdooSettings(
                url="http://127.0.0.1:9", database="acme", username="admin", password="admin"
            ),
        )
    owner = await people.member(tenant.id)
    made = await client.post(
        "/api/v1/webhooks/secrets",
        json={"connection_id": str(connection.id)},
        headers=owner.headers,
    )
    assert made.status_code == 201, made.text
    return Receiving(
        client, resources, tenant.id, owner, people, str(connection.id), made.json()["secret"]
    )


@pytest.fixture
async def receiving(
    client: httpx.AsyncClient, resources: Resources, tenant_factory: TenantFactory
) -> Receiving:
    return await receiving_company(client, resources, tenant_factory)
