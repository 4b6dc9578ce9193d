"""What the tests of the whole API stand on: its operations, and a company full of things to find.

Operations are read from the served OpenAPI document, so a route that is added is tested or makes
a test fail until somebody has said what is to be expected of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.cursors import encode_cursor
from bridgecore.simulators.odoo import OdooSimulator
from tests.e2e.conftest import simulated
from tests.factories.tenants import SignedIn, TenantFactory

NOBODY = "00000000-0000-4000-8000-000000000000"
# Members do these in their tenant, staff in any: both hold the permission on their own side.
EITHER_SIDE = frozenset(
    {
        "GET /api/v1/auth/invitations",
        "POST /api/v1/auth/invitations",
        "POST /api/v1/auth/invitations/bulk",
        "GET /api/v1/invitations/{invitation_id}",
        "POST /api/v1/invitations/{invitation_id}/resend",
        "DELETE /api/v1/invitations/{invitation_id}",
    }
)
# written beside every request, or by reading, and so no sign of a change
BOOKKEEPING = frozenset(
    {
        "usage_logs",
        "usage_hourly",
        "usage_daily",
        "usage_rollups",
        "usage_metering",
        "storage_use",
        "error_daily",
        "error_groups",
        "error_logs",
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    side: str  # the security scheme: `tenant`, `staff` or none
    parameters: tuple[tuple[str, str], ...]  # (in, name)
    body: tuple[str, ...]  # names of the body's members

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            schemes = [name for each in operation.get("security", []) for name in each]
            parameters = [(each["in"], each["name"]) for each in operation.get("parameters", [])]
            found.append(
                Operation(
                    method.upper(),
                    path,
                    schemes[0] if schemes else "",
                    tuple(parameters),
                    tuple(_members(document, operation)),
                )
            )
    return found


def _members(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[str]:
    """Names of the body's members, those of alternatives included."""
    waiting = [
        media["schema"] for media in operation.get("requestBody", {}).get("content", {}).values()
    ]
    names: list[str] = []
    while waiting:
        schema = waiting.pop()
        if "$ref" in schema:
            waiting.append(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        waiting.extend(schema.get("anyOf", []))
        names.extend(schema.get("properties", {}))
    return names


@pytest.fixture(scope="session")
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> list[Operation]:
    return operations_of(document)


@dataclass(slots=True)
class Stage:
    """A company with one of everything, each bearing `marker` where a text can.

    `ids` holds values by the name under which requests refer to them, `cursors` those of feeds by
    path.
    """

    id: UUID
    owner: SignedIn
    member: SignedIn
    marker: str
    odoo: Mapping[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    order_ids: list[int] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return self.owner.headers

    @property
    def traces(self) -> list[str]:
        """Texts that nobody but this company may come across."""
        named = ("tenant_id", "member_id", "user_id", "session_id", "key_id", "connection_id")
        seen = ("write_id", "error_id", "event_id")
        return [self.marker, *(self.ids[name] for name in (*named, *seen))]


def odoo_bodies(order_ids: list[int]) -> dict[str, dict[str, Any]]:
    """A request for each operation of the gateway that an Odoo with demo data carries out."""
    partner: dict[str, Any] = {"model": "res.partner"}
    orders = {"model": "sale.order", "ids": order_ids}
    reading = {**partner, "ids": [1], "fields": ["name"]}
    finding = {**partner, "domain": [], "fields": ["name"], "limit": 3}
    views = {**partner, "views": [[None, "form"]]}
    return {
        "action_confirm": orders,
        "batch_create": {**partner, "values_list": [{"name": "One"}]},
        "batch_execute": {"operations": [{**reading, "method": "read"}]},
        "batch_unlink": {**partner, "ids": [10_000_000]},
        "batch_write": {**partner, "updates": [{"id": 1, "values": {"ref": "R"}}]},
        "button_cancel": {"model": "purchase.order", "ids": []},
        "call_kw": {**partner, "method": "search_count", "args": [[]], "kwargs": {}},
        "call_method": {**partner, "method": "search_count", "args": [[]]},
        "check_access_rights": {**partner, "operation": "read"},
        "copy": {**partner, "id": 1},
        "create": {**partner, "values": {"name": "Three"}},
        "default_get": {**partner, "fields": ["name"]},
        "exists": reading,
        "fields_get": partner,
        "fields_view_get": partner,
        "get_view": partner,
        "get_views": views,
        "load_views": views,
        "name_create": {**partner, "name": "Four"},
        "name_get": reading,
        "name_search": {**partner, "name": "a"},
        "onchange": {**partner, "ids": [], "values": {}, "field": "name"},
        "read": reading,
        "read_group": {**partner, "fields": ["id"], "groupby": ["country_id"]},
        "search": finding,
        "search_count": finding,
        "search_read": finding,
        "unlink": {**partner, "ids": [10_000_001]},
        "web_read": reading,
        "web_save": {**partner, "ids": [1], "values": {"ref": "S"}},
        "web_search_read": finding,
        "write": {**partner, "ids": [1], "values": {"ref": "T"}},
    }


async def set_up(
    client: httpx.AsyncClient, people: TenantFactory, simulator: OdooSimulator, *, uploads: int = 2
) -> Stage:
    """A new company with one of everything. The last of its `uploads` is its file."""
    marker = f"mark{secrets.token_hex(6)}"
    tenant = await people.tenant(
        contact_email=f"{marker}@company.example", max_requests_per_hour_per_user=10_000_000
    )
    owner = await people.member(tenant.id, email=f"owner-{marker}@people.example")
    member = await people.member(tenant.id, role="user", email=f"{marker}@people.example")
    odoo = {
        "url": simulator.url,
        "database": next(iter(simulator.databases)),
        "username": "admin",
        "password": "admin",
    }
    stage = Stage(tenant.id, owner, member, marker, odoo)

    async def done(method: str, path: str, **options: Any) -> Any:
        answer = await client.request(method, path, headers=owner.headers, **options)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def made(path: str, body: dict[str, Any]) -> Any:
        return await done("POST", path, json=body)

    await made("/api/v1/integrations/odoo/configure", dict(odoo))
    connector = {"connector": "odoo", "name": marker, "config": dict(odoo)}
    second = await made("/api/v1/integrations", connector)
    await made("/api/v1/roles", {"code": marker, "name": marker, "permissions": ["crm:read"]})
    key = await made("/api/v1/api-keys", {"name": marker, "scopes": ["gateway:read"]})
    invited = await made("/api/v1/auth/invitations", {"email": f"i-{marker}@people.example"})
    own = {"username": "admin", "password": "admin"}
    await done("PUT", "/api/v1/integrations/odoo/my-credentials", json=own)
    for number in range(2):
        values = {"model": "res.partner", "values": {"name": f"{marker} {number}"}}
        await made("/api/v1/odoo/create", values)
        refused = await client.post(
            "/api/v1/odoo/search",
            json={"model": f"x.{marker}{'ab'[number]}"},
            headers=owner.headers,
        )
        assert refused.status_code == 404, refused.text
    stored = [
        await done("POST", "/api/v1/files", files={"file": (f"{marker}.txt", marker.encode())})
        for _ in range(uploads)
    ]
    stage.order_ids = (await made("/api/v1/odoo/search", {"model": "sale.order"}))["ids"][:3]
    writes = await done("GET", "/api/v1/odoo/writes")
    found = await done("GET", "/api/v1/members", params={"search": member.email})
    member_id = found["items"][0]["id"]
    sessions = await done("GET", f"/api/v1/members/{member_id}/sessions")
    secret = await made("/api/v1/webhooks/secrets", {"name": marker})
    address = await made("/api/v1/webhooks/addresses", {"name": marker})
    events = [{"model": "res.partner", "record_id": 1, "id": f"{marker}{n}"} for n in "12"]
    await made("/api/v1/webhooks/push", {"events": events})
    pushed = await done("GET", "/api/v1/webhooks/events")
    for _ in range(200):  # the log is written a moment after the answer
        errors = await done("GET", "/api/v1/logs/errors")
        if len(errors["items"]) >= 2:
            break
        await asyncio.sleep(0.1)
    copy = ConnectionRef(tenant.id, UUID(second["id"]))
    await people.records(copy, "res.partner", {"id": 1, "name": marker}, {"id": 2, "name": marker})
    run = await made(f"/api/v1/integrations/{second['id']}/sync/trigger", {})
    await made("/api/v1/integrations/odoo/sync/trigger", {"full": True})
    report_id = await people.parity_report(copy)
    await people.alert(copy)
    (alert,) = (await done("GET", "/api/v1/alerts"))["items"]
    (told,) = (await done("GET", "/api/v1/notifications"))["items"]
    stage.ids = {
        "tenant_id": str(tenant.id),
        "sync_id": run["id"],
        "report_id": str(report_id),
        "tenant": str(tenant.id),
        "entity": "res.partner",
        "key": "1",
        "member_id": member_id,
        "user_id": str(member.user_id),
        "actor_id": str(owner.user_id),
        "target_id": member_id,
        "session_id": sessions["items"][0]["id"],
        "key_id": key["id"],
        "invitation_id": invited["id"],
        "connection_id": second["id"],
        "connection": second["id"],
        "code": marker,
        "role": marker,
        "write_id": writes["items"][0]["id"],
        "error_id": errors["items"][0]["id"],
        "file_id": str(stored[-1]["result"]),
        "event_id": pushed["events"][0]["id"],
        "secret_id": secret["id"],
        "address_id": address["id"],
        "alert_id": alert["id"],
        "notification_id": told["id"],
        "rule_id": alert["rule_id"],
        "refresh_token": member.refresh_token,
        "api_key": key["key"],
        "email": member.email,
    }
    feeds = ("audit", "odoo/writes", "logs/usage", "logs/errors", "files", "webhooks/events")
    for path in (*feeds, "integrations/sync/logs"):
        page = await done("GET", f"/api/v1/{path}", params={"limit": 1})
        assert page["next_cursor"], path
        stage.cursors[f"/api/v1/{path}"] = page["next_cursor"]
    page = await done("GET", "/api/v1/lake/records", params={"entity": "res.partner", "limit": 1})
    stage.cursors["/api/v1/lake/records"] = page["next_cursor"]
    # executions come of an n8n; where their list goes on can be told without one
    stage.cursors["/api/v1/metrics/my-executions"] = encode_cursor(
        "executions", [utcnow(), 1, UUID(stage.ids["connection_id"])]
    )
    # so do records set aside, and several comparisons
    lake = "/api/v1/lake/parity"
    stage.cursors["/api/v1/integrations/sync/set-asides"] = encode_cursor(
        "sync_set_asides", [UUID(second["id"]), "res.partner", "1"]
    )
    for path in (lake, "/api/v1/integrations/{connection}/sync/parity"):
        stage.cursors[path] = encode_cursor("sync_parity", [report_id])
    stage.cursors[f"{lake}/{{report_id}}/differences"] = encode_cursor(
        "sync_differences", ["res.partner", "1"]
    )
    stage.cursors["/api/v1/alerts"] = encode_cursor("alerts", [UUID(alert["id"])])
    stage.cursors["/api/v1/notifications"] = encode_cursor("notifications", [UUID(told["id"])])
    # dead letters come of failures; where their list goes on can be told without one
    stage.cursors["/api/v1/webhooks/dead-letter"] = encode_cursor(
        "webhook_dead_letters", [UUID(stage.ids["event_id"])]
    )
    return stage


@pytest.fixture(scope="module")
async def theirs(client: httpx.AsyncClient, tenant_factory: TenantFactory) -> AsyncIterator[Stage]:
    """The company that nobody else may see or touch."""
    async with simulated(17) as simulator:
        yield await set_up(client, tenant_factory, simulator, uploads=4)  # numbers ours never had


@pytest.fixture(scope="module")
async def ours(client: httpx.AsyncClient, tenant_factory: TenantFactory) -> AsyncIterator[Stage]:
    """The company whose people try."""
    async with simulated(17) as simulator:
        yield await set_up(client, tenant_factory, simulator)


async def fingerprints(resources: Resources, tenant_id: UUID | None = None) -> dict[str, str]:
    """What every table holds, or what it holds of one tenant, as one digest a table."""
    async with resources.database.platform() as session:
        tables = await session.execute(
            text(
                "SELECT c.relname, bool_or(a.attname = 'tenant_id') FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
                " AND has_table_privilege(c.oid, 'SELECT') GROUP BY c.relname"
            )
        )
        found = {}
        for name, has_tenant in tables.all():
            if name in BOOKKEEPING or (tenant_id is not None and not has_tenant):
                continue
            where = "WHERE tenant_id = :id" if tenant_id is not None else ""
            rows = await session.execute(
                text(f'SELECT t::text FROM "{name}" t {where} ORDER BY 1'),
                {"id": tenant_id} if tenant_id is not None else {},
            )
            found[name] = hashlib.sha256("\n".join(rows.scalars()).encode()).hexdigest()
    return found
