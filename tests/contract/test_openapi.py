"""The served platform does what its OpenAPI document says, whatever it is sent.

Schemathesis reads the document from a running `bridgecore serve`, makes requests from it that fit
and requests that don't, chains operations that feed each other, and checks every answer: no fault
of ours, no undocumented status, type, shape or header, 405 with `Allow` for other methods, no way
round the bearer token. Every operation has to be carried out at least once, so that limits, sign-in
throttles or a suspended tenant can't make the run vacuous. The same seed makes the same requests.

    pytest tests/contract/test_openapi.py                     one bounded run, as in `make test`
    FUZZ_SECONDS=1800 pytest tests/contract/test_openapi.py   ever more requests for half an hour

`FUZZ_SEED` sets another seed; `-s` shows how often each operation answered what.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest_asyncio
import schemathesis
from schemathesis import engine
from schemathesis.engine import events
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import unregister
from sqlalchemy import text

from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.conftest import Company, company_on, platform_running, simulated
from tests.factories.tenants import PASSWORD, SignedIn, TenantFactory, sign_in_staff

SEED = int(os.environ.get("FUZZ_SEED", "20250716"))
SECONDS = int(os.environ.get("FUZZ_SECONDS", "0"))

GATEWAY = ("/api/v1/odoo/", "/api/v1/batch", "/api/v1/files")
STREAMS = r"/live$"  # an endless answer is nothing to conform to; the role tests open them
NOBODY = "00000000-0000-4000-8000-000000000000"

# Codes of field errors that speak of more than a schema can.
RULES = frozenset(
    {
        "value_error",
        "config_invalid",
        "secret_needed",
        "tenant_needed",
        "unknown_operation",
        "int_type",
        "unknown_server",
    }
)

# Operations whose success hangs on something no document can hand out, and what stands there.
NOT_CARRIED_OUT = {
    "DELETE /api/v1/clients/{client_id}/n8n-config/{connection_id}": "an n8n of that client",
    "POST /api/v1/clients/{client_id}/n8n-config/{connection_id}/test": "an n8n of that client",
    "PUT /api/v1/clients/{client_id}/workflows/{connection_id}/{workflow_id}/savings": (
        "a workflow that was read from an n8n"
    ),
    "PUT /api/v1/metrics/my-workflows/{connection_id}/{workflow_id}/savings": (
        "a workflow that was read from an n8n"
    ),
    "POST /api/v1/auth/reset-password": "the token of a mailed link",
    "POST /api/v1/auth/register": "an installation that lets people register",
    "POST /api/v1/auth/resend-verification": "an installation that lets people register",
    "POST /api/v1/auth/verify-email": "the token of a mailed link",
    "POST /api/v1/auth/invitations/look-up": "the token of a mailed link",
    "POST /api/v1/auth/invitations/accept": "the token of a mailed link",
    "GET /api/v1/auth/invitations/{token}": "the token of a mailed link",
    "POST /api/v1/invitations/{invitation_id}/resend": "an invitation sent more than a minute ago",
    "GET /admin/mails/{mail_id}": "a mail that was written in the background",
    "POST /admin/mails/{mail_id}/send": "a mail server",
    "POST /api/v1/auth/microsoft/complete": "a code of Microsoft",
    "POST /api/v1/auth/supabase/complete": "a token of a Supabase project",
    "POST /api/v1/auth/second-factor": "a code of the authenticator app",
    "POST /api/v1/auth/totp/confirm": "a code of the authenticator app",
    "POST /api/v1/auth/totp/recovery-codes": "a code of the authenticator app",
    "POST /api/v1/auth/totp/disable": "a code of the authenticator app",
    "POST /api/v1/odoo/writes/{write_id}/resolve": "a write whose outcome is unknown",
    "POST /api/webhooks/odoo": "a signature",
    "POST /api/v1/webhooks/in/{token}": "an address of a sender, shown once",
    "POST /api/v1/webhooks/retry": "a dead letter",
    "POST /api/v1/integrations/{connection}/sync/deletes": "a removal that stopped to ask",
    "POST /api/v1/integrations/{connection}/sync/repair": "records that differ",
    "POST /api/v1/integrations/{connection}/sync/set-asides/retry": "a record set aside",
    "GET /admin/jobs/{job_id}": "a job that has not been done yet",
    "POST /admin/jobs/{job_id}/retry": "a job that failed",
    "POST /admin/jobs/{job_id}/cancel": "a job that waits",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What makes a request of one operation succeed; the rest of it stays as generated."""

    body: Mapping[str, Any] | None = None
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom the requests come from. The gateway's company is another than the one being changed."""

    staff: SignedIn
    spare_staff: SignedIn
    control: Company
    gateway: Company
    spare: SignedIn
    guest: SignedIn
    staff_guest: SignedIn
    decoy: str
    odoo: Mapping[str, str]
    ids: Mapping[str, Any]

    def token(self, operation: Any) -> str | None:
        schemes = {name for each in operation.definition.raw.get("security", []) for name in each}
        if "staff" in schemes:
            return self.staff.access_token
        if "tenant" not in schemes:
            return None
        company = self.gateway if operation.path.startswith(GATEWAY) else self.control
        return company.owner.access_token

    def known(self) -> dict[str, Known]:
        signing_in = {"email": self.guest.email, "password": PASSWORD}
        staff_signing_in = {"email": self.staff_guest.email, "password": PASSWORD}
        visitor = Known(path={"user_id": self.ids["visitor"]})
        kept_staff = Known(path={"user_id": str(self.staff_guest.user_id)})
        kept_member = Known(path={"member_id": self.ids["visiting_member"]}, query={})
        passwords = {"current_password": PASSWORD, "new_password": "staple horse correct"}
        own = Known(path={"tenant_id": str(self.control.tenant_id)}, query={})
        decoy = Known(path={"tenant_id": self.decoy})
        client = Known(path={"client_id": str(self.control.tenant_id)}, query={})
        n8n = {"n8n_api_url": "http://127.0.0.1:5678", "n8n_api_key": "n8n_api_0"}
        figures = ("", "/series.csv", "/workflows", "/workflows.csv", "/executions")
        own_figures = ("metrics", "workflows", "executions")
        connector = {"connector": "odoo", "config": dict(self.odoo)}
        partner: dict[str, Any] = {"model": "res.partner", "connection": None, "context": None}
        orders = {**partner, "model": "sale.order", "ids": self.ids["orders"]}
        reading = {**partner, "ids": [1], "fields": ["name"], "specification": {"name": {}}}
        finding = {**partner, "domain": [], "fields": ["name"], "order": None, "limit": 5}
        odoo = {
            "action_confirm": orders,
            "batch_create": {**partner, "values_list": [{"name": "One"}, {"name": "Two"}]},
            "batch_execute": {"operations": [{**reading, "method": "read"}]},
            "batch_unlink": {**partner, "ids": self.ids["partners"][1:2]},
            "batch_write": {**partner, "updates": [{"id": 1, "values": {"ref": "R"}}]},
            "button_cancel": {**orders, "model": "account.move", "ids": self.ids["bills"]},
            "call_kw": {**partner, "method": "search_count", "args": [[]], "kwargs": {}},
            "call_method": {**partner, "method": "search_count", "ids": None, "args": [[]]},
            "copy": {**partner, "id": 1, "default": None},
            "create": {**partner, "values": {"name": "Three"}},
            "default_get": {**partner, "fields": ["name"]},
            "fields_get": {**partner, "fields": None, "allfields": None},
            "name_create": {**partner, "name": "Four"},
            "name_search": {**partner, "name": "a", "domain": [], "operator": "ilike"},
            "onchange": {**partner, "ids": [], "values": {}, "field": "name"},
            "read_group": {**partner, "domain": [], "fields": ["id"], "groupby": ["country_id"]},
            "search": finding,
            "search_count": finding,
            "search_read": finding,
            "unlink": {**partner, "ids": self.ids["partners"][2:]},
            "web_save": {**partner, "ids": [1], "values": {"ref": "S"}, "records": None},
            "web_search_read": {**finding, "specification": {"name": {}}},
            "write": {**partner, "ids": [1], "values": {"ref": "T"}},
        }
        odoo |= dict.fromkeys(("read", "web_read", "exists", "name_get"), reading)
        file = Known(path={"file_id": self.ids["file"]}, query={})
        tenant_id = str(self.control.tenant_id)
        copy = "/api/v1/integrations/{connection}/sync"
        kept = {"connection": self.ids["connection"]}
        report = Known(path={"report_id": self.ids["report"]}, query={})
        alerts: dict[str, Known] = {}
        for base, ids in self.ids["alerts"].items():
            # each by its own name: another one in the path would be against the document
            alert, rule, told = (
                {name: ids[name]} for name in ("alert_id", "rule_id", "notification_id")
            )
            alerts |= {
                f"DELETE {base}/alerts/rules/{{rule_id}}": Known(
                    path={"rule_id": ids["spare_rule_id"]}
                ),
                f"GET {base}/alerts": Known(query={}),
                f"GET {base}/alerts/{{alert_id}}": Known(path=alert),
                f"GET {base}/alerts/rules/{{rule_id}}": Known(path=rule),
                f"GET {base}/notifications": Known(query={}),
                f"POST {base}/alerts/rules": Known({"kind": "server_down"}),
                f"PUT {base}/alerts/rules/{{rule_id}}": Known({"name": "A rule"}, path=rule),
                f"POST {base}/alerts/{{alert_id}}/acknowledge": Known(path=alert),
                f"POST {base}/alerts/{{alert_id}}/mute": Known({"minutes": 5}, path=alert),
                f"POST {base}/alerts/{{alert_id}}/unmute": Known(path=alert),
                f"POST {base}/notifications/{{notification_id}}/read": Known(path=told),
            }
        return {
            **{f"POST /api/v1/odoo/{name}": Known(body) for name, body in odoo.items()},
            "POST /api/v1/batch": Known({"operations": [{**reading, "operation": "read"}]}),
            **alerts,
            "GET /api/v1/files": Known(query={}),
            "GET /api/v1/files/{file_id}": file,
            "GET /api/v1/files/{file_id}/content": file,
            "GET /api/v1/files/reports/{report_name}/{ids}": Known(
                path={"report_name": "sale.report_saleorder", "ids": str(self.ids["orders"][0])},
                query={},
            ),
            "GET /api/v1/lake/records/{entity}/{key}": Known(
                path={"entity": "res.partner", "key": "1"}, query={}
            ),
            "GET /api/v1/lake/parity/{report_id}": report,
            "GET /api/v1/lake/parity/{report_id}/differences": report,
            f"GET {copy}": Known(path=kept),
            f"GET {copy}/plan": Known(path=kept),
            f"GET {copy}/discover": Known(path=kept),
            f"GET {copy}/parity": Known(path=kept, query={}),
            f"PUT {copy}/plan": Known({"interval_seconds": 3600}, path=kept),
            f"POST {copy}/trigger": Known({}, path=kept),
            f"POST {copy}/parity": Known({}, path=kept),
            "GET /api/v1/integrations/sync/{sync_id}": Known(path={"sync_id": self.ids["run"]}),
            "POST /api/v1/integrations/sync/{sync_id}/cancel": Known(
                path={"sync_id": self.ids["run"]}
            ),
            "POST /api/v1/auth/invitations": Known(
                {"email": "one@invited.example", "tenant_id": tenant_id}
            ),
            "POST /api/v1/auth/invitations/bulk": Known(
                {"emails": ["two@invited.example"], "tenant_id": tenant_id}
            ),
            "GET /api/v1/invitations/{invitation_id}": Known(
                path={"invitation_id": self.ids["invitations"][0]}
            ),
            "DELETE /api/v1/invitations/{invitation_id}": Known(
                path={"invitation_id": self.ids["invitations"][1]}
            ),
            "GET /api/v1/webhooks/events/{event_id}": Known(path={"event_id": self.ids["event"]}),
            "DELETE /api/v1/webhooks/addresses/{address_id}": Known(
                path={"address_id": self.ids["address"]}
            ),
            "DELETE /api/v1/webhooks/secrets/{secret_id}": Known(
                path={"secret_id": self.ids["secret"]}
            ),
            "POST /admin/auth/login": Known(staff_signing_in),
            "POST /admin/auth/refresh": Known({"refresh_token": self.staff_guest.refresh_token}),
            "POST /api/v1/auth/login": Known(signing_in),
            "POST /api/v1/auth/tenant/login": Known(signing_in),
            "POST /api/v1/auth/refresh": Known({"refresh_token": self.guest.refresh_token}),
            "POST /api/v1/auth/tenant/refresh": Known({"refresh_token": self.guest.refresh_token}),
            "POST /api/v1/auth/totp/enrol": Known({"password": PASSWORD}),
            "POST /api/v1/auth/switch-tenant": Known(
                {"tenant": str(self.control.tenant_id)}, token=self.spare.access_token
            ),
            **{f"GET {path}": Known(path=ids, query={}) for path, ids in self.ids["kept"].items()},
            **{f"DELETE {path}": Known(path=ids) for path, ids in self.ids["gone"].items()},
            "PUT /admin/tenants/{tenant_id}": Known({"notes": "Seen"}, path=decoy.path),
            "PUT /admin/plans/{plan_id}": Known(
                {"position": 9}, path=self.ids["kept"]["/admin/plans/{plan_id}"]
            ),
            "PATCH /api/v1/api-keys/{key_id}": Known(
                {"name": "Kept"}, path=self.ids["kept"]["/api/v1/api-keys/{key_id}"]
            ),
            "PATCH /api/v1/roles/{code}": Known(
                {"name": "Kept"}, path=self.ids["kept"]["/api/v1/roles/{code}"]
            ),
            "PUT /api/v1/integrations/{connection_id}": Known(
                {"name": "Kept"}, path={"connection_id": self.ids["connection"]}
            ),
            "POST /api/v1/integrations/{connection_id}/test": Known(
                path={"connection_id": self.ids["connection"]}
            ),
            "GET /admin/tenants/{tenant_id}/sync": own,
            "GET /admin/tenants/{tenant_id}/sync/logs": own,
            "GET /admin/users/{user_id}": visitor,
            "GET /api/v1/members/{member_id}": kept_member,
            "GET /api/v1/members/{member_id}/sessions": kept_member,
            "PATCH /admin/users/{user_id}": visitor,
            "DELETE /admin/users/{user_id}/totp": visitor,
            "POST /admin/users/{user_id}/send-password-link": visitor,
            "PATCH /api/v1/members/{member_id}": Known(
                {"team_id": 1}, path={"member_id": self.ids["visiting_member"]}
            ),
            "PATCH /admin/staff/{user_id}": kept_staff,
            "DELETE /api/v1/auth/sessions/{session_id}": Known(
                path={"session_id": self.ids["sessions"][0]}, token=self.guest.access_token
            ),
            "DELETE /api/v1/members/{member_id}/sessions/{session_id}": Known(
                path={"member_id": self.ids["member"], "session_id": self.ids["sessions"][1]}
            ),
            "POST /api/v1/webhooks/push": Known({"model": "res.partner", "record_id": 1}),
            **{
                f"GET /api/v1/webhooks/{path}": Known(query={})
                for path in ("check-updates", "dead-letter", "events", "statistics")
            },
            **{
                f"POST /api/v1/webhooks/{path}": Known({"connection_id": None})
                for path in ("secrets", "secrets/rotate", "addresses")
            },
            "POST /api/v1/integrations": Known({**connector, "is_primary": None}),
            "POST /api/v1/integrations/test": Known(connector),
            "POST /admin/integrations/test": Known({**connector, "tenant_id": None}),
            "GET /admin/tenants/{tenant_id}/usage": own,
            "GET /api/v1/tenants/{tenant_id}": own,
            "GET /api/v1/usage/daily": Known(query={}),
            "GET /api/v1/clients": Known(query={}),
            "POST /api/v1/clients": Known({"name": "A client"}),
            "GET /api/v1/clients/{client_id}": client,
            "PUT /api/v1/clients/{client_id}": Known({}, path=client.path),
            "POST /api/v1/clients/{client_id}/n8n-config": Known(n8n, path=client.path),
            "GET /api/v1/metrics/all": Known(query={}),
            "GET /api/v1/metrics/all.csv": Known(query={}),
            **{
                f"GET /api/v1/metrics/client/{{client_id}}{path}": client
                for path in (*figures, "/executions.csv")
            },
            **{
                f"GET /api/v1/metrics/my-{path}{kind}": Known(query={})
                for path in own_figures
                for kind in ("", ".csv")
            },
            "GET /admin/analytics/tenants/{tenant_id}": own,
            "GET /admin/analytics/tenants/{tenant_id}/daily": own,
            "POST /admin/tenants/{tenant_id}/activate": decoy,
            "POST /admin/tenants/{tenant_id}/suspend": decoy,
            "POST /admin/tenants/{tenant_id}/test-connection": own,
            "POST /api/v1/auth/change-password": Known(passwords, token=self.spare.access_token),
            "POST /admin/auth/change-password": Known(
                passwords, token=self.spare_staff.access_token
            ),
        }


class Requests:
    """Puts what is known into some of the generated requests, and keeps the cast on stage."""

    def __init__(self, cast: Cast, on_stage: frozenset[str]) -> None:
        self._cast = cast
        self._known = cast.known()
        self._on_stage = on_stage
        self._sent: Counter[str] = Counter()
        self._fitting: Counter[str] = Counter()

    def complete(self, case: Any) -> None:
        label = case.operation.label
        number = self._sent.total()
        # sign-ins are throttled by address as well: each request comes from one of its own
        case.headers["X-Forwarded-For"] = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"
        fits = case.meta is None or case.meta.generation.mode.is_positive
        if fits and "Idempotency-Key" in case.headers:
            # generated ones are alike, and a key that comes again is answered with what it was
            case.headers["Idempotency-Key"] = f"wish-{number}"
        known = self._known.get(label)
        if known is not None and fits:
            if self._fitting[label] % 4 == 0:
                self._put(case, known)
            self._fitting[label] += 1
        self._sent[label] += 1
        for name, value in (case.path_parameters or {}).items():
            if value is None or value == "None":
                case.path_parameters[name] = NOBODY  # a chain found no id in an answer
        if case.method != "GET" and not case.operation.path.endswith("/test-connection"):
            for name, value in (case.path_parameters or {}).items():
                if str(value) in self._on_stage:
                    case.path_parameters[name] = self._cast.decoy if name == "tenant_id" else NOBODY

    def _put(self, case: Any, known: Known) -> None:
        if known.body is not None:
            case.body = dict(known.body)
            case.media_type = "application/json"
        if known.path:
            case.path_parameters = {**(case.path_parameters or {}), **known.path}
        if known.query is not None:
            case.query = dict(known.query)
        if known.token is not None:
            case.headers["Authorization"] = f"Bearer {known.token}"


@dataclass(slots=True)
class Answers:
    """Every answer of a run, and every check that failed."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)

    def take(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError | events.FatalError):
            self.errors.append(repr(getattr(event, "value", None) or event))
        if not isinstance(event, events.ScenarioFinished):
            return
        recorder = event.recorder
        for case_id, made in recorder.interactions.items():
            self.phases[event.phase.value] += 1
            label = recorder.cases[case_id].value.operation.label
            self.statuses[label][made.response.status_code if made.response else 0] += 1
        for case_id, checks in recorder.checks.items():
            case, made = recorder.cases[case_id].value, recorder.interactions[case_id]
            for check in checks:
                if check.failure_info is None or made.response is None:
                    continue
                if excused(check.name, case, made.response):
                    continue
                failure = check.failure_info.failure
                told = f"{made.response.status_code} {made.response.content[:600]!r}"
                self.failures.setdefault(
                    f"{case.operation.label}: {check.name}: {failure.title}",
                    f"{failure.message}\n{check.failure_info.code_sample}\n{told}",
                )

    def table(self) -> Iterator[str]:
        for label, counts in sorted(self.statuses.items()):
            told = ", ".join(f"{status} × {count}" for status, count in sorted(counts.items()))
            yield f"{label}: {told}"
        yield ", ".join(f"{phase}: {count}" for phase, count in self.phases.items())


def excused(check: str, case: Any, response: Any) -> bool:
    """Whether an answer is right although the document alone does not foresee it."""
    if check == "positive_data_acceptance":
        if case.meta is None:
            return True
        # a rule between fields or about the world; what contradicts the document names the field
        found = orjson.loads(response.content).get("errors", [])
        if any(each["code"] == "int_type" for each in found):
            # each side of a union says why it does not take 1.0
            found = [each for each in found if each["code"] != "list_type"]
        # (a text form can't say null, and 1.0 is whole for JSON Schema alone)
        return case.media_type == "multipart/form-data" or all(
            each["code"] in RULES
            or "got `float`" in each["detail"]
            # what a rule takes hangs on its kind, whose own schema is at /alerts/kinds
            or each["pointer"].startswith("/parameters/")
            # space around a text is cut off, and a blank one is nothing
            or (each["code"] == "string_too_short" and _blank(case.body, each["pointer"]))
            # a chain puts what another answer held where an id belongs: `[1]` for a UUID
            or (each["pointer"].startswith("/path/") and _chained(case))
            for each in found
        )
    if check == "negative_data_rejection":
        # `false` for 0, 0 for `false`, "1" for 1: read for what they mean
        # and headers nobody knows are everybody's right
        return "Incorrect type" in str(case.meta.phase.data.description) or (
            "x-schemathesis-unknown-property" in {name.lower() for name in case.headers or {}}
        )
    if check == "content_type_conformance":
        # what is no HTTP (`Transfer-Encoding: S`) does not reach the application
        return bool(response.content == b"Invalid HTTP request received.")
    if check == "ensure_resource_availability":
        # a chain that knows one id puts it in the place of another kind's as well
        # (and somebody who has to stay was put out of its reach)
        ids = list((case.path_parameters or {}).values())
        # (nor is the one of the path what is missing, when the body names a role or a plan)
        named = isinstance(case.body, dict) and bool({"role", "plan"} & set(case.body))
        return len(ids) > len(set(ids)) or NOBODY in ids or named
    if check == "not_a_server_error":
        # what a connection's own Odoo refuses: an earlier request of the chain told of a wrong one
        return bool(
            response.status_code == 502
            and case.operation.path.endswith(("/sync-users", "/sync/discover"))
            and response.json()["code"].startswith("UPSTREAM_")
        )
    # the words `odoo` and `test` stand where other methods have an id, and are no valid one
    return check == "unsupported_method" and case.operation.path == "/api/v1/integrations/test"


def _blank(body: Any, pointer: str) -> bool:
    """Whether the text a JSON pointer leads to is only white space."""
    found = body
    for part in pointer.removeprefix("/").split("/"):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return isinstance(found, str) and found != "" and not found.strip()


def _chained(case: Any) -> bool:
    """Whether the request took something from an earlier answer."""
    return bool(case.meta.phase.name == TestPhase.STATEFUL)


def run(url: str, cast: Cast, on_stage: frozenset[str]) -> Answers:
    config: dict[str, Any] = {
        "seed": SEED,
        "base-url": url,
        "continue-on-failure": True,
        "request-timeout": 30,
        "cache": {"enabled": False},
        "generation": {
            "max-examples": 2,
            "no-shrink": True,
            "deterministic": True,
            "database": "none",
        },
        "phases": {
            "coverage": {"unexpected-methods": ["OPTIONS", "PATCH"]},
            "stateful": {"max-steps": 6, "generation": {"max-examples": 20}},
        },
    }
    if SECONDS:
        config |= {"max-time": SECONDS}
    else:
        # thirty operations of one kind: what none of them may accept is left to fuzzing
        fitting = {"coverage": {"generation": {"mode": "positive"}}}
        config |= {"operations": [{"include-path-regex": "^/api/v1/odoo/", "phases": fitting}]}
    schema = schemathesis.openapi.from_url(
        f"{url}/openapi.json", config=schemathesis.Config.from_dict(config)
    ).exclude(path_regex=STREAMS)

    @schema.auth(refresh_interval=None)
    class Bearer:
        def get(self, case: Any, context: Any) -> str | None:
            return cast.token(case.operation)

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    requests = Requests(cast, on_stage)

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        requests.complete(case)

    answers = Answers()
    try:
        for event in engine.from_schema(schema).execute():
            answers.take(event)
    finally:
        unregister(before_call)
    return answers


@pytest_asyncio.fixture
async def plans_kept(resources: Resources) -> AsyncIterator[None]:
    """Plans stand above all tenants: whatever is done to them, later tests find what was."""
    async with resources.database.platform() as session:
        plans = [
            dict(row) for row in (await session.execute(text("SELECT * FROM plans"))).mappings()
        ]
    yield
    async with resources.database.platform() as session:
        for plan in plans:
            columns = ", ".join(f"{name} = :{name}" for name in plan)
            await session.execute(text(f"UPDATE plans SET {columns} WHERE id = :id"), plan)


async def test_the_platform_keeps_its_document(
    settings: Settings, resources: Resources, tmp_path: Path, plans_kept: None
) -> None:
    async with (
        simulated(17) as odoo,
        platform_running(
            settings, tmp_path, workers=1, TRUSTED_PROXIES="127.0.0.1", LOG_LEVEL="WARNING"
        ) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        database = next(iter(odoo.databases))
        cast = await cast_of(resources, http, odoo.url, database)
        answers = await asyncio.to_thread(run, platform.url, cast, await on_stage(http, cast))
        print("\n".join(answers.table()))
        assert not answers.errors, "\n".join(answers.errors)
        assert not answers.failures, "\n\n".join(
            f"{title}\n{text}" for title, text in sorted(answers.failures.items())
        )
        idle = {
            label
            for label, counts in answers.statuses.items()
            if not any(200 <= status < 400 for status in counts)
        }
        assert sorted(idle - set(NOT_CARRIED_OUT)) == []
        faults = {label: counts[500] for label, counts in answers.statuses.items() if counts[500]}
        assert not faults
        assert answers.phases["stateful"] > 50, answers.phases
        for person in (cast.staff, cast.control.owner, cast.gateway.owner):
            assert (await http.get("/api/v1/auth/me", headers=person.headers)).status_code == 200


async def cast_of(resources: Resources, http: httpx.AsyncClient, url: str, database: str) -> Cast:
    """Two companies with limits out of reach, a tenant to lose, and people to lose."""
    hourly = ("max_requests_per_hour", "max_requests_per_hour_per_user", "max_requests_per_day")
    plenty: dict[str, Any] = dict.fromkeys((*hourly, "burst_limit", "max_users"), 10_000_000)
    control, gateway = [
        await company_on(resources, http, url=url, database=database, **plenty) for _ in "12"
    ]
    people = TenantFactory(resources, http)
    stored = await http.post(
        "/api/v1/files", files={"file": ("a.txt", b"text", "text/plain")}, headers=gateway.headers
    )
    assert stored.status_code == 201, stored.text
    orders = await http.post(
        "/api/v1/odoo/search",
        json={"model": "sale.order", "domain": [["state", "=", "draft"]], "limit": 2},
        headers=gateway.headers,
    )
    partners = await http.post(
        "/api/v1/odoo/create",
        json={
            "model": "res.partner",
            "values": [{"name": name} for name in "123"],
        },
        headers=gateway.headers,
    )
    bill = {"move_type": "out_invoice", "partner_id": partners.json()["ids"][0]}
    bills = await http.post(
        "/api/v1/odoo/create",
        json={"model": "account.move", "values": [bill]},
        headers=gateway.headers,
    )
    source = {"url": url, "database": database, "username": "admin", "password": "admin"}
    guest = await people.member(control.tenant_id, role="user")
    visitor = await people.member(control.tenant_id, role="user")
    memberships = [(await me_of(http, each))["membership_id"] for each in (guest, visitor)]
    again = [await people.sign_in(guest.email, control.tenant_id) for _ in "12"]
    staff = await sign_in_staff(resources, http, role="super_admin")
    alerts = await alerts_of(http, people, staff, control)
    return Cast(
        staff=staff,
        spare_staff=await sign_in_staff(resources, http, role="admin"),
        control=control,
        gateway=gateway,
        spare=await people.member(control.tenant_id, role="admin"),
        guest=guest,
        staff_guest=await sign_in_staff(resources, http, role="support"),
        decoy=str((await people.tenant()).id),
        odoo=source,
        ids={
            **await one_of_each(http, people, control, source),
            **await some_to_lose(http, people, staff, control, gateway, source),
            "file": stored.json()["result"],
            "orders": orders.json()["ids"],
            "partners": partners.json()["ids"],
            "bills": bills.json()["ids"],
            "alerts": alerts,
            "visitor": str(visitor.user_id),
            "member": memberships[0],
            "visiting_member": memberships[1],
            "sessions": [(await me_of(http, each))["session_id"] for each in again],
        },
    )


async def one_of_each(
    http: httpx.AsyncClient,
    people: TenantFactory,
    company: Company,
    source: Mapping[str, str],
) -> dict[str, Any]:
    """What no request can make in the moment it is asked for, of a company."""

    async def done(method: str, path: str, **options: Any) -> Any:
        answer = await http.request(method, path, headers=company.headers, **options)
        assert answer.is_success, (method, path, answer.text)
        return answer.json()

    connector = {"connector": "odoo", "name": "Kept", "config": dict(source)}
    connection = (await done("POST", "/api/v1/integrations", json=connector))["id"]
    copy = ConnectionRef(company.tenant_id, UUID(connection))
    await people.records(copy, "res.partner", {"id": 1, "name": "One"}, {"id": 2, "name": "Two"})
    run = await done("POST", f"/api/v1/integrations/{connection}/sync/trigger", json={})
    report = await people.parity_report(copy)
    event = {"model": "res.partner", "record_id": 1, "id": "stored"}
    await done("POST", "/api/v1/webhooks/push", json={"events": [event]})
    pushed = await done("GET", "/api/v1/webhooks/events")
    invited = [
        await done("POST", "/api/v1/auth/invitations", json={"email": f"{name}@asked.example"})
        for name in ("kept", "gone")
    ]
    of_kept = {"name": "Gone", "connection_id": connection}  # none that is rotated meanwhile
    secret = await done("POST", "/api/v1/webhooks/secrets", json=of_kept)
    address = await done("POST", "/api/v1/webhooks/addresses", json={"name": "Gone"})
    return {
        "connection": connection,
        "run": run["id"],
        "report": str(report),
        "event": pushed["events"][0]["id"],
        "invitations": [each["id"] for each in invited],
        "secret": secret["id"],
        "address": address["id"],
    }


async def some_to_lose(
    http: httpx.AsyncClient,
    people: TenantFactory,
    staff: SignedIn,
    company: Company,
    gateway: Company,
    source: Mapping[str, str],
) -> dict[str, dict[str, dict[str, str]]]:
    """Of each thing one that stays and one to delete: chains find such by chance only."""

    async def made(by: Mapping[str, str], path: str, **options: Any) -> Any:
        answer = await http.post(path, headers=by, **options)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def twice(
        by: Mapping[str, str], path: str, body: Mapping[str, Any], name: str, own: str
    ) -> None:
        for into, word in ((kept, "kept"), (gone, "gone")):
            values = {
                key: value.format(word) if isinstance(value, str) else value
                for key, value in body.items()
            }
            answer = await made(by, path, json=values)
            into[f"{path}/{{{name}}}"] = {name: str(answer[own])}

    kept: dict[str, dict[str, str]] = {}
    gone: dict[str, dict[str, str]] = {}
    of = company.headers
    key = {"name": "{}", "scopes": ["crm:read"]}
    role = {"code": "{}-role", "name": "{}", "permissions": ["crm:read"]}
    await twice(of, "/api/v1/api-keys", key, "key_id", "id")
    await twice(of, "/api/v1/roles", role, "code", "code")
    await twice(staff.headers, "/api/v1/clients", {"name": "{} client"}, "client_id", "id")
    once = secrets.token_hex(4)
    plan = {"code": f"{{}}-{once}", "name": f"{{}} {once}"}
    await twice(staff.headers, "/admin/plans", plan, "plan_id", "id")
    person = {"email": f"{{}}-{once}@platform.example", "full_name": "{}"}
    await twice(staff.headers, "/admin/staff", person, "user_id", "id")
    copy = {"connector": "odoo", "name": "Gone", "config": dict(source)}
    lost = await made(of, "/api/v1/integrations", json=copy)
    gone["/api/v1/integrations/{connection_id}"] = {"connection_id": lost["id"]}
    file = await made(
        gateway.headers, "/api/v1/files", files={"file": ("b.txt", b"text", "text/plain")}
    )
    gone["/api/v1/files/{file_id}"] = {"file_id": file["result"]}
    gone["/admin/tenants/{tenant_id}"] = {"tenant_id": str((await people.tenant()).id)}
    leaver = await me_of(http, await people.member(company.tenant_id, role="user"))
    gone["/api/v1/members/{member_id}"] = {"member_id": leaver["membership_id"]}
    return {"kept": kept, "gone": gone}


async def alerts_of(
    http: httpx.AsyncClient, people: TenantFactory, staff: SignedIn, company: Company
) -> dict[str, dict[str, str]]:
    """Ids of an alert, of two other rules and of a notification: the company's and staff's."""
    connections = await http.get("/api/v1/integrations", headers=company.headers)
    connection = connections.json()["items"][0]["id"]
    await people.alert(ConnectionRef(company.tenant_id, UUID(connection)))
    found = {}
    for base, by in (("/api/v1", company.headers), ("/admin", staff.headers)):
        listed = await http.get(f"{base}/alerts", headers=by)
        alert = next(
            each
            for each in listed.json()["items"]
            if each["about_tenant_id"] == str(company.tenant_id)
        )
        told = await http.get(f"{base}/notifications", headers=by)
        rules = (await http.get(f"{base}/alerts/rules", headers=by)).json()
        rule, spare = [each["id"] for each in rules if each["id"] != alert["rule_id"]][:2]
        found[base] = {
            "alert_id": alert["id"],
            "rule_id": rule,
            "spare_rule_id": spare,
            "notification_id": told.json()["items"][0]["id"],
        }
    return found


async def me_of(http: httpx.AsyncClient, person: SignedIn) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/api/v1/auth/me", headers=person.headers)).json()
    return found


async def on_stage(http: httpx.AsyncClient, cast: Cast) -> frozenset[str]:
    """Ids of everything that has to stay as it is for the requests to be allowed."""
    found = {str(cast.control.tenant_id), str(cast.gateway.tenant_id)}
    for person in (cast.staff, cast.spare_staff, cast.spare, cast.control.owner):
        me = await me_of(http, person)
        found |= {str(me[name]) for name in ("id", "session_id", "membership_id") if me[name]}
    found.add(str(cast.gateway.owner.user_id))
    return frozenset(found)
