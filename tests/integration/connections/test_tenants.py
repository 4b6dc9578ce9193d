"""Tenants as staff manage them, with the documents' shorthand for their Odoo."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bridgecore.domains.connections.service import odoo_target
from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory

ROUTE = "/admin/tenants"


def shorthand(settings: dict[str, str]) -> dict[str, str]:
    return {f"odoo_{name}": value for name, value in settings.items()}


@pytest.fixture
def name() -> str:
    return f"Company {secrets.token_hex(5)}"


async def created(
    client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any]
) -> dict[str, Any]:
    answer = await client.post(ROUTE, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_name_is_enough(
    client: httpx.AsyncClient, staff_headers: dict[str, str], name: str
) -> None:
    made = await created(client, staff_headers, {"name": name})
    assert made["slug"] == name.lower().replace(" ", "-")
    assert made["status"] == "active"
    assert made["odoo_url"] is None
    again = await created(client, staff_headers, {"name": name})
    assert again["slug"].startswith(f"{made['slug']}-")


async def test_the_documents_shorthand_makes_the_primary_connection(
    client: httpx.AsyncClient,
    resources: Resources,
    staff_headers: dict[str, str],
    name: str,
    settings_of_odoo: dict[str, str],
) -> None:
    slug = f"s-{secrets.token_hex(5)}"
    body = {
        "name": name,
        "slug": slug,
        "contact_email": "contact@newcompany.com",
        **shorthand(settings_of_odoo),
    }
    made = await created(client, staff_headers, body)
    assert made["slug"] == slug
    assert made["odoo_url"] == settings_of_odoo["url"]
    assert made["odoo_username"] == "robot"
    assert "password" not in "".join(made)
    path = f"{ROUTE}/{made['id']}"
    tested = await client.post(f"{path}/test-connection", headers=staff_headers)
    assert tested.json()["success"], tested.text

    answer = await client.put(
        path,
        json={"odoo_username": "sales", "max_requests_per_day": 20000},
        headers=staff_headers,
    )
    assert answer.json()["odoo_username"] == "sales"
    assert answer.json()["max_requests_per_day"] == 20000
    target = await odoo_target(resources, made["id"])
    assert (target.username, target.secret) == ("sales", settings_of_odoo["password"])

    listed = await client.get(
        "/admin/integrations", params={"tenant_id": made["id"]}, headers=staff_headers
    )
    assert [row["tenant_id"] for row in listed.json()["items"]] == [made["id"]]


async def test_half_a_shorthand_names_what_is_missing_and_creates_nothing(
    client: httpx.AsyncClient, staff_headers: dict[str, str], name: str
) -> None:
    body = {"name": name, "odoo_url": "https://odoo.example.com"}
    answer = await client.post(ROUTE, json=body, headers=staff_headers)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/odoo_database",
        "/odoo_username",
        "/odoo_password",
    }
    listed = await client.get(ROUTE, params={"search": name}, headers=staff_headers)
    assert listed.json()["total"] == 0


async def test_an_owner_can_sign_in_at_once(
    client: httpx.AsyncClient, staff_headers: dict[str, str], name: str
) -> None:
    email = f"owner-{secrets.token_hex(4)}@people.example"
    password = "correct horse battery"
    owner = {"email": email, "full_name": "The Owner", "password": password}
    made = await created(client, staff_headers, {"name": name, "owner": owner})
    answer = await client.post(
        "/api/v1/auth/tenant/login", json={"email": email, "password": password}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["tenant"]["id"] == made["id"]
    assert answer.json()["user"]["role"] == "owner"


async def test_lists_are_filtered_and_paged(
    client: httpx.AsyncClient, staff_headers: dict[str, str], name: str
) -> None:
    made = [await created(client, staff_headers, {"name": f"{name} {n}"}) for n in range(3)]
    await client.post(f"{ROUTE}/{made[0]['id']}/suspend", headers=staff_headers)

    async def found(**params: Any) -> dict[str, Any]:
        answer = await client.get(
            ROUTE, params={"search": name, "sort": "created_at", **params}, headers=staff_headers
        )
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    page = await found(skip=1, limit=1)
    assert page["total"] == 3
    assert [row["id"] for row in page["items"]] == [made[1]["id"]]
    page = await found(status="suspended")
    assert [row["id"] for row in page["items"]] == [made[0]["id"]]
    assert (await found(plan="free", tier="standard"))["total"] == 3
    assert (await found(plan="enterprise"))["total"] == 0


async def test_life_of_a_tenant(
    client: httpx.AsyncClient, staff_headers: dict[str, str], name: str
) -> None:
    made = await created(client, staff_headers, {"name": name})
    path = f"{ROUTE}/{made['id']}"
    reason = {"reason": "unpaid since May"}
    suspended = await client.post(f"{path}/suspend", json=reason, headers=staff_headers)
    assert suspended.json()["status"] == "suspended"
    assert suspended.json()["suspension_reason"] == "unpaid since May"
    active = await client.post(f"{path}/activate", headers=staff_headers)
    assert active.json()["status"] == "active"
    deleted = await client.delete(path, headers=staff_headers)
    assert deleted.json()["status"] == "deleted"
    assert (await client.post(f"{path}/suspend", headers=staff_headers)).status_code == 409
    back = await client.post(
        f"{path}/activate", json={"reason": "came back"}, headers=staff_headers
    )
    assert back.json()["status"] == "active"
    trail = await client.get(
        "/admin/audit", params={"tenant_id": made["id"], "limit": 500}, headers=staff_headers
    )
    actions = [row["action"] for row in trail.json()["items"]]
    assert actions == [
        "tenant.restored",
        "tenant.deleted",
        "tenant.activated",
        "tenant.suspended",
        "tenant.created",
    ]


async def test_what_does_not_exist_is_not_found(
    client: httpx.AsyncClient, staff_headers: dict[str, str]
) -> None:
    path = f"{ROUTE}/{uuid4()}"
    for method, suffix in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/suspend"),
        ("POST", "/activate"),
        ("POST", "/test-connection"),
    ):
        body = {"name": "x"} if method == "PUT" else None
        answer = await client.request(method, path + suffix, json=body, headers=staff_headers)
        assert answer.status_code == 404, (method, suffix)
        assert answer.json()["code"] == "TENANT_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "surprise": 1},
        {"name": "   "},
        {"name": "a\x00b"},
        {"name": "x", "slug": "Not A Slug"},
        {"name": "x", "metadata": {"a": "\x00"}},
        {"name": "x", "trial_ends_at": "0001-01-01T00:00:00+14:00"},
        {"name": "x", "odoo_url": "ftp://odoo.example.com"},
        {"name": "x", "owner": {"email": "nobody", "full_name": "N"}},
    ],
)
async def test_bad_input_is_refused(
    client: httpx.AsyncClient, staff_headers: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await client.post(ROUTE, json=body, headers=staff_headers)
    assert answer.status_code == 422, answer.text


async def test_a_search_for_a_nul_is_refused(
    client: httpx.AsyncClient, staff_headers: dict[str, str]
) -> None:
    answer = await client.get(ROUTE, params={"search": "\x00"}, headers=staff_headers)
    assert answer.status_code == 422


async def test_members_have_no_business_here(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id)).headers
    for method, path in (
        ("GET", ROUTE),
        ("POST", ROUTE),
        ("GET", f"{ROUTE}/{tenant.id}"),
        ("PUT", f"{ROUTE}/{tenant.id}"),
        ("DELETE", f"{ROUTE}/{tenant.id}"),
        ("POST", f"{ROUTE}/{tenant.id}/suspend"),
        ("POST", f"{ROUTE}/{tenant.id}/activate"),
        ("POST", f"{ROUTE}/{tenant.id}/test-connection"),
        ("GET", "/admin/integrations"),
    ):
        body = {"name": "x"} if method in ("POST", "PUT") else None
        answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 403, (method, path)


async def test_changes_by_staff_and_by_the_tenant_do_not_block_each_other(
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    staff_headers: dict[str, str],
    settings_of_odoo: dict[str, str],
) -> None:
    tenant = await tenant_factory.tenant()
    headers = (await tenant_factory.member(tenant.id)).headers
    configure = "/api/v1/integrations/odoo/configure"
    await client.post(configure, json=settings_of_odoo, headers=headers)
    answers = await asyncio.gather(
        *(
            call
            for n in range(5)
            for call in (
                client.post(configure, json={"username": f"member{n}"}, headers=headers),
                client.put(
                    f"{ROUTE}/{tenant.id}",
                    json={"name": f"Name {n}", "odoo_username": f"staff{n}"},
                    headers=staff_headers,
                ),
            )
        )
    )
    assert {answer.status_code for answer in answers} == {200}


async def test_a_person_sees_the_tenants_they_belong_to(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    first, second, other = [await tenant_factory.tenant() for _ in range(3)]
    person = await tenant_factory.member(first.id, role="owner")
    await tenant_factory.member(other.id)
    listed = (await client.get("/api/v1/tenants", headers=person.headers)).json()
    assert listed["total"] == 1
    (mine,) = listed["items"]
    assert (mine["id"], mine["role"], mine["is_current"]) == (str(first.id), "owner", True)
    shown = await client.get(f"/api/v1/tenants/{first.id}", headers=person.headers)
    assert shown.json() == mine
    for hidden in (second, other):
        answer = await client.get(f"/api/v1/tenants/{hidden.id}", headers=person.headers)
        assert answer.status_code == 404
