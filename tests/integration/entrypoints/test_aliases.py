"""Old names and prefixes lead to the same handlers."""

from __future__ import annotations

import httpx
import pytest

from tests.factories.tenants import SignedIn, TenantFactory


@pytest.mark.parametrize(
    ("alias", "path"),
    [
        ("/api/v1/health", "/health"),
        ("/api/health/db", "/health/db"),
        ("/api/v1/admin/health", "/health/detailed"),
        ("/health/", "/health"),
        ("/docs/", "/docs"),
    ],
)
async def test_open_addresses(client: httpx.AsyncClient, alias: str, path: str) -> None:
    answers = [await client.get(each) for each in (alias, path)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "deprecation" not in answers[0].headers


@pytest.mark.parametrize(
    "alias",
    ["/api/v1/admin/users", "/api/v1/admin/integrations", "/api/integrations", "/api/auth/me"],
)
async def test_a_tenants_administrator(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, alias: str
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    assert (await client.get(alias, headers=owner.headers)).status_code == 200
    assert (await client.get(alias)).status_code == 401


async def test_staff_under_a_second_prefix(client: httpx.AsyncClient, staff: SignedIn) -> None:
    for path in ("tenants", "tenants/", "metrics/platform"):
        answer = await client.get(f"/api/v1/admin/{path}", headers=staff.headers)
        assert answer.status_code == 200, answer.text


async def test_the_legacy_path_is_deprecated_and_names_its_successor(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    answer = await client.post(
        "/api/v1/systems/any/odoo/search_read", json={"model": "res.partner"}, headers=owner.headers
    )
    assert answer.status_code == 400  # the tenant has no Odoo yet, and is told so
    assert "Missing Odoo credentials" in answer.json()["detail"]
    assert answer.headers["deprecation"].startswith("@")
    assert answer.headers["link"] == '</api/v1/odoo/search_read>; rel="successor-version"'


async def test_browsers_and_clients_at_the_root(client: httpx.AsyncClient) -> None:
    told = await client.get("/", headers={"accept": "application/json"})
    assert told.json()["documentation"] == "/docs"
    sent = await client.get("/", headers={"accept": "text/html,*/*"})
    assert sent.status_code == 307
    assert sent.headers["location"] in ("/dashboard/", "/docs")


async def test_documentation_asks_no_other_host(client: httpx.AsyncClient) -> None:
    for page in ("/docs", "/api/v1/docs", "/redoc"):
        answer = await client.get(page)
        assert answer.status_code == 200
        assert "https://" not in answer.text
        for asset in ("/docs/assets/swagger-ui-bundle.js", "/docs/assets/swagger-ui.css"):
            assert (await client.get(asset)).status_code == 200
