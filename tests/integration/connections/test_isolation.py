"""No tenant reaches another's connections: over HTTP, and in the database underneath."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bridgecore.domains.connections.errors import ConnectionMissing
from bridgecore.domains.connections.service import odoo_target
from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory

ROUTE = "/api/v1/integrations"
MINE = f"{ROUTE}/odoo/my-credentials"


@pytest.fixture
async def theirs(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, settings_of_odoo: dict[str, str]
) -> tuple[UUID, str]:
    """Another tenant and its connection, with credentials of a member of theirs."""
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id)).headers
    made = await client.post(f"{ROUTE}/odoo/configure", json=settings_of_odoo, headers=headers)
    own = {"username": "sales", "password": "x"}
    assert (await client.put(MINE, json=own, headers=headers)).status_code == 200
    return tenant.id, str(made.json()["id"])


@pytest.fixture
async def ours(tenant_factory: TenantFactory) -> UUID:
    return (await tenant_factory.tenant()).id


async def test_every_route_answers_as_if_it_were_not_there(
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    theirs: tuple[UUID, str],
    ours: UUID,
) -> None:
    headers = (await tenant_factory.member(ours)).headers
    _, connection = theirs
    own = {"username": "u", "password": "p"}
    attempts: list[tuple[str, str, Any]] = [
        ("GET", f"{ROUTE}/{connection}", None),
        ("PUT", f"{ROUTE}/{connection}", {"name": "ours"}),
        ("DELETE", f"{ROUTE}/{connection}", None),
        ("POST", f"{ROUTE}/{connection}/test", None),
        ("GET", f"{MINE}?connection_id={connection}", None),
        ("PUT", f"{MINE}?connection_id={connection}", own),
        ("DELETE", f"{MINE}?connection_id={connection}", None),
    ]
    for method, path, body in attempts:
        answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 404, (method, path, answer.text)
    listed = await client.get(ROUTE, params={"tenant_id": str(theirs[0])}, headers=headers)
    assert listed.json() == {"items": [], "total": 0}
    assert (await client.post(f"{ROUTE}/odoo/test", headers=headers)).status_code == 400


async def test_a_target_is_found_for_its_own_tenant_alone(
    resources: Resources, theirs: tuple[UUID, str], ours: UUID
) -> None:
    with pytest.raises(ConnectionMissing):
        await odoo_target(resources, ours, connection=theirs[1])


@pytest.mark.parametrize("table", ["connections", "member_credentials"])
async def test_rows_are_out_of_sight_for_the_app_role(
    resources: Resources, theirs: tuple[UUID, str], ours: UUID, table: str
) -> None:
    async with resources.database.tenant(theirs[0]) as session:
        assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    for opened in (resources.database.tenant(ours), resources.database.anonymous()):
        async with opened as session:
            assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
            changed = await session.execute(text(f"UPDATE {table} SET secret = NULL"))
            assert getattr(changed, "rowcount", None) == 0


async def test_a_credential_can_not_point_across_tenants(
    resources: Resources, theirs: tuple[UUID, str], ours: UUID
) -> None:
    with pytest.raises(DBAPIError):
        async with resources.database.platform() as session:
            await session.execute(
                text("UPDATE member_credentials SET tenant_id = :ours WHERE tenant_id = :theirs"),
                {"ours": ours, "theirs": theirs[0]},
            )


async def test_a_secret_copied_to_another_row_does_not_open(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    settings_of_odoo: dict[str, str],
    theirs: tuple[UUID, str],
    ours: UUID,
) -> None:
    headers = (await tenant_factory.member(ours)).headers
    await client.post(f"{ROUTE}/odoo/configure", json=settings_of_odoo, headers=headers)
    async with resources.database.platform() as session:
        await session.execute(
            text(
                "UPDATE connections SET secret = (SELECT secret FROM connections WHERE"
                " tenant_id = :theirs) WHERE tenant_id = :ours"
            ),
            {"ours": ours, "theirs": theirs[0]},
        )
    with pytest.raises(ConnectionMissing, match=r"Missing Odoo credentials.*decrypted"):
        await odoo_target(resources, ours)


async def test_staff_tokens_do_not_open_a_tenants_doors(
    client: httpx.AsyncClient, staff_headers: dict[str, str]
) -> None:
    for path in (ROUTE, "/api/v1/connectors", MINE):
        assert (await client.get(path, headers=staff_headers)).status_code == 403
