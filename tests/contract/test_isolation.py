"""No tenant reaches what is another's, by any operation of the document and any kind of reference.

Two companies have one of everything. A person of ours asks with the other's ids, cursors, names
and tokens, wherever the document takes one; nothing of theirs may be seen or be changed by it.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.contract.conftest import EITHER_SIDE, NOBODY, Operation, Stage, fingerprints, odoo_bodies
from tests.factories.tenants import PASSWORD, SignedIn

STREAMS = ("/admin/live", "/api/v1/live")

# Where a request can name something of a tenant's: by the reference's own name.
REFERENCES = frozenset(
    {
        "actor_id",
        "address_id",
        "alert_id",
        "code",
        "connection",
        "connection_id",
        "cursor",
        "error_id",
        "event_id",
        "file_id",
        "invitation_id",
        "key_id",
        "member_id",
        "notification_id",
        "refresh_token",
        "report_id",
        "role",
        "rule_id",
        "secret_id",
        "session_id",
        "sync_id",
        "target_id",
        "tenant",
        "tenant_id",
        "write_id",
    }
)
# Names that look like references and are none to anything of another tenant.
OTHER_IDS = {
    "access_token": "of a Supabase project; access tokens of ours are no one's argument",
    "client_id": "named by staff",
    "correlation_id": "a filter of one's own log",
    "department_id": "an id of Odoo, kept as it is given",
    "employee_id": "an id of Odoo, kept as it is given",
    "device_id": "a name that an app gives itself",
    "event_ids": "those of others change nothing: integration/webhooks",
    "id": "an id of the tenant's own Odoo",
    "ids": "ids of the tenant's own Odoo",
    "manager_id": "an id of Odoo, kept as it is given",
    "odoo_partner_id": "an id of Odoo, kept as it is given",
    "odoo_user_id": "an id of Odoo, kept as it is given",
    "record_id": "an id of the tenant's own Odoo",
    "n8n_api_key": "given by staff",
    "plan_id": "a plan of the platform, named by staff",
    "res_id": "an id of the tenant's own Odoo",
    "salesperson_id": "an id of Odoo, kept as it is given",
    "team_id": "an id of Odoo, kept as it is given",
    "view_id": "an id of the tenant's own Odoo",
    "workflow_id": "an id of n8n's, which repeats between servers",
}
# Staff and people without a tenant may use these as well: they are about the caller alone.
FOR_ANYONE = frozenset(
    {
        "GET /api/v1/auth/me",
        "PATCH /api/v1/auth/me",
        "GET /api/v1/auth/sessions",
        "DELETE /api/v1/auth/sessions",
        "DELETE /api/v1/auth/sessions/{session_id}",
        "POST /api/v1/auth/change-password",
        "POST /api/v1/auth/totp/enrol",
        "POST /api/v1/auth/totp/confirm",
        "POST /api/v1/auth/totp/disable",
        "POST /api/v1/auth/totp/recovery-codes",
    }
)
# What makes a request with a foreign reference otherwise right.
BODIES: dict[str, Any] = {
    "POST /api/v1/auth/invitations": {"email": "nobody@people.example"},
    "POST /api/v1/auth/invitations/bulk": {"emails": ["nobody@people.example"]},
    "PATCH /api/v1/api-keys/{key_id}": {"name": "ours now"},
    "PATCH /api/v1/members/{member_id}": {"role": "client"},
    "PATCH /api/v1/roles/{code}": {"name": "ours now"},
    "PUT /api/v1/integrations/{connection_id}": {"name": "ours now"},
    "PUT /api/v1/integrations/odoo/my-credentials": {"username": "admin", "password": "admin"},
    "POST /api/v1/odoo/writes/{write_id}/resolve": {"status": "failed"},
    "POST /api/v1/integrations/{connection}/sync/deletes": {
        "entity": "res.partner",
        "decision": "confirm",
    },
    "PUT /api/v1/alerts/rules/{rule_id}": {"name": "ours now"},
    "POST /api/v1/alerts/{alert_id}/mute": {"minutes": 5},
    "POST /api/v1/webhooks/push": {"model": "res.partner", "record_id": 1},
    "POST /api/v1/webhooks/retry/bulk": {"event_ids": []},
    "POST /api/v1/webhooks/dead-letter/discard": {"event_ids": []},
}


# Without which a request asks for nothing.
QUERIES: dict[str, dict[str, str]] = {"GET /api/v1/lake/records": {"entity": "res.partner"}}


def _looks_like_one(name: str) -> bool:
    return name in ("id", "ids", "cursor", "code", "connection", "tenant") or name.endswith(
        ("_id", "_ids", "_token", "_key")
    )


def references(operation: Operation) -> Iterator[tuple[str, str]]:
    """Where (`path`, `query`, `body`) this operation takes which reference."""
    for place, name in [*operation.parameters, *(("body", name) for name in operation.body)]:
        if place in ("path", "query", "body") and name in REFERENCES:
            yield place, name


def test_every_reference_of_the_document_is_known(operations: list[Operation]) -> None:
    unknown = {
        name
        for operation in operations
        if operation.side == "tenant" or operation.path.startswith("/api/")
        for place, name in [*operation.parameters, *(("body", name) for name in operation.body)]
        if place != "header" and _looks_like_one(name) and name not in {*REFERENCES, *OTHER_IDS}
    }
    assert not unknown


def foreign(operation: Operation, place: str, name: str, stage: Stage) -> str:
    """The other company's value for this reference."""
    if name == "cursor":
        return stage.cursors[operation.path]
    return stage.ids[name]


def request_of(
    operation: Operation, ours: Stage, theirs: Stage, place: str = "", name: str = ""
) -> dict[str, Any]:
    """A request of `operation`, its own references ours but for the one at `place`, `name`."""

    def value(here: str, called: str) -> Any:
        taken = (here, called) == (place, name)
        return foreign(operation, here, called, theirs) if taken else ours.ids.get(called, "1")

    path = operation.path
    for here, called in operation.parameters:
        if here == "path":
            path = path.replace(f"{{{called}}}", str(value(here, called)))
    request: dict[str, Any] = {"method": operation.method, "url": path}
    request["params"] = dict(QUERIES.get(operation.label, {}))
    if place == "query":
        request["params"][name] = foreign(operation, place, name, theirs)
    if operation.body:
        body = dict(BODIES.get(operation.label) or {})
        kind = path.rpartition("/")[2]
        if path.startswith("/api/v1/odoo/") and kind in odoo_bodies([]):
            body = dict(odoo_bodies(ours.order_ids)[kind])
        if place == "body":
            body[name] = foreign(operation, place, name, theirs)
        request["json"] = body
    return request


# What a tenant itself asked for is in its own logs, whatever it was.
OWN_LOGS = frozenset({"/api/v1/logs/errors", "/api/v1/logs/usage"})


def is_id(trace: str) -> bool:
    """Whether a trace is an id, which a caller may have put into an address."""
    try:
        UUID(trace)
    except ValueError:
        return trace.isdigit()
    return True


def traced(answer: httpx.Response, stage: Stage, *, said: Collection[str] = ()) -> list[str]:
    """What of that company an answer shows, besides `said`, which we named ourselves."""
    return [trace for trace in stage.traces if trace not in said and trace in answer.text]


async def test_nothing_of_theirs_is_reached_by_any_reference(
    client: httpx.AsyncClient,
    resources: Resources,
    operations: list[Operation],
    ours: Stage,
    theirs: Stage,
) -> None:
    before = await fingerprints(resources, theirs.id)
    tried, named = set(), set()
    for operation in operations:
        if operation.side != "tenant":
            continue
        for place, name in references(operation):
            request = request_of(operation, ours, theirs, place, name)
            answer = await client.request(**request, headers=ours.headers)
            case = (operation.label, place, name, answer.status_code, answer.text[:300])
            tried.add((place, name))
            said = foreign(operation, place, name, theirs)
            if is_id(said):
                named.add(said)
            repeated = named if operation.path in OWN_LOGS else {said}
            assert not traced(answer, theirs, said=repeated), case
            assert answer.status_code < 500, case
            if place == "path":
                assert answer.status_code in (403, 404), case
            if place == "body" and name in ("tenant", "tenant_id", "connection", "connection_id"):
                assert answer.status_code in (400, 403, 404, 422), case
    assert {("path", "member_id"), ("query", "cursor"), ("body", "connection")} <= tried
    assert await fingerprints(resources, theirs.id) == before


async def test_lists_show_nothing_of_theirs(
    client: httpx.AsyncClient, operations: list[Operation], ours: Stage, theirs: Stage
) -> None:
    """Our marks are found where theirs would be, so an empty answer can't pass for a wall."""
    seen = []
    for operation in operations:
        if operation.method != "GET" or operation.path in STREAMS or operation.side == "staff":
            continue
        if operation.label == "GET /api/v1/auth/invitations/{token}":
            continue  # whoever holds a mailed link: integration/identity
        request = request_of(operation, ours, theirs)
        answer = await client.request(**request, headers=ours.headers)
        assert answer.is_success or "reports" in operation.path, (operation.label, answer.text)
        shown = traced(answer, theirs)
        if operation.path in OWN_LOGS:
            # our own log repeats the addresses we asked for, their ids among them, nothing else
            asked = [str(line.get("path", "")) for line in answer.json()["items"]]
            text = answer.text
            for path in asked:
                text = text.replace(path, "")
            shown = [trace for trace in shown if trace in text and not is_id(trace)]
        assert not shown, operation.label
        if traced(answer, ours):
            seen.append(operation.path)
    assert len(seen) >= 20, seen


async def test_the_other_companys_records_are_not_served_from_the_gateway(
    client: httpx.AsyncClient, ours: Stage, theirs: Stage
) -> None:
    for stage, count in ((ours, 0), (theirs, 2)):
        answer = await client.post(
            "/api/v1/odoo/search_read",
            json={"model": "res.partner", "domain": [["name", "like", theirs.marker]]},
            headers=stage.headers,
        )
        assert len(answer.json()["records"]) == count


@pytest.mark.parametrize("path", ["login", "tenant/login"])
async def test_signing_in_to_their_company_needs_to_belong_to_it(
    client: httpx.AsyncClient, ours: Stage, theirs: Stage, path: str
) -> None:
    signing_in = {"email": ours.owner.email, "password": PASSWORD}
    for tenant, allowed in ((theirs, False), (ours, True)):
        answer = await client.post(
            f"/api/v1/auth/{path}", json={**signing_in, "tenant": str(tenant.id)}
        )
        assert answer.is_success is allowed, answer.text
        assert not traced(answer, theirs, said=str(theirs.id))


# ── tokens ─────────────────────────────────────────────────────────────────────────────────────


def _unsigned(token: str) -> str:
    _, claims, _ = token.split(".")
    header = json.dumps({"alg": "none", "typ": "JWT", "kid": "tenant"}).encode()
    return f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{claims}."


def _spliced(token: str, **changes: Any) -> str:
    """The same token with other claims under the old signature."""
    header, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(said | changes).encode()).rstrip(b"=")
    return f"{header}.{changed.decode()}.{signature}"


def _signed(token: str, key: str, *, kid: str = "tenant", **changes: Any) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims | changes, key, algorithm="HS256", headers={"kid": kid})


def forgeries(settings: Settings, ours: Stage, theirs: Stage) -> dict[str, str]:
    """Tokens that are nearly right, for the tenant side."""
    token = ours.owner.access_token
    tenant_key, staff_key = (settings.secret(f"{name}_secret_key") for name in ("jwt", "admin"))
    past = int(time.time()) - 5
    return {
        "unsigned": _unsigned(token),
        "their tenant under our signature": _spliced(token, tenant_id=str(theirs.id)),
        "our tenant, their person": _spliced(token, sub=theirs.ids["user_id"]),
        "signed with the staff key": _signed(token, staff_key),
        "signed with the staff key, as staff say": _signed(token, staff_key, kid="staff"),
        "signed with an unknown key": _signed(token, "x" * 40),
        "for another audience": _signed(token, tenant_key, aud="staff"),
        "for the second factor": _signed(token, tenant_key, kid="second_factor"),
        "expired": _signed(token, tenant_key, exp=past),
        "a refresh token": ours.owner.refresh_token,
        "an API key with another secret": ours.ids["api_key"][:-4] + "AAAA",
        "nothing": "",
    }


async def test_no_forged_token_opens_any_door(
    client: httpx.AsyncClient,
    resources: Resources,
    settings: Settings,
    operations: list[Operation],
    ours: Stage,
    theirs: Stage,
) -> None:
    good = _signed(ours.owner.access_token, settings.secret("jwt_secret_key"))
    me = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {good}"})
    assert me.status_code == 200  # so the forgeries fail by what is wrong with them alone
    before = await fingerprints(resources)
    for what, token in forgeries(settings, ours, theirs).items():
        for operation in operations:
            if not operation.side:
                continue
            answer = await client.request(
                **request_of(operation, ours, theirs),
                headers={"Authorization": f"Bearer {token}"},
            )
            # a door of staff may tell a tenant's token to go away before it looks closer
            refused = (401,) if operation.side == "tenant" else (401, 403)
            assert answer.status_code in refused, (what, operation.label, answer.text[:300])
    assert await fingerprints(resources) == before


async def test_neither_side_opens_the_others_doors(
    client: httpx.AsyncClient,
    resources: Resources,
    operations: list[Operation],
    staff: SignedIn,
    ours: Stage,
    theirs: Stage,
) -> None:
    before = await fingerprints(resources)
    key = {"Authorization": f"Bearer {ours.ids['api_key']}"}
    attempts: list[tuple[str, Callable[[Operation], bool], dict[str, str]]] = [
        ("staff", lambda each: each.side == "tenant", staff.headers),
        ("tenant", lambda each: each.side == "staff", ours.headers),
        ("key", lambda each: each.side == "staff", key),
    ]
    for who, chosen, headers in attempts:
        for operation in operations:
            if not chosen(operation) or operation.label in FOR_ANYONE | EITHER_SIDE:
                continue
            answer = await client.request(**request_of(operation, ours, theirs), headers=headers)
            assert answer.status_code == 403, (who, operation.label, answer.text[:300])
    after = await fingerprints(resources)
    assert {name for name in after if after[name] != before[name]} <= {"api_keys"}  # last use


async def test_staff_find_nothing_at_a_random_id(
    client: httpx.AsyncClient, operations: list[Operation], staff: SignedIn
) -> None:
    """So that the answers above are told from those to ids that nobody has."""
    for operation in operations:
        named = [name for place, name in operation.parameters if place == "path"]
        if operation.side != "staff" or operation.method != "GET" or not named:
            continue
        path = operation.path
        for name in named:
            path = path.replace(f"{{{name}}}", "999999999" if name == "job_id" else NOBODY)
        answer = await client.get(path, headers=staff.headers)
        assert answer.status_code == 404, (operation.label, answer.text)
