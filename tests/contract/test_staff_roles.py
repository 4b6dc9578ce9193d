"""Who may do what: every operation of the document, tried by every role there is.

`PERMISSIONS` says what each operation asks for. It is compared with what the routes declare, and
with what happens: each built-in role, a role and an API key of each single permission call every
operation. Who lacks the permission is refused and changes nothing; who has it is never refused.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from bridgecore.domains.gateway.router.callers import CallerWith
from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.domains.identity.service.permissions import (
    STAFF_PERMISSIONS,
    STAFF_ROLES,
    TENANT_PERMISSIONS,
    TENANT_ROLES,
    expand,
)
from bridgecore.entrypoints.app import build_api
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.contract.conftest import EITHER_SIDE, NOBODY, Operation, Stage, fingerprints, odoo_bodies
from tests.factories.tenants import TenantFactory, sign_in_staff

ANYONE = "whoever is signed in, keys included"
PERSON = "whoever is signed in and is a person"
TENANT_PERSON = "whoever is signed in on the tenant side and is a person"
MEMBER = "any role of a tenant"
STAFF = "any role of staff"

_BY_PERMISSION = {
    # staff
    "audit:read": "GET /admin/audit, GET /api/v1/audit",
    "usage:read": """
        GET /admin/analytics/overview, GET /admin/analytics/requests,
        GET /admin/analytics/response-times, GET /admin/analytics/status-distribution,
        GET /admin/analytics/tenants/{tenant_id}, GET /admin/analytics/tenants/{tenant_id}/daily,
        GET /admin/analytics/top-endpoints, GET /admin/analytics/top-models,
        GET /admin/analytics/top-tenants, GET /admin/tenants/{tenant_id}/usage,
        GET /api/v1/usage, GET /api/v1/usage/daily, GET /api/v1/logs/errors,
        GET /api/v1/logs/usage""",
    "platform:write": "GET /admin/mails/{mail_id}, POST /admin/mails/{mail_id}/send",
    "platform:read": "GET /admin/mails, GET /admin/metrics/platform, GET /admin/settings",
    "logs:read": """
        GET /admin/logs/errors, GET /admin/logs/errors.csv, GET /admin/logs/errors/summary,
        GET /admin/logs/errors/{error_id}, GET /admin/logs/usage, GET /admin/logs/usage.csv,
        GET /admin/logs/usage/summary""",
    "logs:write": """
        POST /admin/logs/errors/{error_id}/reopen, POST /admin/logs/errors/{error_id}/resolve""",
    "jobs:read": """
        GET /admin/jobs, GET /admin/jobs/counts, GET /admin/jobs/periodic,
        GET /admin/webhooks/dead-letter, GET /admin/jobs/{job_id}""",
    "jobs:write": """
        POST /admin/jobs/{job_id}/retry, POST /admin/jobs/{job_id}/cancel,
        POST /admin/webhooks/retry/bulk""",
    "plans:read": "GET /admin/plans, GET /admin/plans/{plan_id}",
    "plans:write": "POST /admin/plans, PUT /admin/plans/{plan_id}",
    "staff:read": """
        GET /admin/staff, GET /admin/staff/{user_id}, GET /admin/roles,
        GET /admin/roles/permissions""",
    "staff:write": """
        POST /admin/staff, PATCH /admin/staff/{user_id}, DELETE /admin/staff/{user_id}""",
    "users:read": "GET /admin/users, GET /admin/users/{user_id}",
    "users:write": """
        PATCH /admin/users/{user_id}, POST /admin/users/{user_id}/send-password-link,
        DELETE /admin/users/{user_id}/totp""",
    "tenants:read": "GET /admin/tenants, GET /admin/tenants/{tenant_id}",
    "tenants:write": """
        POST /admin/tenants, PUT /admin/tenants/{tenant_id}, DELETE /admin/tenants/{tenant_id},
        POST /admin/tenants/{tenant_id}/activate, POST /admin/tenants/{tenant_id}/suspend""",
    # staff and tenants
    "connections:read": """
        GET /admin/integrations, GET /api/v1/connectors, GET /api/v1/integrations,
        GET /api/v1/integrations/{connection_id}, GET /admin/tenants/{tenant_id}/sync,
        GET /admin/tenants/{tenant_id}/sync/logs""",
    "connections:write": """
        POST /admin/tenants/{tenant_id}/test-connection, POST /admin/integrations/test,
        POST /admin/sync/start,
        POST /api/v1/integrations, POST /api/v1/integrations/odoo/configure,
        POST /api/v1/integrations/odoo/test, POST /api/v1/integrations/test,
        PUT /api/v1/integrations/{connection_id}, DELETE /api/v1/integrations/{connection_id},
        POST /api/v1/integrations/{connection_id}/test,
        POST /api/v1/odoo/writes/{write_id}/resolve""",
    "automation:read": """
        GET /api/v1/clients, GET /api/v1/clients/{client_id}, GET /api/v1/metrics/all,
        GET /api/v1/metrics/all.csv, GET /api/v1/metrics/client/{client_id},
        GET /api/v1/metrics/client/{client_id}/series.csv,
        GET /api/v1/metrics/client/{client_id}/workflows,
        GET /api/v1/metrics/client/{client_id}/workflows.csv,
        GET /api/v1/metrics/client/{client_id}/executions,
        GET /api/v1/metrics/client/{client_id}/executions.csv,
        GET /api/v1/metrics/my-metrics, GET /api/v1/metrics/my-metrics.csv,
        GET /api/v1/metrics/my-workflows, GET /api/v1/metrics/my-workflows.csv,
        GET /api/v1/metrics/my-executions, GET /api/v1/metrics/my-executions.csv""",
    "automation:write": """
        POST /api/v1/clients, PUT /api/v1/clients/{client_id},
        DELETE /api/v1/clients/{client_id}, POST /api/v1/clients/{client_id}/n8n-config,
        DELETE /api/v1/clients/{client_id}/n8n-config/{connection_id},
        POST /api/v1/clients/{client_id}/n8n-config/{connection_id}/test,
        PUT /api/v1/clients/{client_id}/workflows/{connection_id}/{workflow_id}/savings,
        PUT /api/v1/metrics/my-workflows/{connection_id}/{workflow_id}/savings""",
    # tenants
    "members:read": """
        GET /api/v1/members, GET /api/v1/auth/users, GET /api/v1/members/{member_id},
        GET /api/v1/auth/invitations, GET /api/v1/invitations/{invitation_id}""",
    "members:write": """
        POST /api/v1/members, PATCH /api/v1/members/{member_id},
        DELETE /api/v1/members/{member_id}, POST /api/v1/auth/invitations,
        POST /api/v1/auth/invitations/bulk, POST /api/v1/invitations/{invitation_id}/resend,
        DELETE /api/v1/invitations/{invitation_id}""",
    "sessions:read": "GET /api/v1/members/{member_id}/sessions",
    "sessions:write": "DELETE /api/v1/members/{member_id}/sessions/{session_id}",
    "roles:read": "GET /api/v1/roles, GET /api/v1/roles/permissions, GET /api/v1/roles/{code}",
    "roles:write": """
        POST /api/v1/roles, PATCH /api/v1/roles/{code}, DELETE /api/v1/roles/{code}""",
    "api_keys:read": "GET /api/v1/api-keys, GET /api/v1/api-keys/{key_id}",
    "api_keys:write": """
        POST /api/v1/api-keys, PATCH /api/v1/api-keys/{key_id},
        DELETE /api/v1/api-keys/{key_id}""",
    "files:read": """
        GET /api/v1/files, GET /api/v1/files/{file_id}, GET /api/v1/files/{file_id}/content,
        GET /api/v1/files/reports/{report_name}/{ids}""",
    "files:write": "POST /api/v1/files, DELETE /api/v1/files/{file_id}",
    "gateway:read": """
        GET /api/v1/integrations/odoo/my-credentials, PUT /api/v1/integrations/odoo/my-credentials,
        DELETE /api/v1/integrations/odoo/my-credentials,
        GET /api/v1/odoo/models,
        GET /api/v1/odoo/cache/stats, DELETE /api/v1/odoo/cache/clear,
        GET /api/v1/odoo/writes, GET /api/v1/odoo/writes/{write_id}""",
    "lake:read": """
        GET /api/v1/webhooks/check-updates, GET /api/v1/webhooks/events,
        GET /api/v1/lake/parity, GET /api/v1/lake/parity/{report_id},
        GET /api/v1/lake/parity/{report_id}/differences,
        GET /api/v1/lake/entities, GET /api/v1/lake/records, GET /api/v1/lake/changes,
        GET /api/v1/lake/records/{entity}/{key}""",
    "sync:read": """
        GET /api/v1/integrations/background-sync/health,
        GET /api/v1/integrations/background-sync/status,
        GET /api/v1/integrations/sync/logs, GET /api/v1/integrations/sync/set-asides,
        GET /api/v1/integrations/sync/{sync_id},
        GET /api/v1/integrations/{connection}/sync,
        GET /api/v1/integrations/{connection}/sync/discover,
        GET /api/v1/integrations/{connection}/sync/parity,
        GET /api/v1/integrations/{connection}/sync/plan""",
    "sync:write": """
        POST /api/v1/admin/sync/start,
        POST /api/v1/integrations/odoo/sync-users,
        POST /api/v1/integrations/sync/{sync_id}/cancel,
        POST /api/v1/integrations/{connection}/sync/deletes,
        POST /api/v1/integrations/{connection}/sync/parity,
        POST /api/v1/integrations/{connection}/sync/repair,
        POST /api/v1/integrations/{connection}/sync/set-asides/retry,
        POST /api/v1/integrations/{connection}/sync/trigger,
        PUT /api/v1/integrations/{connection}/sync/plan""",
    "webhooks:push": "POST /api/v1/webhooks/push",
    "webhooks:read": """
        GET /api/v1/webhooks/status, GET /api/v1/webhooks/statistics,
        GET /api/v1/webhooks/events/{event_id}, GET /api/v1/webhooks/dead-letter,
        GET /api/v1/webhooks/dead-letter/stats, GET /api/v1/webhooks/secrets,
        GET /api/v1/webhooks/addresses""",
    "webhooks:write": """
        POST /api/v1/webhooks/retry, POST /api/v1/webhooks/retry/bulk,
        POST /api/v1/webhooks/dead-letter/discard,
        POST /api/v1/webhooks/secrets, POST /api/v1/webhooks/secrets/rotate,
        DELETE /api/v1/webhooks/secrets/{secret_id},
        POST /api/v1/webhooks/addresses, DELETE /api/v1/webhooks/addresses/{address_id}""",
    "alerts:read": """
        GET /admin/alerts, GET /admin/alerts/kinds, GET /admin/alerts/rules,
        GET /admin/alerts/rules/{rule_id}, GET /admin/alerts/{alert_id},
        GET /api/v1/alerts, GET /api/v1/alerts/kinds, GET /api/v1/alerts/rules,
        GET /api/v1/alerts/rules/{rule_id}, GET /api/v1/alerts/{alert_id}""",
    "alerts:write": """
        POST /admin/alerts/rules, PUT /admin/alerts/rules/{rule_id},
        DELETE /admin/alerts/rules/{rule_id}, POST /admin/alerts/{alert_id}/acknowledge,
        POST /admin/alerts/{alert_id}/mute, POST /admin/alerts/{alert_id}/unmute,
        POST /api/v1/alerts/rules, PUT /api/v1/alerts/rules/{rule_id},
        DELETE /api/v1/alerts/rules/{rule_id}, POST /api/v1/alerts/{alert_id}/acknowledge,
        POST /api/v1/alerts/{alert_id}/mute, POST /api/v1/alerts/{alert_id}/unmute""",
    ANYONE: "GET /api/v1/auth/me",
    PERSON: """
        PATCH /api/v1/auth/me, GET /api/v1/auth/sessions, DELETE /api/v1/auth/sessions,
        DELETE /api/v1/auth/sessions/{session_id}, POST /api/v1/auth/change-password,
        POST /api/v1/auth/totp/confirm, POST /api/v1/auth/totp/disable,
        POST /api/v1/auth/totp/recovery-codes,
        POST /api/v1/auth/totp/enrol""",
    TENANT_PERSON: """
        GET /api/v1/tenants, GET /api/v1/tenants/{tenant_id}, POST /api/v1/auth/switch-tenant""",
    MEMBER: """
        GET /api/v1/auth/tenant/me, POST /api/v1/auth/tenant/me, GET /api/v1/live,
        GET /api/v1/notifications, GET /api/v1/notifications/unread,
        POST /api/v1/notifications/read, POST /api/v1/notifications/{notification_id}/read""",
    STAFF: """
        GET /admin/auth/me, POST /admin/auth/change-password, GET /admin/live,
        GET /admin/notifications, GET /admin/notifications/unread,
        POST /admin/notifications/read, POST /admin/notifications/{notification_id}/read""",
}
# The gateway's operations ask for what the method they call amounts to; those that take a method
# are sent a read.
_GATEWAY = {
    "gateway:write": "create, write, copy, name_create, web_save, batch_create, batch_write",
    "gateway:delete": "unlink, batch_unlink",
    "gateway:method": "action_confirm, button_cancel",
    "gateway:read": """
        batch_execute, call_kw, call_method, check_access_rights, default_get, exists, fields_get,
        fields_view_get, get_view, get_views, load_views, name_get, name_search, onchange, read,
        read_group, search, search_count, search_read, web_read, web_search_read""",
}
BATCH = "POST /api/v1/batch"
STREAMS = frozenset({"GET /admin/live", "GET /api/v1/live"})
# About the caller's own login in Odoo: a key that may read is told so once its body is right.
OWN_LOGIN = frozenset(
    f"{method} /api/v1/integrations/odoo/my-credentials" for method in ("GET", "PUT", "DELETE")
)
SPECIAL = frozenset({ANYONE, PERSON, TENANT_PERSON, MEMBER, STAFF})


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


PERMISSIONS: Mapping[str, str] = {
    **{label: what for what, labels in _BY_PERMISSION.items() for label in _names(labels)},
    **{
        f"POST /api/v1/odoo/{name}": permission
        for permission, names in _GATEWAY.items()
        for name in _names(names)
    },
    BATCH: "gateway:read",
}


def test_every_operation_that_asks_for_a_token_is_on_the_table(
    operations: list[Operation],
) -> None:
    assert {each.label for each in operations if each.side} == set(PERMISSIONS)


# ── what the routes declare ────────────────────────────────────────────────────────────────────


def _dependencies(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _dependencies(each)


def _declared(route: APIRoute) -> str | None:
    for call in _dependencies(route.dependant):
        if isinstance(call, CallerWith):
            return call._permission
        match getattr(call, "__qualname__", "").partition(".")[0]:
            case "requires_member" | "requires_member_or_staff":
                return inspect.getclosurevars(call).nonlocals["permission"] or MEMBER
            case "requires_staff":
                return inspect.getclosurevars(call).nonlocals["permission"] or STAFF
            case "requires_person":
                return TENANT_PERSON
            case "somebody":
                return PERSON
            case "anyone":
                return ANYONE
    return None


@pytest.fixture(scope="module")
def api(settings: Settings) -> FastAPI:
    return build_api(settings, GatewayEndpoint(), [])


def test_routes_declare_what_the_table_says(api: FastAPI) -> None:
    declared = {
        f"{method} {context.path}": _declared(context.original_route)
        for context in iter_route_contexts(api.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.original_route.methods or ()
    }
    asked = {label: permission for label, permission in declared.items() if permission is not None}
    assert asked == {label: PERMISSIONS[label] for label in asked}
    assert len(asked) > 100


# ── what happens ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    side: str
    headers: Mapping[str, str]
    permissions: frozenset[str]
    is_key: bool = False

    def may(self, operation: Operation) -> bool:
        asked = PERMISSIONS[operation.label]
        if asked == ANYONE:
            return True
        if asked == PERSON:
            return not self.is_key
        if operation.label in EITHER_SIDE:
            return asked in self.permissions
        if operation.side != self.side or (asked == TENANT_PERSON and self.is_key):
            return False
        return asked in SPECIAL or asked in self.permissions


def request_of(operation: Operation, stage: Stage) -> dict[str, Any]:
    """A request that names nothing there is, so that who may make it changes nothing by it."""
    path = operation.path
    nothing = {
        "code": "no-such-role",
        "file_id": "10000000",
        "ids": "10000000",
        "job_id": "999999999",
        "report_name": "sale.report_saleorder",
    }
    for place, name in operation.parameters:
        if place == "path":
            path = path.replace(f"{{{name}}}", nothing.get(name, NOBODY))
    request: dict[str, Any] = {"method": operation.method, "url": path}
    if operation.body:
        request["json"] = odoo_bodies(stage.order_ids).get(path.rpartition("/")[2], {})
    if operation.label == BATCH:
        reading = {"operation": "read", "model": "res.partner", "ids": [1], "fields": ["name"]}
        request["json"] = {"operations": [reading]}
    return request


def refused(answer: httpx.Response) -> bool:
    """Whether an answer says that the caller may not do this; a batch says so inside."""
    if answer.status_code == 200 and answer.request.url.path == "/api/v1/batch":
        told = answer.json()["results"][0]
        return not told["success"] and "permission" in str(told)
    return answer.status_code == 403


@pytest.fixture(scope="module")
async def callers(
    client: httpx.AsyncClient, resources: Resources, tenant_factory: TenantFactory, ours: Stage
) -> list[Caller]:
    """Every built-in role, and a role and a key of every single permission a route asks for."""
    found = []
    for role, held in STAFF_ROLES.items():
        person = await sign_in_staff(resources, client, role=role)
        found.append(Caller(role, "staff", person.headers, expand(held, STAFF_PERMISSIONS)))
    for role, held in TENANT_ROLES.items():
        person = await tenant_factory.member(ours.id, role=role)
        found.append(Caller(role, "tenant", person.headers, expand(held, TENANT_PERMISSIONS)))
    for permission in sorted({*PERMISSIONS.values()} & set(TENANT_PERMISSIONS)):
        code = "only-" + permission.replace(":", "-")
        role_body = {"code": code, "name": permission, "permissions": [permission]}
        made = await client.post("/api/v1/roles", json=role_body, headers=ours.headers)
        assert made.status_code == 201, made.text
        person = await tenant_factory.member(ours.id, role=code)
        key_body = {"name": permission, "scopes": [permission]}
        key = await client.post("/api/v1/api-keys", json=key_body, headers=ours.headers)
        bearer = {"Authorization": f"Bearer {key.json()['key']}"}
        held = frozenset({permission})
        found.append(Caller(code, "tenant", person.headers, held))
        found.append(Caller(f"key {code}", "tenant", bearer, held, is_key=True))
    return found


async def test_who_lacks_the_permission_is_refused_and_changes_nothing(
    client: httpx.AsyncClient,
    resources: Resources,
    operations: list[Operation],
    ours: Stage,
    callers: list[Caller],
) -> None:
    before = await fingerprints(resources)
    refusals = 0
    for caller in callers:
        for operation in operations:
            if not operation.side or caller.may(operation):
                continue
            answer = await client.request(**request_of(operation, ours), headers=caller.headers)
            case = (caller.name, operation.label, answer.status_code, answer.text[:300])
            assert refused(answer), case
            refusals += 1
    assert refusals > 2000
    after = await fingerprints(resources)
    assert {name for name in after if after[name] != before[name]} <= {"api_keys"}  # last use


async def test_who_has_the_permission_is_let_in(
    client: httpx.AsyncClient, operations: list[Operation], ours: Stage, callers: list[Caller]
) -> None:
    for caller in callers:
        for operation in operations:
            if not operation.side or not caller.may(operation) or operation.label in STREAMS:
                continue
            if caller.is_key and operation.label in OWN_LOGIN:
                continue
            answer = await client.request(**request_of(operation, ours), headers=caller.headers)
            case = (caller.name, operation.label, answer.status_code, answer.text[:300])
            assert answer.status_code != 500, case
            assert answer.status_code != 401, case
            assert not refused(answer), case


async def test_streams_open_for_every_role_of_their_side(
    client: httpx.AsyncClient, callers: list[Caller]
) -> None:
    for caller in callers:
        if caller.name not in ("support", "client"):
            continue
        path = "/admin/live" if caller.side == "staff" else "/api/v1/live"
        with pytest.raises(TimeoutError):  # it goes on, and this client reads to the end
            async with asyncio.timeout(0.5):
                await client.get(path, headers=caller.headers)


def changing(operations: list[Operation], caller: Caller) -> set[str]:
    """What this caller may do beside reading and minding their own account."""
    return {
        each.label
        for each in operations
        if each.side
        and each.method != "GET"
        and caller.may(each)
        and PERMISSIONS[each.label] not in SPECIAL
    }


def test_support_changes_nothing_but_what_became_of_errors(
    operations: list[Operation], callers: list[Caller]
) -> None:
    (support,) = (each for each in callers if each.name == "support")
    assert changing(operations, support) == set(_names(_BY_PERMISSION["logs:write"]))


def test_a_client_changes_nothing(operations: list[Operation], callers: list[Caller]) -> None:
    (client,) = (each for each in callers if each.name == "client")
    assert not changing(operations, client)


def test_a_user_administers_nothing(operations: list[Operation], callers: list[Caller]) -> None:
    (user,) = (each for each in callers if each.name == "user")
    allowed = changing(operations, user)
    assert all(
        path.startswith(("/api/v1/odoo/", "/api/v1/batch", "/api/v1/files"))
        or path == "/api/v1/integrations/odoo/my-credentials"
        for path in (label.partition(" ")[2] for label in allowed)
    ), allowed


def test_a_client_sees_its_dashboards_alone(
    operations: list[Operation], callers: list[Caller]
) -> None:
    (client,) = (each for each in callers if each.name == "client")
    seen = {
        each.path
        for each in operations
        if each.side and client.may(each) and PERMISSIONS[each.label] not in SPECIAL
    }
    figures = ("my-metrics", "my-workflows", "my-executions")
    assert seen == {f"/api/v1/metrics/{name}{kind}" for name in figures for kind in ("", ".csv")}
