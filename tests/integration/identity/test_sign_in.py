"""Signing in over HTTP: who gets in where, and what the answers say."""

from __future__ import annotations

import httpx
import jwt

from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory


async def test_an_app_signs_in_and_reads_its_profile(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id, role="user")
    answer = await client.post(
        "/api/v1/auth/tenant/login",
        json={"email": person.email.upper(), "password": PASSWORD, "device": "an old app's extra"},
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["user"]["role"] == "user"
    assert body["user"]["full_name"]
    assert body["tenant"]["slug"] == tenant.slug
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["user_type"] == "tenant"
    assert claims["tenant_id"] == str(tenant.id)
    assert claims["sub"] == claims["id"] == str(person.user_id)
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    for answer in (
        await client.post("/api/v1/auth/tenant/me", headers=headers, json={}),
        await client.get("/api/v1/auth/tenant/me", headers=headers),
    ):
        assert answer.status_code == 200, answer.text
        profile = answer.json()
        assert profile["user"]["email"] == person.email
        assert profile["tenant"]["odoo_database"] == ""
        assert profile["groups"] == []


async def test_staff(client: httpx.AsyncClient, staff: SignedIn) -> None:
    answer = await client.get("/admin/auth/me", headers=staff.headers)
    assert answer.status_code == 200, answer.text
    assert "tenants:write" in answer.json()["permissions"]
