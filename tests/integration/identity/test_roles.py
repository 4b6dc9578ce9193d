"""Who may call what: every route of identity, tried by every role of both sides."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from bridgecore.domains.audit.service import audit_mark
from bridgecore.domains.identity.router import router
from bridgecore.domains.identity.service import STAFF_ROLES, TENANT_ROLES
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7
from tests.factories.tenants import SignedIn, TenantFactory, sign_in_staff

# What each route asks for; an empty string is open to whoever is signed in on that side.
TENANT_SIDE = {
    "GET /api/v1/auth/users": "members:read",
    "GET /api/v1/members": "members:read",
    "POST /api/v1/members": "members:write",
    "GET /api/v1/members/{member_id}": "members:read",
    "PATCH /api/v1/members/{member_id}": "members:write",
    "DELETE /api/v1/members/{member_id}": "members:write",
    "GET /api/v1/members/{member_id}/sessions": "sessions:read",
    "DELETE /api/v1/members/{member_id}/sessions/{session_id}": "sessions:write",
    "GET /api/v1/roles": "roles:read",
    "GET /api/v1/roles/permissions": "roles:read",
    "POST /api/v1/roles": "roles:write",
    "GET /api/v1/roles/{code}": "roles:read",
    "PATCH /api/v1/roles/{code}": "roles:write",
    "DELETE /api/v1/roles/{code}": "roles:write",
    "GET /api/v1/api-keys": "api_keys:read",
    "POST /api/v1/api-keys": "api_keys:write",
    "GET /api/v1/api-keys/{key_id}": "api_keys:read",
    "PATCH /api/v1/api-keys/{key_id}": "api_keys:write",
    "DELETE /api/v1/api-keys/{key_id}": "api_keys:write",
}
# Members do this in their tenant, staff in any; both sides have the permission.
EITHER_SIDE = {
    "GET /api/v1/auth/invitations": "members:read",
    "POST /api/v1/auth/invitations": "members:write",
    "POST /api/v1/auth/invitations/bulk": "members:write",
    "GET /api/v1/invitations/{invitation_id}": "members:read",
    "POST /api/v1/invitations/{invitation_id}/resend": "members:write",
    "DELETE /api/v1/invitations/{invitation_id}": "members:write",
}
STAFF_SIDE = {
    "GET /admin/auth/me": "",
    "POST /admin/auth/change-password": "",
    "GET /admin/users": "users:read",
    "GET /admin/users/{user_id}": "users:read",
    "PATCH /admin/users/{user_id}": "users:write",
    "POST /admin/users/{user_id}/send-password-link": "users:write",
    "DELETE /admin/users/{user_id}/totp": "users:write",
    "GET /admin/roles": "staff:read",
    "GET /admin/roles/permissions": "staff:read",
    "GET /admin/staff": "staff:read",
    "POST /admin/staff": "staff:write",
    "GET /admin/staff/{user_id}": "staff:read",
    "PATCH /admin/staff/{user_id}": "staff:write",
    "DELETE /admin/staff/{user_id}": "staff:write",
}
# Open to anyone, because they are the doors themselves, or to anyone signed in on either side.
DOORS = {
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/second-factor",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/tenant/refresh",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/tenant/logout",
    "POST /api/v1/auth/forgot-password",
    "POST /api/v1/auth/reset-password",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/verify-email",
    "POST /api/v1/auth/resend-verification",
    "POST /api/v1/auth/invitations/look-up",
    "POST /api/v1/auth/invitations/accept",
    "GET /api/v1/auth/invitations/{token}",
    "GET /api/v1/auth/options",
    "GET /api/v1/auth/microsoft/config",
    "POST /api/v1/auth/microsoft/complete",
    "POST /api/v1/auth/supabase/complete",
    "POST /admin/auth/login",
    "POST /admin/auth/refresh",
    "POST /admin/auth/logout",
}
SIGNED_IN = {
    "GET /api/v1/auth/me",
    "PATCH /api/v1/auth/me",
    "POST /api/v1/auth/change-password",
    "POST /api/v1/auth/switch-tenant",
    "POST /api/v1/auth/totp/enrol",
    "POST /api/v1/auth/totp/confirm",
    "POST /api/v1/auth/totp/disable",
    "POST /api/v1/auth/totp/recovery-codes",
    "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions/{session_id}",
}


def routes() -> dict[str, APIRoute]:
    return {
        f"{method} {route.path}": route
        for context in iter_route_contexts(router.routes)
        if isinstance(route := context.original_route, APIRoute)
        for method in route.methods
    }


def allows(held: frozenset[str], permission: str) -> bool:
    actor = Actor(ActorKind.MEMBER, uuid7(), "", permissions=held)
    return not permission or actor.may(permission)


async def call(client: httpx.AsyncClient, route: str, headers: dict[str, str]) -> httpx.Response:
    method, _, template = route.partition(" ")
    path = template
    for name in ("member_id", "session_id", "key_id", "user_id", "invitation_id"):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    path = path.replace("{code}", "no-such-role")
    # a body that is refused, so that being let in changes nothing
    body = {"unknown": 1} if method in ("POST", "PATCH") else None
    return await client.request(method, path, json=body, headers=headers)


def test_every_route_is_in_the_table() -> None:
    assert set(routes()) == {*TENANT_SIDE, *STAFF_SIDE, *EITHER_SIDE, *DOORS, *SIGNED_IN}


def test_every_route_that_changes_something_says_what_the_trail_gets() -> None:
    for name, route in routes().items():
        if not name.startswith("GET"):
            assert audit_mark(route.endpoint), name


@pytest.mark.parametrize("role", TENANT_ROLES)
async def test_roles_of_a_tenant(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, role: str
) -> None:
    person = await tenant_factory.member((await tenant_factory.tenant()).id, role=role)
    for route, permission in {**TENANT_SIDE, **EITHER_SIDE}.items():
        answer = await call(client, route, person.headers)
        allowed = allows(TENANT_ROLES[role], permission)
        assert (answer.status_code != 403) == allowed, (route, answer.text)
        assert answer.status_code in (200, 404, 422, 403), (route, answer.text)
    for route in STAFF_SIDE:
        assert (await call(client, route, person.headers)).status_code == 403


@pytest.mark.parametrize("role", STAFF_ROLES)
async def test_roles_of_staff(client: httpx.AsyncClient, resources: Resources, role: str) -> None:
    person = await sign_in_staff(resources, client, role=role)
    for route, permission in {**STAFF_SIDE, **EITHER_SIDE}.items():
        answer = await call(client, route, person.headers)
        allowed = allows(STAFF_ROLES[role], permission)
        assert (answer.status_code != 403) == allowed, (route, answer.text)
        assert answer.status_code in (200, 404, 422, 403), (route, answer.text)
    for route in TENANT_SIDE:
        assert (await call(client, route, person.headers)).status_code == 403


async def test_nobody_gets_in_without_a_token(client: httpx.AsyncClient) -> None:
    for route in {*TENANT_SIDE, *STAFF_SIDE, *EITHER_SIDE, *SIGNED_IN}:
        assert (await call(client, route, {})).status_code == 401, route


async def test_only_a_super_admin_makes_or_touches_super_admins(
    client: httpx.AsyncClient, resources: Resources, staff: SignedIn
) -> None:
    admin = await sign_in_staff(resources, client, role="admin")
    body = {"email": f"new-{uuid4().hex[:8]}@platform.example", "full_name": "New"}
    for role, status in (("super_admin", 403), ("support", 201)):
        made = await client.post("/admin/staff", json={**body, "role": role}, headers=admin.headers)
        assert made.status_code == status, made.text
    path = f"/admin/staff/{made.json()['id']}"
    raised = await client.patch(path, json={"role": "super_admin"}, headers=admin.headers)
    assert raised.status_code == 403
    for method, target, change in (
        ("PATCH", f"/admin/staff/{staff.user_id}", {"role": "support"}),
        ("DELETE", f"/admin/staff/{staff.user_id}", None),
        ("PATCH", f"/admin/users/{staff.user_id}", {"is_active": False}),
        ("DELETE", f"/admin/users/{staff.user_id}/totp", None),
        ("POST", f"/admin/users/{staff.user_id}/send-password-link", None),
        ("PATCH", f"/admin/staff/{admin.user_id}", {"role": "super_admin"}),
    ):
        answer = await client.request(method, target, json=change, headers=admin.headers)
        assert answer.status_code == 403, (method, target, answer.text)
    own = await client.patch(
        f"/admin/staff/{staff.user_id}", json={"role": "support"}, headers=staff.headers
    )
    assert own.status_code == 403
    raised = await client.patch(path, json={"role": "super_admin"}, headers=staff.headers)
    assert raised.json()["platform_role"] == "super_admin"


async def test_staff_find_people(
    client: httpx.AsyncClient, tenant_factory: TenantFactory, staff: SignedIn
) -> None:
    tenant = await tenant_factory.tenant()
    person = await tenant_factory.member(tenant.id)
    for wanted in ({"search": person.email}, {"tenant_id": str(tenant.id), "is_active": True}):
        found = await client.get("/admin/users", params=wanted, headers=staff.headers)
        assert [entry["email"] for entry in found.json()["items"]] == [person.email]
        assert found.json()["total"] == found.json()["items"][0]["tenants"] == 1
        assert "hash" not in found.text
        assert "secret" not in found.text
    only_staff = await client.get(
        "/admin/users", params={"staff": True, "search": person.email}, headers=staff.headers
    )
    assert only_staff.json()["total"] == 0
