"""A tenant's connections over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory

ROUTE = "/api/v1/integrations"
CONFIGURE = f"{ROUTE}/odoo/configure"


@pytest.fixture
async def owner(tenant_factory: TenantFactory) -> dict[str, str]:
    """Headers of the owner of a new tenant."""
    tenant = await tenant_factory.tenant()
    return (await tenant_factory.member(tenant.id)).headers


async def configured(
    client: httpx.AsyncClient, headers: dict[str, str], settings: dict[str, str]
) -> dict[str, Any]:
    answer = await client.post(CONFIGURE, json=settings, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_configuring_makes_a_primary_connection_without_its_secret(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    made = await configured(client, owner, settings_of_odoo)
    assert made["is_primary"]
    assert made["connector"] == "odoo"
    assert made["status"] == "unknown"
    assert made["secret_set_at"] is not None
    assert made["settings"] == {
        name: value for name, value in settings_of_odoo.items() if name != "password"
    }
    listed = (await client.get(ROUTE, headers=owner)).json()
    assert listed == {"items": [made], "total": 1}
    assert (await client.get(f"{ROUTE}/{made['id']}", headers=owner)).json() == made


async def test_configuring_again_changes_only_what_is_given(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    made = await configured(client, owner, settings_of_odoo)
    changed = await configured(client, owner, {"username": "sales"})
    assert changed["id"] == made["id"]
    assert changed["settings"] == {**made["settings"], "username": "sales"}
    assert changed["secret_set_at"] == made["secret_set_at"]
    listed = (await client.get(ROUTE, headers=owner)).json()
    assert listed["total"] == 1


async def test_configuring_twice_at_once_makes_one_connection(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    made = await asyncio.gather(*(configured(client, owner, settings_of_odoo) for _ in range(4)))
    assert len({found["id"] for found in made}) == 1


async def test_a_page_pasted_from_the_address_bar_is_cut_to_the_server(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    pasted = {**settings_of_odoo, "url": f"{settings_of_odoo['url']}/web#action=12"}
    made = await configured(client, owner, pasted)
    assert made["settings"]["url"] == settings_of_odoo["url"]


async def test_a_kept_secret_does_not_go_to_another_server(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    made = await configured(client, owner, settings_of_odoo)
    elsewhere = {"url": "https://odoo.example.com"}
    for method, path, body in (
        ("POST", CONFIGURE, elsewhere),
        ("POST", f"{ROUTE}/odoo/test", elsewhere),
        ("PUT", f"{ROUTE}/{made['id']}", {"config": elsewhere}),
        ("POST", f"{ROUTE}/{made['id']}/test", {"config": elsewhere}),
    ):
        answer = await client.request(method, path, json=body, headers=owner)
        assert answer.status_code == 422, path
        assert answer.json()["errors"][0]["code"] == "secret_needed"
    moved = await configured(client, owner, {**elsewhere, "password": "a new one"})
    assert moved["settings"]["url"] == "https://odoo.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.8:8069",
        "http://[::1]:8069",
        "http://169.254.169.254/latest",
        "http://2130706434",
        "https://odoo.example.com:5432",
    ],
)
async def test_an_address_the_operator_does_not_allow_is_refused(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str], url: str
) -> None:
    for path in (CONFIGURE, f"{ROUTE}/odoo/test"):
        answer = await client.post(path, json={**settings_of_odoo, "url": url}, headers=owner)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["code"] == "ADDRESS_NOT_ALLOWED"
        assert "OUTBOUND_ALLOW" in problem["detail"]
    assert (await client.get(ROUTE, headers=owner)).json()["total"] == 0


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"url": "https://odoo.example.com"}, "/config/database"),
        ({"surprise": 1}, "/config/surprise"),
        ({"transport": "carrier pigeon"}, "/config/transport"),
        ({"database": 7}, "/config/database"),
        ({"username": ""}, "/config/username"),
        ({"url": "https://x.example", "database": "x" * 3000}, "/config/database"),
    ],
)
async def test_a_configuration_is_held_to_its_connectors_schema(
    client: httpx.AsyncClient, owner: dict[str, str], config: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(ROUTE, json={"connector": "odoo", "config": config}, headers=owner)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


async def test_credentials_inside_an_address_are_refused(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    url = "https://admin:hunter2@odoo.example.com"
    answer = await client.post(CONFIGURE, json={**settings_of_odoo, "url": url}, headers=owner)
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


async def test_a_second_connection_is_primary_only_when_told(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    first = await configured(client, owner, settings_of_odoo)
    body = {"connector": "odoo", "name": "Warehouse", "config": settings_of_odoo}
    second = (await client.post(ROUTE, json=body, headers=owner)).json()
    assert (first["is_primary"], second["is_primary"]) == (True, False)
    third = (await client.post(ROUTE, json={**body, "name": None}, headers=owner)).json()
    assert third["name"] == "Odoo 2"
    answer = await client.put(f"{ROUTE}/{second['id']}", json={"is_primary": True}, headers=owner)
    assert answer.json()["is_primary"]
    listed = (await client.get(ROUTE, headers=owner)).json()["items"]
    assert [row["id"] for row in listed if row["is_primary"]] == [second["id"]]


async def test_names_are_unique_in_any_case(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    body = {"connector": "odoo", "name": "Main", "config": settings_of_odoo}
    assert (await client.post(ROUTE, json=body, headers=owner)).status_code == 201
    answer = await client.post(ROUTE, json={**body, "name": "MAIN"}, headers=owner)
    assert answer.status_code == 409


async def test_a_removed_connection_is_gone(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    made = await configured(client, owner, settings_of_odoo)
    path = f"{ROUTE}/{made['id']}"
    assert (await client.delete(path, headers=owner)).status_code == 204
    assert (await client.get(path, headers=owner)).status_code == 404
    assert (await client.delete(path, headers=owner)).status_code == 404


async def test_every_change_raises_the_tenants_version(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    settings_of_odoo: dict[str, str],
) -> None:
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id)).headers

    async def version() -> int:
        decision = await resources.admission.admit(tenant_id=str(tenant.id), user_id=None)
        assert decision.state is not None
        return decision.state.version

    seen = [await version()]
    made = await configured(client, headers, settings_of_odoo)
    seen.append(await version())
    await client.put(f"{ROUTE}/{made['id']}", json={"is_active": False}, headers=headers)
    seen.append(await version())
    await client.delete(f"{ROUTE}/{made['id']}", headers=headers)
    seen.append(await version())
    assert seen == sorted(set(seen))


async def test_a_repeated_create_with_one_key_makes_one_connection(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    headers = {**owner, "Idempotency-Key": "once"}
    body = {"connector": "odoo", "config": settings_of_odoo}
    first = await client.post(ROUTE, json=body, headers=headers)
    again = await client.post(ROUTE, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (await client.get(ROUTE, headers=owner)).json()["total"] == 1


async def test_the_catalogue_describes_odoo(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    listed = (await client.get("/api/v1/connectors", headers=owner)).json()
    odoo = next(found for found in listed["items"] if found["name"] == "odoo")
    assert odoo["config_schema"]["properties"]["password"]["writeOnly"] is True
    assert "keys" in odoo["abilities"]


@pytest.mark.parametrize(
    ("role", "may_read", "may_write"),
    [("admin", True, True), ("manager", True, False), ("user", False, False)],
)
async def test_roles(
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    settings_of_odoo: dict[str, str],
    role: str,
    may_read: bool,
    may_write: bool,
) -> None:
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id, role=role)).headers
    read = await client.get(ROUTE, headers=headers)
    write = await client.post(CONFIGURE, json=settings_of_odoo, headers=headers)
    assert read.status_code == (200 if may_read else 403)
    assert write.status_code == (200 if may_write else 403)


@pytest.mark.parametrize(
    "body",
    [
        {"connector": "odoo", "config": {"url": "a\x00b"}},
        {"connector": "odoo", "config": {"url": "https://x.example", "database": "\ud800"}},
        {"connector": "odoo", "config": {"n": 2**70}},
        {"connector": "odoo", "config": {"n": ["x" * 20_000]}},
        {"connector": "odoo", "name": "a\x00b", "config": {}},
        {"connector": "odoo", "config": {}, "surprise": True},
    ],
)
async def test_what_can_not_be_stored_is_refused(
    client: httpx.AsyncClient, owner: dict[str, str], body: dict[str, Any]
) -> None:
    # json.dumps, because httpx itself refuses to send a lone surrogate
    headers = {**owner, "Content-Type": "application/json"}
    answer = await client.post(ROUTE, content=json.dumps(body), headers=headers)
    assert answer.status_code == 422, answer.text
