"""What ends on one process ends on every other, from the next request."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import Request
from sqlalchemy import text

from bridgecore.domains.identity import jobs
from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.outbox import Event, consume_once
from bridgecore.infra.problems import Unauthorized
from bridgecore.infra.ratelimit import Admission, not_before_key, session_key
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7
from tests.factories.tenants import SignedIn, TenantFactory, sign_in_staff
from tests.integration.identity.conftest import Browser, bearer


async def status(client: httpx.AsyncClient, token: str, path: str = "/api/v1/auth/me") -> int:
    return (await client.get(path, headers=bearer(token))).status_code


async def member_id(client: httpx.AsyncClient, owner: SignedIn, person: SignedIn) -> UUID:
    listed = await client.get(
        "/api/v1/members", params={"search": person.email}, headers=owner.headers
    )
    return UUID(listed.json()["items"][0]["id"])


async def test_suspension(
    client: httpx.AsyncClient,
    other: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    resources: Resources,
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    assert await status(client, owner.access_token) == 200
    assert await status(other, owner.access_token) == 200
    async with resources.database.platform() as session:
        await tenancy.suspend(session, resources, None, tenant.id, "")
    assert await status(client, owner.access_token) == 403
    assert await status(other, owner.access_token) == 403
    async with resources.database.platform() as session:
        await tenancy.activate(session, resources, None, tenant.id)
    assert await status(other, owner.access_token) == 200


async def test_signing_out(
    client: httpx.AsyncClient, other: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    owner = await tenant_factory.member((await tenant_factory.tenant()).id)
    assert await status(other, owner.access_token) == 200
    await client.post("/api/v1/auth/logout", headers=owner.headers)
    assert await status(other, owner.access_token) == 401


async def test_a_change_of_role_reaches_the_very_next_request_and_a_refresh_cures_it(
    client: httpx.AsyncClient, other: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    admin = await tenant_factory.member(tenant.id, role="admin")
    path = f"/api/v1/members/{await member_id(client, owner, admin)}"
    assert await status(other, admin.access_token, "/api/v1/members") == 200
    for role, allowed in (("client", 403), ("admin", 200)):
        changed = await client.patch(path, json={"role": role}, headers=owner.headers)
        assert changed.status_code == 200, changed.text
        assert await status(other, admin.access_token, "/api/v1/members") == 401
        renewed = await other.post(
            "/api/v1/auth/tenant/refresh", headers=bearer(admin.refresh_token)
        )
        fresh = renewed.json()["access_token"]
        assert await status(other, fresh, "/api/v1/members") == allowed
        assert await status(client, fresh, "/api/v1/members") == allowed


async def test_refreshes_that_race_a_demotion_never_keep_the_old_role(
    client: httpx.AsyncClient, other: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    admin = await tenant_factory.member(tenant.id, role="admin")
    path = f"/api/v1/members/{await member_id(client, owner, admin)}"

    async def refreshed(delay: float) -> str:
        await asyncio.sleep(delay)
        answer = await other.post(
            "/api/v1/auth/tenant/refresh", headers=bearer(admin.refresh_token)
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    refreshes = [asyncio.create_task(refreshed(n * 0.004)) for n in range(12)]
    changed = await client.patch(path, json={"role": "client"}, headers=owner.headers)
    assert changed.status_code == 200
    for token in await asyncio.gather(*refreshes):
        assert await status(other, token, "/api/v1/members") in (401, 403)


async def test_removing_a_member(
    client: httpx.AsyncClient,
    other: httpx.AsyncClient,
    browser: Browser,
    tenant_factory: TenantFactory,
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    person = await tenant_factory.member(tenant.id, role="admin")
    made = await client.post(
        "/api/v1/api-keys",
        json={"name": "theirs", "scopes": ["members:read"]},
        headers=person.headers,
    )
    key = made.json()["key"]
    assert await status(other, key, "/api/v1/members") == 200
    path = f"/api/v1/members/{await member_id(client, owner, person)}"
    assert (await client.delete(path, headers=owner.headers)).status_code == 204
    assert await status(other, person.access_token) == 401
    assert await status(other, key, "/api/v1/members") == 401
    refreshed = await other.post(
        "/api/v1/auth/tenant/refresh", headers=bearer(person.refresh_token)
    )
    assert refreshed.status_code in (401, 403)
    assert (await browser.login("/api/v1/auth/tenant/login", person.email)).status_code == 403


async def test_revoking_an_api_key(
    client: httpx.AsyncClient, other: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    owner = await tenant_factory.member((await tenant_factory.tenant()).id)
    made = await client.post(
        "/api/v1/api-keys",
        json={"name": "n", "scopes": ["members:read"]},
        headers=owner.headers,
    )
    key, key_id = made.json()["key"], made.json()["id"]
    assert await status(other, key, "/api/v1/members") == 200
    gone = await client.delete(f"/api/v1/api-keys/{key_id}", headers=owner.headers)
    assert gone.status_code == 204
    assert await status(other, key, "/api/v1/members") == 401
    assert await status(client, key, "/api/v1/members") == 401


async def test_a_custom_role_changes_for_whoever_has_it(
    client: httpx.AsyncClient, other: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    role = {"code": "reader", "name": "Reader", "permissions": ["members:read"]}
    made = await client.post("/api/v1/roles", json=role, headers=owner.headers)
    assert made.status_code == 201, made.text
    reader = await tenant_factory.member(tenant.id, role="reader")
    assert await status(other, reader.access_token, "/api/v1/members") == 200
    assert await status(other, reader.access_token, "/api/v1/roles") == 403
    await client.patch(
        "/api/v1/roles/reader", json={"permissions": ["roles:*"]}, headers=owner.headers
    )
    assert await status(other, reader.access_token, "/api/v1/members") == 403
    assert await status(other, reader.access_token, "/api/v1/roles") == 200
    in_use = await client.delete("/api/v1/roles/reader", headers=owner.headers)
    assert in_use.status_code == 409


async def test_staff_lose_their_rights_at_once(
    client: httpx.AsyncClient,
    other: httpx.AsyncClient,
    browser: Browser,
    staff: SignedIn,
    resources: Resources,
) -> None:
    colleague = await sign_in_staff(resources, client, role="admin")
    assert await status(other, colleague.access_token, "/admin/users") == 200
    path = f"/admin/staff/{colleague.user_id}"
    changed = await client.patch(path, json={"role": "support"}, headers=staff.headers)
    assert changed.status_code == 200, changed.text
    assert await status(other, colleague.access_token, "/admin/users") == 401
    again = await browser.tokens(colleague.email, path="/admin/auth/login")
    assert await status(other, again["access_token"], "/admin/users") == 200
    assert await status(other, again["access_token"], "/admin/staff") == 403
    assert (await client.delete(path, headers=staff.headers)).status_code == 204
    assert await status(other, again["access_token"], "/admin/users") == 401
    refused = await browser.login("/admin/auth/login", colleague.email)
    assert refused.status_code == 403


async def test_deactivating_a_person_ends_them_in_every_tenant(
    client: httpx.AsyncClient,
    other: httpx.AsyncClient,
    browser: Browser,
    tenant_factory: TenantFactory,
    staff: SignedIn,
) -> None:
    first, second = await tenant_factory.tenant(), await tenant_factory.tenant()
    person = await tenant_factory.member(first.id, role="user")
    await tenant_factory.member(second.id, role="user", email=person.email)
    elsewhere = await browser.login("/api/v1/auth/login", person.email, tenant=second.slug)
    tokens = (person.access_token, elsewhere.json()["access_token"])
    for token in tokens:
        assert await status(other, token) == 200
    changed = await client.patch(
        f"/admin/users/{person.user_id}", json={"is_active": False}, headers=staff.headers
    )
    assert changed.status_code == 200, changed.text
    for token in tokens:
        assert await status(other, token) == 401
    refused = await browser.login("/api/v1/auth/tenant/login", person.email)
    assert refused.json()["code"] == "ACCOUNT_DISABLED"


async def test_marks_lost_after_the_commit_are_set_again_from_the_outbox(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, resources: Resources
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    await client.post("/api/v1/auth/logout", headers=owner.headers)
    principal_key = await _last_session_key(resources, owner, tenant.id)
    await resources.redis.redis.delete(principal_key)
    consumer = jobs.consumers(resources)[0]
    async with asyncio.timeout(20):
        while not await resources.redis.redis.exists(principal_key):
            await consume_once(resources.database, consumer)
            await asyncio.sleep(0.05)
    assert await status(client, owner.access_token) == 401


async def _last_session_key(resources: Resources, person: SignedIn, tenant_id: UUID) -> str:
    async with resources.database.platform() as session:
        session_id = await session.scalar(
            text("SELECT id FROM sessions WHERE user_id = :id"), {"id": person.user_id}
        )
    return session_key(str(tenant_id), str(session_id))


async def test_an_old_announcement_never_lowers_a_newer_mark(
    tenant_factory: TenantFactory, resources: Resources
) -> None:
    scope, subject = str(uuid7()), str(uuid7())
    key = not_before_key(scope, subject)
    now = time.time()

    async def announce(instant: float, age: float = 0.0) -> None:
        payload = {"scope": scope, "subject": subject, "instant": instant, "seconds": 60}
        happened = utcnow() - timedelta(seconds=age)
        marks, *_ = jobs.consumers(resources)
        async with resources.database.platform() as session:
            await marks.handle(session, [Event(uuid7(), "member.changed", None, payload, happened)])

    await announce(now - 5, age=61)
    assert await resources.redis.redis.get(key) is None
    await announce(now)
    await announce(now - 5)
    assert float(await resources.redis.redis.get(key)) == now


async def test_without_redis_staff_and_members_still_get_in_and_the_ended_stay_out(
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    resources: Resources,
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    colleague = await sign_in_staff(resources, client, role="admin")
    async with RedisClient("unix:///nowhere/at/all.sock") as away:
        alone = replace(resources, redis=away, admission=Admission(away), extensions={})
        authenticator = identity.TokenAuthenticator(alone)
        try:
            actor = await authenticator.authenticate(_request(owner.access_token))
            assert actor.may("members:write")
            actor = await authenticator.authenticate(_request(colleague.access_token))
            assert actor.may("users:write")
            await client.post("/admin/auth/logout", headers=colleague.headers)
            with pytest.raises(Unauthorized):
                await authenticator.authenticate(_request(colleague.access_token))
        finally:
            await identity.close(alone)


def _request(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


async def test_a_purged_tenant_leaves_no_rows(
    tenant_factory: TenantFactory, resources: Resources
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    (consumer,) = (
        each for each in jobs.consumers(resources) if each.name == "identity.forget_tenants"
    )
    async with resources.database.platform() as session:
        await consumer.handle(session, [Event(uuid7(), "tenant.purged", tenant.id, {}, utcnow())])
    async with resources.database.platform() as session:
        assert await identity.members_count(session, tenant.id) == 0
        assert await identity.find_user(session, owner.email) is not None
        left = await session.scalar(
            text("SELECT count(*) FROM sessions WHERE tenant_id = :id"), {"id": tenant.id}
        )
    assert left == 0


async def test_a_warm_token_is_recognised_without_being_verified_again(
    tenant_factory: TenantFactory, resources: Resources
) -> None:
    owner = await tenant_factory.member((await tenant_factory.tenant()).id)
    authenticator = identity.TokenAuthenticator(resources)
    principal = await authenticator.principal(owner.access_token)
    assert principal.user_id == owner.user_id

    async def cost(calls: int, *, warm: bool) -> float:
        """Of the processor's time, which others on the machine take nothing of."""
        spent = 0.0
        for _ in range(calls):
            asked = authenticator if warm else identity.TokenAuthenticator(resources)
            began = time.thread_time()
            await asked.principal(owner.access_token)
            spent += time.thread_time() - began
        return spent / calls

    cold = min([await cost(20, warm=False) for _ in range(5)])
    assert min([await cost(200, warm=True) for _ in range(5)]) < cold / 5
    with pytest.raises(Unauthorized):
        await authenticator.principal(owner.access_token + "x")
