"""Tenants, people and sign-ins for tests, made through the services and the public API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

import httpx
import orjson
from sqlalchemy import text

from bridgecore.connectors.contract import Change
from bridgecore.domains.alerts import service as alerts
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionStatus
from bridgecore.domains.identity import service as identity
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields, TenantOut
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a valid access token."""

    email: str
    access_token: str
    refresh_token: str
    tenant_id: UUID | None
    user_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


async def sign_in_staff(resources: Resources, client: httpx.AsyncClient, *, role: str) -> SignedIn:
    """A new member of staff, signed in at `/admin/auth/login`."""
    email = f"staff-{secrets.token_hex(4)}@platform.example"
    async with resources.database.platform() as session:
        await identity.seed_staff(
            session, email=email, password=PASSWORD, role=role, must_change=False
        )
    answer = await client.post("/admin/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return _signed_in(answer.json(), email, None)


class TenantFactory:
    """Makes tenants, their people and their copied records."""

    def __init__(self, resources: Resources, client: httpx.AsyncClient) -> None:
        self._resources = resources
        self._client = client

    async def tenant(self, *, plan: str = "enterprise", **fields: object) -> TenantOut:
        """A new active tenant with a name of its own."""
        name = f"t-{secrets.token_hex(5)}"
        async with self._resources.database.platform() as session:
            plans = await tenancy.list_plans(session)
            plan_id = next(found.id for found in plans if found.code == plan)
            return await tenancy.create_tenant(
                session,
                self._resources,
                None,
                name=name,
                slug=name,
                fields=TenantFields.model_validate({"plan_id": plan_id, **fields}),
            )

    async def member(
        self, tenant_id: UUID, *, role: str = "owner", email: str | None = None
    ) -> SignedIn:
        """A new person of that tenant, signed in as an app would."""
        email = email or f"{role}-{secrets.token_hex(4)}@people.example"
        async with self._resources.database.platform() as session:
            await identity.add_member(
                session,
                self._resources,
                None,
                tenant_id=tenant_id,
                email=email,
                full_name=f"A {role.title()}",
                role=role,
                password=PASSWORD,
            )
        return await self.sign_in(email, tenant_id)

    async def records(
        self, connection: ConnectionRef, entity: str, *records: dict[str, object]
    ) -> None:
        """Records as if that connection had been synchronised; each has its key as `id`."""
        changes = [Change(str(record["id"]), orjson.dumps(record)) for record in records]
        async with self._resources.database.tenant(connection.tenant_id) as session:
            await lake.apply(session, connection, entity, changes, observed_at=utcnow())

    async def parity_report(self, connection: ConnectionRef) -> UUID:
        """A comparison of that connection that found nothing."""
        report_id = uuid7()
        async with self._resources.database.tenant(connection.tenant_id) as session:
            await session.execute(
                text(
                    "INSERT INTO sync_parity_reports (id, tenant_id, connection_id, content,"
                    " status) VALUES (:id, :tenant, :connection, 'none', 'equal')"
                ),
                {"id": report_id, "tenant": connection.tenant_id, "connection": connection.id},
            )
        return report_id

    async def alert(self, connection: ConnectionRef) -> None:
        """An alert of that connection, told to the owners and administrators."""
        for found in (ConnectionStatus.FAILING, ConnectionStatus.OK):
            await connections.note_status(
                self._resources, connection.tenant_id, connection.id, found, "a test"
            )
            if found is ConnectionStatus.FAILING:
                await alerts.evaluate_tenant(self._resources, connection.tenant_id, ["server_down"])

    async def sign_in(self, email: str, tenant_id: UUID, password: str = PASSWORD) -> SignedIn:
        answer = await self._client.post(
            "/api/v1/auth/tenant/login", json={"email": email, "password": password}
        )
        assert answer.status_code == 200, answer.text
        return _signed_in(answer.json(), email, tenant_id)


def _signed_in(answer: dict[str, object], email: str, tenant_id: UUID | None) -> SignedIn:
    user = answer["user"]
    assert isinstance(user, dict)
    return SignedIn(
        email=email,
        access_token=str(answer["access_token"]),
        refresh_token=str(answer.get("refresh_token", "")),
        tenant_id=tenant_id,
        user_id=UUID(str(user["id"])),
    )
