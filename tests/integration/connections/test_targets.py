"""What the gateway is handed: which Odoo, and as whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from bridgecore.connectors.odoo import OdooClient
from bridgecore.domains.connections.errors import ConnectionMissing
from bridgecore.domains.connections.service import OdooTarget, odoo_target
from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory

ROUTE = "/api/v1/integrations"
MINE = f"{ROUTE}/odoo/my-credentials"
SALES = {"username": "sales", "password": "another-planted-Passw0rd"}


class Company:
    """A tenant, its owner, and what the gateway finds for it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        resources: Resources,
        factory: TenantFactory,
        tenant_id: UUID,
        owner: dict[str, str],
    ) -> None:
        self.client = client
        self.resources = resources
        self.factory = factory
        self.tenant_id = tenant_id
        self.owner = owner

    async def connect(self, settings: dict[str, Any], name: str | None = None) -> str:
        body = {"connector": "odoo", "name": name, "config": settings}
        answer = await self.client.post(ROUTE, json=body, headers=self.owner)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def target(
        self, connection: UUID | str | None = None, membership_id: UUID | None = None
    ) -> OdooTarget:
        return await odoo_target(
            self.resources, self.tenant_id, connection=connection, membership_id=membership_id
        )

    async def membership_of(self) -> UUID:
        """The membership whose credentials are stored, of which there is one."""
        async with self.resources.database.tenant(self.tenant_id) as session:
            found = await session.scalar(text("SELECT membership_id FROM member_credentials"))
        assert isinstance(found, UUID)
        return found


@pytest.fixture
async def company(
    client: httpx.AsyncClient, resources: Resources, tenant_factory: TenantFactory
) -> Company:
    tenant = await tenant_factory.tenant()
    owner = (await tenant_factory.member(tenant.id)).headers
    return Company(client, resources, tenant_factory, tenant.id, owner)


async def test_the_primary_connection_is_taken_unless_another_is_named(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    first = await company.connect(settings_of_odoo)
    second = await company.connect({**settings_of_odoo, "username": "sales"}, "Shop")
    assert (await company.target()).connection_id == UUID(first)
    for named in (UUID(second), second, "Shop", "shop"):
        found = await company.target(named)
        assert (found.connection_id, found.username) == (UUID(second), "sales")


async def test_a_target_opens_its_odoo(
    company: Company, resources: Resources, settings_of_odoo: dict[str, str]
) -> None:
    await company.connect(settings_of_odoo)
    target = await company.target()
    assert target.secret == settings_of_odoo["password"]
    assert target.secret not in repr(target)
    odoo = OdooClient(target.odoo_identity(), resources.http)
    assert (await odoo.check(timeout=10)).ok
    await odoo.close()


@pytest.mark.parametrize("named", [None, uuid4(), "nowhere", "no\x00where"])
async def test_existing_apps_recognise_missing_credentials(
    company: Company, named: UUID | str | None
) -> None:
    with pytest.raises(ConnectionMissing, match="Missing Odoo credentials") as caught:
        await company.target(named)
    assert caught.value.status == 400
    assert "/integrations/odoo/configure" in caught.value.detail


async def test_a_connection_switched_off_is_not_used(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    made = await company.connect(settings_of_odoo)
    await company.client.put(f"{ROUTE}/{made}", json={"is_active": False}, headers=company.owner)
    with pytest.raises(ConnectionMissing, match=r"Missing Odoo credentials.*switched off"):
        await company.target()


async def test_removing_the_primary_moves_nobody_to_another_odoo(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    first = await company.connect(settings_of_odoo)
    await company.connect(settings_of_odoo, "Other")
    await company.client.delete(f"{ROUTE}/{first}", headers=company.owner)
    with pytest.raises(ConnectionMissing):
        await company.target()
    assert (await company.target("Other")).url == settings_of_odoo["url"]


async def test_identity_tells_logins_and_places_apart(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    made = await company.connect(settings_of_odoo)
    before = (await company.target()).identity
    assert (await company.target()).identity == before
    await company.client.put(
        f"{ROUTE}/{made}", json={"config": {"username": "sales"}}, headers=company.owner
    )
    assert (await company.target()).identity != before


async def test_a_member_works_in_odoo_as_themselves(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    await company.connect(settings_of_odoo)
    member = await company.factory.member(company.tenant_id, role="user")
    unset = (await company.client.get(MINE, headers=member.headers)).json()
    assert (unset["is_set"], unset["username"]) == (False, None)

    answer = await company.client.put(MINE, json=SALES, headers=member.headers)
    assert answer.status_code == 200, answer.text
    assert SALES["password"] not in answer.text
    assert answer.json()["username"] == "sales"

    membership = await company.membership_of()
    own = await company.target(membership_id=membership)
    assert (own.username, own.secret) == ("sales", SALES["password"])
    for nobody in (None, uuid4()):
        assert (await company.target(membership_id=nobody)).username == "robot"
    mine_only = (await company.client.get(MINE, headers=company.owner)).json()
    assert not mine_only["is_set"]

    assert (await company.client.delete(MINE, headers=member.headers)).status_code == 204
    assert (await company.target(membership_id=membership)).username == "robot"


async def test_members_own_passwords_do_not_follow_to_another_server(
    company: Company, settings_of_odoo: dict[str, str]
) -> None:
    made = await company.connect(settings_of_odoo)
    await company.client.put(MINE, json=SALES, headers=company.owner)
    membership = await company.membership_of()
    moved = {"config": {"url": "https://odoo.example.com", "password": "a new one"}}
    answer = await company.client.put(f"{ROUTE}/{made}", json=moved, headers=company.owner)
    assert answer.status_code == 200, answer.text
    found = await company.target(membership_id=membership)
    assert (found.username, found.secret) == ("robot", "a new one")


async def test_own_credentials_need_a_connection_to_be_for(company: Company) -> None:
    answer = await company.client.put(MINE, json=SALES, headers=company.owner)
    assert answer.status_code == 400
    assert answer.json()["code"] == "CONNECTION_MISSING"


async def test_credentials_of_a_person_who_left_are_forgotten(
    company: Company,
    resources: Resources,
    settings_of_odoo: dict[str, str],
    hand_over: Callable[[UUID], Awaitable[None]],
) -> None:
    await company.connect(settings_of_odoo)
    member = await company.factory.member(company.tenant_id, role="user")
    await company.client.put(MINE, json=SALES, headers=member.headers)
    membership = await company.membership_of()
    answer = await company.client.delete(f"/api/v1/members/{membership}", headers=company.owner)
    assert answer.status_code in (200, 204), answer.text

    await hand_over(company.tenant_id)
    async with resources.database.tenant(company.tenant_id) as session:
        assert await session.scalar(text("SELECT count(*) FROM member_credentials")) == 0
