"""Signing in over HTTP: who gets in where, and what the answers say."""

from __future__ import annotations

from uuid import UUID

import httpx
import jwt
import pytest
from sqlalchemy import text

from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields
from bridgecore.infra.resources import Resources
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.integration.identity.conftest import Browser, bearer, some_email

APP = "/api/v1/auth/tenant/login"
ANY = "/api/v1/auth/login"
STAFF = "/admin/auth/login"


async def test_an_app_signs_in_and_reads_its_profile(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id, role="user")
    answer = await client.post(
        APP,
        json={
            "email": f" {person.email.upper()} ",
            "password": PASSWORD,
            "device": "something an old app sends",
            "odoo_fields_check": {"model": "res.users", "list_fields": ["x"]},
        },
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 1800
    assert body["user"] == body["user"] | {
        "id": str(person.user_id),
        "email": person.email,
        "role": "user",
        "full_name": "A User",
    }
    assert body["tenant"]["slug"] == tenant.slug
    assert body["tenant"]["status"] == "active"
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["user_type"] == "tenant"
    assert claims["tenant_id"] == str(tenant.id)
    assert claims["sub"] == claims["id"] == str(person.user_id)
    assert claims["role"] == "user"
    headers = bearer(body["access_token"])
    for answer in (
        await client.post("/api/v1/auth/tenant/me", headers=headers, json={}),
        await client.post("/api/v1/auth/tenant/me", headers=headers),
        await client.get("/api/v1/auth/tenant/me", headers=headers),
    ):
        assert answer.status_code == 200, answer.text
        profile = answer.json()
        assert profile["user"]["email"] == person.email
        assert isinstance(profile["user"]["created_at"], str)
        for name in ("odoo_url", "odoo_database"):
            assert isinstance(profile["tenant"][name], str)


async def test_a_wrong_password_and_an_unknown_account_look_the_same(
    browser: Browser, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)
    for path in (APP, ANY, STAFF):
        wrong = await browser.login(path, person.email, password="not the password")
        unknown = await browser.login(path, some_email())
        assert wrong.status_code == unknown.status_code == 401
        for name in ("code", "detail", "message", "title", "type"):
            assert wrong.json()[name] == unknown.json()[name]
        assert wrong.json()["code"] == "INVALID_CREDENTIALS"


async def test_a_login_that_carries_a_token_is_not_answered_401(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    # an existing app would refresh and send the same login again, for ever
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)
    answer = await client.post(
        APP, json={"email": person.email, "password": "wrong password"}, headers=person.headers
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "INVALID_CREDENTIALS"


async def test_staff_and_tenant_tokens_open_only_their_own_doors(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, staff: SignedIn
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    for path in ("/api/v1/members", "/api/v1/auth/tenant/me"):
        answer = await client.get(path, headers=staff.headers)
        assert answer.status_code == 403
        assert "tenant" in answer.json()["detail"]
    for path in ("/admin/users", "/admin/staff", "/admin/auth/me"):
        answer = await client.get(path, headers=owner.headers)
        assert answer.status_code == 403
        assert "staff" in answer.json()["detail"]
    answer = await client.post("/admin/auth/refresh", json={"refresh_token": owner.refresh_token})
    assert answer.status_code == 401
    answer = await client.post(
        "/api/v1/auth/tenant/refresh", json={"refresh_token": staff.refresh_token}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "bc_live_x", "Ä"])
async def test_garbage_is_401(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}".encode()}
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHORIZED"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_one_door_for_staff_and_people(
    browser: Browser, client: httpx.AsyncClient, tenant_factory: TenantFactory, staff: SignedIn
) -> None:
    assert (await browser.tokens(staff.email))["user_type"] == "admin"
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)
    found = await browser.tokens(person.email)
    assert found["user_type"] == "tenant"
    me = (await client.get("/api/v1/auth/me", headers=bearer(found["access_token"]))).json()
    assert me["tenant"]["id"] == str(tenant.id)
    assert "members:write" in me["permissions"]
    refused = await browser.login(STAFF, person.email)
    assert refused.status_code == 403


async def test_somebody_without_a_tenant(
    browser: Browser, client: httpx.AsyncClient, resources: Resources
) -> None:
    email = some_email()
    async with resources.database.platform() as session:
        await identity.create_user(
            session, resources, None, email=email, full_name="No Body", password=PASSWORD
        )
    found = await browser.tokens(email)
    assert found["user_type"] == "person"
    headers = bearer(found["access_token"])
    me = (await client.get("/api/v1/auth/me", headers=headers)).json()
    assert me["kind"] == "person"
    assert me["permissions"] == me["tenants"] == []
    assert (await client.get("/api/v1/members", headers=headers)).status_code == 403
    assert (await browser.login(APP, email)).status_code == 403
    renewed = await client.post(
        "/api/v1/auth/refresh", json={"refresh_token": found["refresh_token"]}
    )
    assert renewed.json()["user_type"] == "person"


async def test_several_tenants(
    browser: Browser, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    first, second = await tenant_factory.tenant(), await tenant_factory.tenant()
    person = await tenant_factory.member(first.id, role="user")
    await tenant_factory.member(second.id, role="admin", email=person.email)
    chosen = await browser.login(ANY, person.email, tenant=second.slug)
    assert chosen.json()["tenant"]["id"] == str(second.id)
    assert chosen.json()["user"]["role"] == "admin"
    by_id = await browser.login(APP, person.email, tenant=str(first.id))
    assert by_id.json()["tenant"]["id"] == str(first.id)
    again = await browser.tokens(person.email)
    assert again["tenant"]["id"] == str(first.id)  # type: ignore[index] # the last one used
    elsewhere = await tenant_factory.tenant()
    refused = await browser.login(ANY, person.email, tenant=elsewhere.slug)
    assert refused.status_code == 403
    me = await client.get("/api/v1/auth/me", headers=bearer(again["access_token"]))
    assert {place["slug"] for place in me.json()["tenants"]} == {first.slug, second.slug}


async def test_switching_tenants_ends_the_session_that_was_left(
    browser: Browser, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    first, second = await tenant_factory.tenant(), await tenant_factory.tenant()
    person = await tenant_factory.member(first.id, role="user")
    await tenant_factory.member(second.id, role="client", email=person.email)
    found = (await browser.login(ANY, person.email, tenant=first.slug)).json()
    answer = await client.post(
        "/api/v1/auth/switch-tenant",
        json={"tenant": second.slug},
        headers=bearer(found["access_token"]),
    )
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert moved["tenant"]["id"] == str(second.id)
    assert moved["user"]["role"] == "client"
    old = await client.get("/api/v1/auth/me", headers=bearer(found["access_token"]))
    assert old.status_code == 401
    assert old.json()["code"] == "TOKEN_REVOKED"
    new = await client.get("/api/v1/auth/me", headers=bearer(moved["access_token"]))
    assert new.json()["tenant"]["id"] == str(second.id)


async def test_closed_tenants_and_places(
    browser: Browser,
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    resources: Resources,
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)

    async def refusals(status: int, words: str) -> None:
        answers = [
            await browser.login(APP, person.email),
            await client.post("/api/v1/auth/tenant/refresh", headers=bearer(person.refresh_token)),
            await client.get("/api/v1/auth/tenant/me", headers=person.headers),
        ]
        for answer in answers:
            assert answer.status_code == status, answer.text
            assert words in answer.json()["detail"].lower()

    async with resources.database.platform() as session:
        await tenancy.suspend(session, resources, None, tenant.id, "unpaid")
    await refusals(403, "suspended")
    async with resources.database.platform() as session:
        await tenancy.activate(session, resources, None, tenant.id)
    assert (await browser.login(APP, person.email)).status_code == 200
    async with resources.database.platform() as session:
        await tenancy.delete_tenant(session, resources, None, tenant.id)
    await refusals(410, "deleted")


async def test_a_trial_refreshes_until_it_is_over(
    browser: Browser,
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    resources: Resources,
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)
    await _trial(resources, tenant.id, days=3)
    answer = await client.post(
        "/api/v1/auth/tenant/refresh", json={}, headers=bearer(person.refresh_token)
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["tenant"]["status"] == "trial"
    await _trial(resources, tenant.id, days=-1)
    for answer in (
        await client.post("/api/v1/auth/tenant/refresh", headers=bearer(person.refresh_token)),
        await client.get("/api/v1/auth/me", headers=person.headers),
        await browser.login(APP, person.email),
    ):
        assert answer.status_code == 402, answer.text


async def _trial(resources: Resources, tenant_id: UUID, *, days: int) -> None:
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE tenants SET status = 'trial' WHERE id = :id"), {"id": tenant_id}
        )
        await tenancy.change_tenant(
            session,
            resources,
            None,
            tenant_id,
            fields=TenantFields(trial_ends_at=tenancy.trial_end(days)),
        )


async def test_an_inactive_member_is_told_so_without_the_word_suspended(
    browser: Browser, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    person = await tenant_factory.member(tenant.id, role="user")
    listed = await client.get(
        "/api/v1/members", params={"search": person.email}, headers=owner.headers
    )
    member_id = listed.json()["items"][0]["id"]
    changed = await client.patch(
        f"/api/v1/members/{member_id}", json={"is_active": False}, headers=owner.headers
    )
    assert changed.status_code == 200, changed.text
    answer = await browser.login(APP, person.email)
    assert answer.status_code == 403
    assert answer.json()["code"] == "ACCOUNT_DISABLED"
    assert "suspend" not in answer.json()["detail"].lower()
    wrong = await browser.login(APP, person.email, password="wrong password")
    assert wrong.status_code == 401
