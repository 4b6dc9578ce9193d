"""Members, roles and API keys: within the plan, and within the rights of whoever acts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.schemas.people import MemberFilter
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory
from tests.factories.waiting import hour_goes_on
from tests.integration.identity.conftest import Browser, bearer, some_email

MEMBERS = "/api/v1/members"
KEYS = "/api/v1/api-keys"
ROLES = "/api/v1/roles"
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def owner(tenant_factory: TenantFactory) -> SignedIn:
    return await tenant_factory.member((await tenant_factory.tenant()).id)


async def add(
    client: httpx.AsyncClient, actor: SignedIn, role: str = "user", **more: Any
) -> httpx.Response:
    body = {"email": some_email(role), "full_name": "Some Body", "role": role, **more}
    return await client.post(MEMBERS, json=body, headers=actor.headers)


async def own_place(client: httpx.AsyncClient, person: SignedIn) -> str:
    me = await client.get("/api/v1/auth/me", headers=person.headers)
    return str(me.json()["membership_id"])


async def test_a_member_is_added_changed_and_removed(
    client: httpx.AsyncClient, browser: Browser, owner: SignedIn
) -> None:
    email = some_email()
    made = await add(client, owner, email=email.upper(), password="a first password")
    assert made.status_code == 201, made.text
    member = made.json()
    assert member["email"] == email
    path = f"{MEMBERS}/{member['id']}"
    place = {"odoo_user_id": 7, "team_id": 3, "matched": True}
    changed = await client.patch(path, json=place, headers=owner.headers)
    assert changed.json() == {**member, **place}
    for listing in (MEMBERS, "/api/v1/auth/users"):
        found = await client.get(listing, params={"role": "user"}, headers=owner.headers)
        assert [entry["email"] for entry in found.json()["items"]] == [email]
    first = await browser.login("/api/v1/auth/tenant/login", email, password="a first password")
    assert first.json()["user"]["odoo_user_id"] == 7
    assert first.json()["user"]["must_change_password"] is True
    assert (await client.delete(path, headers=owner.headers)).status_code == 204
    assert (await client.get(path, headers=owner.headers)).status_code == 404
    trail = await client.get(
        "/api/v1/audit", params={"target_type": "member"}, headers=owner.headers
    )
    actions = {entry["action"] for entry in trail.json()["items"]}
    assert {"member.added", "member.changed", "member.removed"} <= actions


async def test_an_existing_person_joins_with_their_own_password(
    client: httpx.AsyncClient, browser: Browser, owner: SignedIn, tenant_factory: TenantFactory
) -> None:
    other = await tenant_factory.member((await tenant_factory.tenant()).id)
    made = await add(client, owner, email=other.email, password="not theirs to change")
    assert made.status_code == 201
    assert made.json()["full_name"] == "A Owner"  # a tenant renames nobody
    refused = await browser.login(
        "/api/v1/auth/login", other.email, password="not theirs to change"
    )
    assert refused.status_code == 401
    assert (await browser.login("/api/v1/auth/login", other.email)).status_code == 200
    again = await add(client, owner, email=other.email)
    assert again.status_code == 409


async def test_the_plan_holds_when_many_are_added_at_once(
    client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant(max_users=4)
    owner = await tenant_factory.member(tenant.id)
    answers = await asyncio.gather(*(add(client, owner) for _ in range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 3 + [400] * 5
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json()["code"] == "TENANT_LIMIT_EXCEEDED"
    listed = (await client.get(MEMBERS, params={"role": "user"}, headers=owner.headers)).json()
    path = f"{MEMBERS}/{listed['items'][0]['id']}"
    assert (
        await client.patch(path, json={"is_active": False}, headers=owner.headers)
    ).status_code == 200
    assert (await add(client, owner)).status_code == 201
    back = await client.patch(path, json={"is_active": True}, headers=owner.headers)
    assert back.status_code == 400


async def test_nobody_gives_more_than_they_hold(
    client: httpx.AsyncClient, owner: SignedIn, tenant_factory: TenantFactory
) -> None:
    assert owner.tenant_id is not None
    admin = await tenant_factory.member(owner.tenant_id, role="admin")
    assert (await add(client, admin, role="owner")).status_code == 403
    assert (await add(client, admin, role="manager")).status_code == 201
    own = f"{MEMBERS}/{await own_place(client, admin)}"
    for change in ({"role": "owner"}, {"role": "user"}, {"is_active": False}):
        answer = await client.patch(own, json=change, headers=admin.headers)
        assert answer.status_code == 403
    above = f"{MEMBERS}/{await own_place(client, owner)}"
    demoted = await client.patch(above, json={"role": "user"}, headers=admin.headers)
    assert demoted.status_code == 403
    assert (await client.delete(above, headers=admin.headers)).status_code == 403
    for scopes, status in ((["*"], 403), (["billing:*"], 403), (["gateway:*"], 201)):
        made = await client.post(KEYS, json={"name": "k", "scopes": scopes}, headers=admin.headers)
        assert made.status_code == status, made.text
        role = {"code": f"r-{len(scopes[0])}", "name": "R", "permissions": scopes}
        made = await client.post(ROLES, json=role, headers=admin.headers)
        assert made.status_code == status, made.text


async def test_the_last_owner_stays(
    client: httpx.AsyncClient, owner: SignedIn, tenant_factory: TenantFactory, resources: Resources
) -> None:
    assert owner.tenant_id is not None
    path = f"{MEMBERS}/{await own_place(client, owner)}"
    assert (await client.delete(path, headers=owner.headers)).status_code == 409
    second = await tenant_factory.member(owner.tenant_id)
    # two owners who remove each other at the same instant leave one
    other_path = f"{MEMBERS}/{await own_place(client, second)}"
    answers = await asyncio.gather(
        client.patch(path, json={"role": "user"}, headers=second.headers),
        client.patch(other_path, json={"role": "user"}, headers=owner.headers),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sorted(answer.status_code for answer in answers)[1] in (401, 409)
    async with resources.database.tenant(owner.tenant_id) as session:
        members, _ = await identity.list_members(
            session, owner.tenant_id, MemberFilter(), skip=0, limit=10
        )
    assert sorted(member.role for member in members) == ["owner", "user"]


async def test_members_of_other_tenants_do_not_exist(
    client: httpx.AsyncClient, owner: SignedIn, tenant_factory: TenantFactory
) -> None:
    stranger = await tenant_factory.member((await tenant_factory.tenant()).id)
    place = await own_place(client, stranger)
    made = await client.post(
        KEYS, json={"name": "k", "scopes": ["members:read"]}, headers=stranger.headers
    )
    role = {"code": "theirs", "name": "Theirs", "permissions": ["members:read"]}
    await client.post(ROLES, json=role, headers=stranger.headers)
    for method, path, body in (
        ("GET", f"{MEMBERS}/{place}", None),
        ("PATCH", f"{MEMBERS}/{place}", {"role": "user"}),
        ("DELETE", f"{MEMBERS}/{place}", None),
        ("GET", f"{MEMBERS}/{place}/sessions", None),
        ("DELETE", f"{MEMBERS}/{place}/sessions/{uuid4()}", None),
        ("GET", f"{KEYS}/{made.json()['id']}", None),
        ("PATCH", f"{KEYS}/{made.json()['id']}", {"name": "mine"}),
        ("DELETE", f"{KEYS}/{made.json()['id']}", None),
        ("GET", f"{ROLES}/theirs", None),
        ("PATCH", f"{ROLES}/theirs", {"name": "mine"}),
        ("DELETE", f"{ROLES}/theirs", None),
    ):
        answer = await client.request(method, path, json=body, headers=owner.headers)
        assert answer.status_code == 404, (method, path, answer.text)
    listed = await client.get(MEMBERS, headers=owner.headers)
    assert stranger.email not in listed.text


async def test_a_tenant_can_not_read_what_people_keep_secret(
    owner: SignedIn, resources: Resources
) -> None:
    assert owner.tenant_id is not None
    for column in ("password_hash", "totp_secret", "platform_role"):
        async with resources.database.tenant(owner.tenant_id) as session:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await session.execute(text(f"SELECT {column} FROM users"))
    async with resources.database.tenant(owner.tenant_id) as session:
        emails = (await session.scalars(text("SELECT email FROM users"))).all()
    assert emails == [owner.email]


async def test_adding_somebody_twice_with_one_key_adds_them_once(
    client: httpx.AsyncClient, owner: SignedIn
) -> None:
    body = {"email": some_email(), "full_name": "Once"}
    headers = {**owner.headers, "Idempotency-Key": "add-once"}
    first, second = [await client.post(MEMBERS, json=body, headers=headers) for _ in range(2)]
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"


# ── API keys ───────────────────────────────────────────────────────────────────────────────────


async def test_an_api_key_through_its_life(
    client: httpx.AsyncClient, owner: SignedIn, resources: Resources
) -> None:
    wanted = {"name": "warehouse", "scopes": ["members:read"], "weight": 3}
    headers = {**owner.headers, "Idempotency-Key": "once"}
    made = await client.post(KEYS, json=wanted, headers=headers)
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    assert key.startswith(made.json()["prefix"])
    # the answer is kept nowhere, so the same request again makes another key
    assert (await client.post(KEYS, json=wanted, headers=headers)).json()["key"] != key
    path = f"{KEYS}/{made.json()['id']}"
    used = await client.get(MEMBERS, headers=bearer(key))
    assert used.status_code == 200, used.text
    assert (await client.get(ROLES, headers=bearer(key))).status_code == 403
    me = (await client.get("/api/v1/auth/me", headers=bearer(key))).json()
    assert (me["kind"], me["full_name"]) == ("api_key", "warehouse")
    shown = (await client.get(path, headers=owner.headers)).json()
    assert shown["last_used_at"] is not None
    assert "key" not in shown
    renamed = await client.patch(path, json={"name": "shop"}, headers=owner.headers)
    assert renamed.json()["name"] == "shop"
    assert (await client.delete(path, headers=owner.headers)).status_code == 204
    refused = await client.get(MEMBERS, headers=bearer(key))
    assert refused.status_code == 401
    assert refused.json()["code"] == "TOKEN_REVOKED"
    listed = await client.get(KEYS, headers=owner.headers)
    assert listed.json()["total"] == 1
    everything = await client.get(KEYS, params={"with_revoked": True}, headers=owner.headers)
    assert everything.json()["total"] == 2


async def test_a_key_weighs_what_it_was_given(
    client: httpx.AsyncClient, owner: SignedIn, resources: Resources
) -> None:
    made = await client.post(
        KEYS, json={"name": "k", "scopes": ["members:read"], "weight": 7}, headers=owner.headers
    )
    await hour_goes_on(20)
    before = await resources.admission.read_counters(str(owner.tenant_id))
    await client.get(MEMBERS, headers=bearer(made.json()["key"]))
    after = await resources.admission.read_counters(str(owner.tenant_id))
    assert after.day - before.day == 7


async def test_a_key_ends_when_it_was_said(client: httpx.AsyncClient, owner: SignedIn) -> None:
    for seconds in (1.5, 15):  # the second where the machine was too slow for the first
        ends = utcnow() + timedelta(seconds=seconds)
        body = {"name": "k", "scopes": ["members:read"], "expires_at": ends.isoformat()}
        made = await client.post(KEYS, json=body, headers=owner.headers)
        if made.status_code == 422 and utcnow() > ends:
            continue
        key = made.json()["key"]
        early = await client.get(MEMBERS, headers=bearer(key))
        if utcnow() < ends:
            break
    assert early.status_code == 200
    await asyncio.sleep((ends - utcnow()).total_seconds() + 0.1)
    late = await client.get(MEMBERS, headers=bearer(key))
    assert late.status_code == 401
    assert late.json()["code"] == "TOKEN_EXPIRED"
    past = {**body, "expires_at": (utcnow() - timedelta(days=1)).isoformat()}
    assert (await client.post(KEYS, json=past, headers=owner.headers)).status_code == 422


async def test_keys_follow_the_rights_of_whoever_made_them(
    client: httpx.AsyncClient, owner: SignedIn, tenant_factory: TenantFactory
) -> None:
    assert owner.tenant_id is not None
    admin = await tenant_factory.member(owner.tenant_id, role="admin")
    keys = {}
    for scope in ("gateway:read", "api_keys:read"):
        made = await client.post(
            KEYS, json={"name": scope, "scopes": [scope]}, headers=admin.headers
        )
        keys[scope] = made.json()["key"]
    path = f"{MEMBERS}/{await own_place(client, admin)}"
    await client.patch(path, json={"role": "manager"}, headers=owner.headers)
    assert (await client.get("/api/v1/auth/me", headers=bearer(keys["gateway:read"]))).is_success
    gone = await client.get("/api/v1/auth/me", headers=bearer(keys["api_keys:read"]))
    assert gone.status_code == 401


async def test_keys_have_no_account(client: httpx.AsyncClient, owner: SignedIn) -> None:
    made = await client.post(KEYS, json={"name": "k", "scopes": ["*"]}, headers=owner.headers)
    headers = bearer(made.json()["key"])
    for method, path, body in (
        ("POST", "/api/v1/auth/change-password", {"current_password": "x", "new_password": "y"}),
        ("POST", "/api/v1/auth/totp/enrol", {"password": "x"}),
        ("GET", "/api/v1/auth/sessions", None),
        ("PATCH", "/api/v1/auth/me", {"full_name": "x"}),
        ("POST", "/api/v1/auth/switch-tenant", {"tenant": "x"}),
    ):
        answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 403, (path, answer.text)


# ── bad input ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", MEMBERS, {"email": "not an email", "full_name": "x"}),
        ("POST", MEMBERS, {"email": "a@b.example", "full_name": "nul\x00"}),
        ("POST", MEMBERS, {"email": "a\x00@b.example", "full_name": "x"}),
        ("POST", MEMBERS, {"email": "a@b.example", "full_name": "x", "unknown": 1}),
        ("POST", MEMBERS, {"email": "a@b.example", "full_name": "x", "role": "No Role"}),
        ("POST", MEMBERS, {"email": "a@b.example", "full_name": "x", "password": "short"}),
        ("PATCH", f"{MEMBERS}/{NOBODY}", {"is_active": 0}),
        ("PATCH", f"{MEMBERS}/{NOBODY}", {"odoo_user_id": 2**31}),
        ("GET", f"{MEMBERS}?role=No+Role", None),
        ("GET", f"{MEMBERS}?search=%00", None),
        ("GET", f"{MEMBERS}?limit=0", None),
        ("POST", ROLES, {"code": "x", "name": "x", "permissions": ["members:fly"]}),
        ("POST", ROLES, {"code": "xx", "name": "x", "permissions": []}),
        ("GET", f"{ROLES}/NO", None),
        ("POST", KEYS, {"name": "", "scopes": ["members:read"]}),
        ("POST", KEYS, {"name": "k", "scopes": ["members:read"], "weight": 0}),
        ("POST", "/api/v1/auth/login", {"email": "a\x00", "password": "x"}),
        ("POST", "/api/v1/auth/login", {"email": "a", "password": "x" * 257}),
        ("POST", "/api/v1/auth/login", {"email": "a", "password": "x", "tenant": "\x00"}),
        ("POST", "/api/v1/auth/tenant/login", {"email": "a"}),
        ("POST", "/api/v1/auth/second-factor", {"challenge": "x", "code": "12345"}),
    ],
)
async def test_bad_input_is_told_field_by_field(
    client: httpx.AsyncClient, owner: SignedIn, method: str, path: str, body: Any
) -> None:
    answer = await client.request(method, path, json=body, headers=owner.headers)
    assert answer.status_code == 422, answer.text
    assert isinstance(answer.json()["detail"], str)


async def test_a_role_that_is_not_there_is_told(
    client: httpx.AsyncClient, owner: SignedIn, resources: Resources
) -> None:
    assert (await add(client, owner, role="nobody")).status_code == 404
    assert owner.tenant_id is not None
    async with resources.database.platform() as session:
        with pytest.raises(ProblemError):
            await identity.add_member(
                session,
                resources,
                None,
                owner.tenant_id,
                email=some_email(),
                full_name="x",
                role="nobody",
                password=PASSWORD,
            )
