"""Every change is on the trail, or its route says in writing why it is not.

Each route that changes something carries its mark; each action a mark names is then caused by a
real request, and the entry is found by the correlation id of that very answer.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text

from bridgecore.domains.audit.service import audit_mark
from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.entrypoints.app import build_api
from bridgecore.infra.intents import IntentStatus
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.contract.conftest import Stage
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory, sign_in_staff

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Audited routes that are not carried out here: what stands in the way, and where they are.
ELSEWHERE = {
    "POST /api/v1/auth/reset-password": "needs a mailed link: integration/identity",
    "POST /api/v1/auth/verify-email": "needs a mailed link: integration/identity",
    "POST /api/v1/auth/invitations/accept": "needs a mailed link: integration/identity",
    "POST /admin/mails/{mail_id}/send": "needs a mail server: integration/infra",
    "POST /api/v1/auth/microsoft/complete": "needs an OpenID provider: integration/identity",
    "POST /api/v1/auth/supabase/complete": "needs a Supabase project: integration/identity",
    "POST /api/v1/webhooks/retry": "needs a dead letter: integration/webhooks",
    "PUT /api/v1/clients/{client_id}/workflows/{connection_id}/{workflow_id}/savings": (
        "needs a workflow that was read: integration/automation"
    ),
    "PUT /api/v1/metrics/my-workflows/{connection_id}/{workflow_id}/savings": (
        "needs a workflow that was read: integration/automation"
    ),
    "POST /api/v1/integrations/{connection}/sync/deletes": (
        "needs a removal that stopped to ask: integration/sync"
    ),
    "POST /api/v1/integrations/{connection}/sync/set-asides/retry": (
        "needs a record set aside: integration/sync"
    ),
    "POST /api/v1/integrations/{connection}/sync/repair": (
        "needs records that differ: integration/sync"
    ),
    "POST /api/v1/integrations/odoo/sync-users": (
        "needs a user of Odoo with a member's email: integration/sync"
    ),
    "POST /admin/jobs/{job_id}/retry": "needs a job that failed: integration/entrypoints",
    "POST /admin/jobs/{job_id}/cancel": "needs a waiting job: integration/entrypoints",
}


@pytest.fixture(scope="module")
def marks(settings: Settings) -> dict[str, tuple[str, ...] | str | None]:
    """The mark of every route that changes something, by label."""
    api: FastAPI = build_api(settings, GatewayEndpoint(), [])
    return {
        f"{method} {context.path}": audit_mark(context.original_route.endpoint)
        for context in iter_route_contexts(api.routes)
        if isinstance(context.original_route, APIRoute)
        for method in set(context.original_route.methods or ()) - SAFE
    }


def test_every_route_that_changes_something_says_what_it_writes(
    marks: dict[str, tuple[str, ...] | str | None],
) -> None:
    assert len(marks) > 50
    assert not [label for label, mark in marks.items() if not mark]
    for label, mark in marks.items():
        if isinstance(mark, str):
            assert len(mark.split()) >= 2, f"{label}: a reason says more than a word"
        elif mark is not None:
            assert all(action.count(".") == 1 for action in mark), label


@dataclass(slots=True)
class Trail:
    """Carries out requests and collects which actions the trail has for each."""

    client: httpx.AsyncClient
    resources: Resources
    found: dict[str, set[str]] = field(default_factory=dict)

    async def act(
        self, label: str, headers: dict[str, str] | None = None, /, **options: Any
    ) -> Any:
        """One request, `label` with its braces filled from `at`; its answer's JSON."""
        method, template = label.split(" ")
        path = template.format(**options.pop("at", {}))
        answer = await self.client.request(method, path, headers=headers, **options)
        assert answer.is_success, (label, answer.status_code, answer.text)
        async with self.resources.database.platform() as session:
            actions = await session.scalars(
                text("SELECT action FROM audit_entries WHERE correlation_id = :id"),
                {"id": answer.headers["x-correlation-id"]},
            )
            self.found.setdefault(label, set()).update(actions)
        return answer.json() if answer.content else None


def _email() -> str:
    return f"{secrets.token_hex(5)}@people.example"


async def _sign_ins(trail: Trail, person: SignedIn, staff: SignedIn) -> None:
    credentials = {"email": person.email, "password": PASSWORD}
    for door in ("POST /api/v1/auth/login", "POST /api/v1/auth/tenant/login"):
        await trail.act(door, json=credentials)
    staff_credentials = {"email": staff.email, "password": PASSWORD}
    await trail.act("POST /admin/auth/login", json=staff_credentials)
    for label, door, given in (
        ("POST /api/v1/auth/logout", "/api/v1/auth/login", credentials),
        ("POST /api/v1/auth/tenant/logout", "/api/v1/auth/tenant/login", credentials),
        ("POST /admin/auth/logout", "/admin/auth/login", staff_credentials),
    ):
        opened = (await trail.client.post(door, json=given)).json()
        await trail.act(label, {"Authorization": f"Bearer {opened['access_token']}"})


async def _own_account(trail: Trail, people: TenantFactory, tenant_id: UUID) -> None:
    person = await people.member(tenant_id)
    await trail.act("PATCH /api/v1/auth/me", person.headers, json={"full_name": "Another"})
    for _ in "12":
        await people.sign_in(person.email, tenant_id)
    sessions = await trail.client.get("/api/v1/auth/sessions", headers=person.headers)
    other = next(each["id"] for each in sessions.json()["items"] if not each["current"])
    await trail.act(
        "DELETE /api/v1/auth/sessions/{session_id}", person.headers, at={"session_id": other}
    )
    await trail.act("DELETE /api/v1/auth/sessions", person.headers)

    secret = await trail.client.post(
        "/api/v1/auth/totp/enrol", json={"password": PASSWORD}, headers=person.headers
    )
    totp = pyotp.TOTP(secret.json()["secret"])
    await trail.act("POST /api/v1/auth/totp/confirm", person.headers, json={"code": totp.now()})
    credentials = {"email": person.email, "password": PASSWORD}
    asked = await trail.client.post("/api/v1/auth/login", json=credentials)
    await _pass_half_a_minute(trail, person)
    await trail.act(
        "POST /api/v1/auth/second-factor",
        json={"challenge": asked.json()["challenge"], "code": totp.now()},
    )
    await _pass_half_a_minute(trail, person)
    ending = {"password": PASSWORD, "code": totp.now()}
    codes = await trail.act("POST /api/v1/auth/totp/recovery-codes", person.headers, json=ending)
    ending["code"] = codes["recovery_codes"][0]
    await trail.act("POST /api/v1/auth/totp/disable", person.headers, json=ending)

    passwords = {"current_password": PASSWORD, "new_password": "staple horse correct"}
    changed = await trail.act("POST /api/v1/auth/change-password", person.headers, json=passwords)
    bearer = {"Authorization": f"Bearer {changed['access_token']}"}
    await trail.act("POST /api/v1/auth/switch-tenant", bearer, json={"tenant": str(tenant_id)})


async def _pass_half_a_minute(trail: Trail, person: SignedIn) -> None:
    """So that the code of this moment may be used again."""
    async with trail.resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET totp_last_step = totp_last_step - 3 WHERE id = :id"),
            {"id": person.user_id},
        )


async def _company(trail: Trail, people: TenantFactory, stage: Stage) -> None:
    """What an owner does to members, roles, keys, connections and writes."""
    by = stage.headers
    code = "clerks"
    role = {"code": code, "name": "Clerks", "permissions": ["crm:read"]}
    await trail.act("POST /api/v1/roles", by, json=role)
    await trail.act("PATCH /api/v1/roles/{code}", by, at={"code": code}, json={"name": "Clerk"})
    await trail.act("DELETE /api/v1/roles/{code}", by, at={"code": code})

    key = {"name": "Till", "scopes": ["crm:read"]}
    at = {"key_id": (await trail.act("POST /api/v1/api-keys", by, json=key))["id"]}
    await trail.act("PATCH /api/v1/api-keys/{key_id}", by, at=at, json={"name": "Shop"})
    await trail.act("DELETE /api/v1/api-keys/{key_id}", by, at=at)

    member = {"email": _email(), "full_name": "A Member", "password": PASSWORD}
    at = {"member_id": (await trail.act("POST /api/v1/members", by, json=member))["id"]}
    path = "/api/v1/members/{member_id}"
    await trail.act(f"PATCH {path}", by, at=at, json={"role": "admin"})
    signing_in = {"email": member["email"], "password": PASSWORD}
    opened = await trail.client.post("/api/v1/auth/login", json=signing_in)
    assert opened.is_success, opened.text
    sessions = await trail.client.get(path.format(**at) + "/sessions", headers=by)
    session_id = sessions.json()["items"][0]["id"]
    await trail.act(
        f"DELETE {path}/sessions/{{session_id}}", by, at={**at, "session_id": session_id}
    )
    await trail.act(f"DELETE {path}", by, at=at)

    invitation = await trail.act("POST /api/v1/auth/invitations", by, json={"email": _email()})
    await trail.act("POST /api/v1/auth/invitations/bulk", by, json={"emails": [_email()]})
    at = {"invitation_id": invitation["id"]}
    async with trail.resources.database.platform() as session:
        await session.execute(
            text("UPDATE invitations SET sent_at = now() - interval '2 minutes' WHERE id = :id"),
            {"id": UUID(invitation["id"])},
        )
    await trail.act("POST /api/v1/invitations/{invitation_id}/resend", by, at=at)
    await trail.act("DELETE /api/v1/invitations/{invitation_id}", by, at=at)

    connector = {"connector": "odoo", "name": "Second", "config": dict(stage.odoo)}
    made = await trail.act("POST /api/v1/integrations", by, json=connector)
    at = {"connection": made["id"]}
    sync = "/api/v1/integrations/{connection}/sync"
    await trail.act(f"PUT {sync}/plan", by, at=at, json={"interval_seconds": 60})
    run = await trail.act(f"POST {sync}/trigger", by, at=at)
    await trail.act(f"POST {sync}/parity", by, at=at)
    cancel = "POST /api/v1/integrations/sync/{sync_id}/cancel"
    await trail.act(cancel, by, at={"sync_id": run["id"]})
    await trail.act("POST /api/v1/admin/sync/start", by, json={"full": True})
    at = {"connection_id": made["id"]}
    path = "/api/v1/integrations/{connection_id}"
    await trail.act(f"PUT {path}", by, at=at, json={"name": "Third"})
    await trail.act(f"DELETE {path}", by, at=at)
    configured = {"username": "admin", "password": "admin"}
    await trail.act("POST /api/v1/integrations/odoo/configure", by, json=configured)
    mine = "/api/v1/integrations/odoo/my-credentials"
    await trail.act(f"PUT {mine}", by, json=configured)
    await trail.act(f"DELETE {mine}", by)

    async with trail.resources.database.platform() as session:
        await session.execute(
            text("UPDATE intents SET status = :unknown WHERE id = :id"),
            {"unknown": IntentStatus.UNKNOWN.value, "id": UUID(stage.ids["write_id"])},
        )
    await trail.act(
        "POST /api/v1/odoo/writes/{write_id}/resolve",
        by,
        at=stage.ids,
        json={"status": "done", "note": "seen in Odoo"},
    )


async def _webhooks(trail: Trail, stage: Stage, staff: SignedIn) -> None:
    """What an owner does to senders and their events, and staff to those of all."""
    by, path = stage.headers, "/api/v1/webhooks"
    at = {"secret_id": (await trail.act(f"POST {path}/secrets", by, json={}))["id"]}
    await trail.act(f"POST {path}/secrets/rotate", by, json={})
    await trail.act(f"DELETE {path}/secrets/{{secret_id}}", by, at=at)
    at = {"address_id": (await trail.act(f"POST {path}/addresses", by, json={}))["id"]}
    await trail.act(f"DELETE {path}/addresses/{{address_id}}", by, at=at)
    nothing: dict[str, Any] = {"event_ids": []}
    await trail.act(f"POST {path}/retry/bulk", by, json=nothing)
    await trail.act(f"POST {path}/dead-letter/discard", by, json=nothing)
    await trail.act("POST /admin/webhooks/retry/bulk", staff.headers, json=nothing)


async def _platform(trail: Trail, people: TenantFactory, stage: Stage, staff: SignedIn) -> None:
    """What staff do to plans, tenants, people, each other and errors."""
    by = staff.headers
    plan = {"code": f"plan-{secrets.token_hex(4)}", "name": "Plan"}
    at = {"plan_id": (await trail.act("POST /admin/plans", by, json=plan))["id"]}
    await trail.act("PUT /admin/plans/{plan_id}", by, at=at, json={"name": "Other"})

    name = f"t-{secrets.token_hex(4)}"
    at = {"tenant_id": (await trail.act("POST /admin/tenants", by, json={"name": name}))["id"]}
    path = "/admin/tenants/{tenant_id}"
    await trail.act(f"PUT {path}", by, at=at, json={"contact_email": _email()})
    await trail.act(f"POST {path}/suspend", by, at=at, json={"reason": "a test"})
    await trail.act(f"POST {path}/activate", by, at=at)
    await trail.act(f"DELETE {path}", by, at=at)

    at = {"user_id": str((await people.member(stage.id)).user_id)}
    await trail.act("PATCH /admin/users/{user_id}", by, at=at, json={"full_name": "Renamed"})
    person = await people.member(stage.id)
    await trail.client.post(
        "/api/v1/auth/totp/enrol", json={"password": PASSWORD}, headers=person.headers
    )
    await _enable_second_factor(trail, person)
    await trail.act("DELETE /admin/users/{user_id}/totp", by, at={"user_id": person.user_id})

    colleague = {"email": _email(), "full_name": "A Colleague", "role": "support"}
    at = {"user_id": (await trail.act("POST /admin/staff", by, json=colleague))["id"]}
    await trail.act("PATCH /admin/staff/{user_id}", by, at=at, json={"role": "admin"})
    await trail.act("DELETE /admin/staff/{user_id}", by, at=at)

    await trail.act("POST /admin/sync/start", by, json={"tenant_id": str(stage.id)})

    notes = {"resolution_notes": "explained"}
    errors = "/admin/logs/errors/{error_id}"
    await trail.act(f"POST {errors}/resolve", by, at=stage.ids, json=notes)
    await trail.act(f"POST {errors}/reopen", by, at=stage.ids)

    spare = await sign_in_staff(trail.resources, trail.client, role="support")
    passwords = {"current_password": PASSWORD, "new_password": "staple horse correct"}
    await trail.act("POST /admin/auth/change-password", spare.headers, json=passwords)


async def _alerts(trail: Trail, by: SignedIn, path: str, alert_id: str) -> None:
    """What an owner does to alerts and rules of a tenant, and staff to those of the platform."""
    made = await trail.act(f"POST {path}/rules", by.headers, json={"kind": "dead_letters"})
    at = {"rule_id": made["id"]}
    await trail.act(f"PUT {path}/rules/{{rule_id}}", by.headers, at=at, json={"name": "Dead"})
    await trail.act(f"DELETE {path}/rules/{{rule_id}}", by.headers, at=at)
    at = {"alert_id": alert_id}
    await trail.act(f"POST {path}/{{alert_id}}/acknowledge", by.headers, at=at)
    await trail.act(f"POST {path}/{{alert_id}}/mute", by.headers, at=at, json={"minutes": 5})
    await trail.act(f"POST {path}/{{alert_id}}/unmute", by.headers, at=at)


async def _clients(trail: Trail, staff: SignedIn) -> None:
    """What staff do to clients and their n8n servers."""
    by, path = staff.headers, "/api/v1/clients/{client_id}"
    made = await trail.act("POST /api/v1/clients", by, json={"name": secrets.token_hex(4)})
    at = {"client_id": made["id"]}
    await trail.act(f"PUT {path}", by, at=at, json={"contact_email": _email()})
    server = {"n8n_api_url": "http://127.0.0.1:5678", "n8n_api_key": "n8n_api_0"}
    found = await trail.act(f"POST {path}/n8n-config", by, at=at, json=server)
    connection_id = found["servers"][0]["connection_id"]
    await trail.act(
        f"DELETE {path}/n8n-config/{{connection_id}}", by, at={**at, "connection_id": connection_id}
    )
    await trail.act(f"DELETE {path}", by, at=at)


async def _enable_second_factor(trail: Trail, person: SignedIn) -> None:
    async with trail.resources.database.platform() as session:
        await session.execute(
            text("UPDATE users SET totp_confirmed_at = now() WHERE id = :id"),
            {"id": person.user_id},
        )


async def test_every_audited_route_leaves_its_entry(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    ours: Stage,
    marks: dict[str, tuple[str, ...] | str | None],
) -> None:
    trail = Trail(client, resources)
    staff = await sign_in_staff(resources, client, role="super_admin")
    await _sign_ins(trail, ours.member, staff)
    await _own_account(trail, tenant_factory, ours.id)
    await _company(trail, tenant_factory, ours)
    await _webhooks(trail, ours, staff)
    await _clients(trail, staff)
    await _alerts(trail, ours.owner, "/api/v1/alerts", ours.ids["alert_id"])
    listed = await client.get("/admin/alerts", params={"limit": 200}, headers=staff.headers)
    watched = next(
        each["id"]
        for each in listed.json()["items"]
        if each["about_tenant_id"] == str(ours.id) and each["status"] == "firing"
    )
    await _alerts(trail, staff, "/admin/alerts", watched)
    await _platform(trail, tenant_factory, ours, staff)
    audited = {label: set(mark) for label, mark in marks.items() if isinstance(mark, tuple)}
    assert set(audited) - set(trail.found) == set(ELSEWHERE)
    for label, actions in trail.found.items():
        assert actions, f"{label} left no entry"
        assert actions <= audited[label], f"{label} wrote {actions}, its mark says otherwise"
