"""What a tenant, a role or a key may do, and how much of it, from the very next call."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields, TenantStatus
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import Company, connected
from tests.factories.tenants import SignedIn, TenantFactory
from tests.factories.waiting import hour_goes_on
from tests.integration.gateway.conftest import Found
from tests.integration.gateway.wire import problem

PARTNER = "res.partner"
READ: dict[str, Any] = {"model": PARTNER, "fields": ["name"], "limit": 1}
COUNT: dict[str, Any] = {"method": "search_count", "model": PARTNER}


async def by_staff(
    company: Company, staff: SignedIn, path: str, body: dict[str, Any], *, method: str = "POST"
) -> None:
    address = f"/admin/tenants/{company.id}{path}"
    answer = await company.client.request(method, address, json=body, headers=staff.headers)
    assert answer.status_code == 200, answer.text


def remaining(answer: httpx.Response) -> int:
    return int(answer.headers["x-ratelimit-remaining"])


async def key_of(company: Company, scopes: list[str], weight: int = 1) -> SignedIn:
    """An API key of the tenant, used as a person's token is."""
    answer = await company.client.post(
        "/api/v1/api-keys",
        json={"name": "robot", "scopes": scopes, "weight": weight},
        headers=company.owner.headers,
    )
    assert answer.status_code == 201, answer.text
    return replace(company.owner, access_token=answer.json()["key"])


# ── what may be called ─────────────────────────────────────────────────────────────────────────


async def test_models_that_are_not_on_the_tenants_list(found: Found, odoo: OdooSimulator) -> None:
    company = await found(allowed_models=[PARTNER, "sale.order"])
    await company.ask("search_read", READ)
    odoo.journal.clear()
    for operation, body in (
        ("search_read", {"model": "res.country"}),
        ("call_kw", {"model": "res.country", "method": "read", "args": [[1]], "kwargs": {}}),
        ("batch_create", {"model": "res.country", "values_list": [{"name": "x"}]}),
        ("web_save", {"model": "res.country", "records": [{"name": "x"}]}),
        ("batch_execute", {"operations": [{**COUNT, "model": "res.country"}]}),
    ):
        problem(await company.post(operation, body), 403, "MODEL_NOT_ALLOWED")
    batch = {"operations": [{"operation": "search_count", "model": "res.country"}]}
    (item,) = await _results(company, batch)
    assert item["error"]["code"] == "MODEL_NOT_ALLOWED"
    assert odoo.journal.count() == 0


async def _results(company: Company, batch: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await company.post("/api/v1/batch", batch)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def test_everybody_who_may_read_can_see_the_list(found: Found) -> None:
    async def seen(company: Company, person: SignedIn) -> dict[str, Any]:
        answer = await company.client.get("/api/v1/odoo/models", headers=person.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    bound = await found(allowed_models=[PARTNER, "res.users", "ir.mail_server"])
    user = await bound.factory.member(bound.id, role="user")
    assert await seen(bound, user) == {
        "allowed_models": ["ir.mail_server", PARTNER, "res.users"],
        "closed_models": ["ir.mail_server"],
        "read_only_models": ["res.users"],
    }
    assert (await seen(bound, bound.owner))["closed_models"] == []
    free = await found()
    assert (await seen(free, free.owner))["allowed_models"] is None


async def test_the_list_changes_with_the_next_call(company: Company, staff: SignedIn) -> None:
    await company.ask("search_read", READ)
    await by_staff(company, staff, "", {"allowed_models": ["sale.order"]}, method="PUT")
    problem(await company.post("search_read", READ), 403, "MODEL_NOT_ALLOWED")
    await by_staff(company, staff, "", {"allowed_models": None}, method="PUT")
    await company.ask("search_read", READ)


async def test_features_of_the_plan(found: Found) -> None:
    company = await found(allowed_features=["files"])
    for path, body in (("search_read", READ), ("/api/v1/batch", {"operations": [COUNT]})):
        problem(await company.post(path, body), 403, "FEATURE_NOT_ALLOWED")
    files = await company.client.get("/api/v1/files", headers=company.owner.headers)
    assert files.status_code == 200
    company = await found(allowed_features=["gateway"])
    await company.ask("search_read", READ)
    files = await company.client.get("/api/v1/files", headers=company.owner.headers)
    problem(files, 403, "FEATURE_NOT_ALLOWED")


# ── who may call ───────────────────────────────────────────────────────────────────────────────


async def test_suspension_holds_from_the_next_call(company: Company, staff: SignedIn) -> None:
    await company.ask("search_read", READ)
    await by_staff(company, staff, "/suspend", {"reason": "unpaid"})
    told = problem(await company.post("search_read", READ), 403, "TENANT_SUSPENDED")
    assert "suspend" in told["detail"].lower()  # what existing apps look for
    await by_staff(company, staff, "/activate", {})
    await company.ask("search_read", READ)


async def test_a_deleted_tenant_is_gone(company: Company, staff: SignedIn) -> None:
    await company.ask("search_read", READ)
    await by_staff(company, staff, "", {}, method="DELETE")
    answer = await company.post("search_read", READ)
    assert answer.status_code in (401, 410), answer.text
    problem(answer, 410, "TENANT_DELETED")


async def test_a_trial_that_is_over(
    resources: Resources,
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    odoo: OdooSimulator,
    staff: SignedIn,
) -> None:
    name = f"trial-{secrets.token_hex(5)}"
    async with resources.database.platform() as session:
        (plan, *_) = await tenancy.list_plans(session)
        fields = {"plan_id": plan.id, "trial_ends_at": datetime.now(UTC) + timedelta(days=1)}
        tenant = await tenancy.create_tenant(
            session,
            resources,
            None,
            name=name,
            slug=name,
            fields=TenantFields.model_validate(fields),
            status=TenantStatus.TRIAL,
        )
    company = await connected(client, tenant_factory, odoo, tenant.id)
    await company.ask("search_read", READ)
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    await by_staff(company, staff, "", {"trial_ends_at": past}, method="PUT")
    problem(await company.post("search_read", READ), 402, "PAYMENT_REQUIRED")


async def test_a_changed_role_holds_from_the_next_call(company: Company) -> None:
    member = await company.member("user")
    await company.ask("search_read", READ, by=member)
    listed = await company.client.get("/api/v1/members", headers=company.owner.headers)
    found = [each for each in listed.json()["items"] if each["email"] == member.email]
    answer = await company.client.patch(
        f"/api/v1/members/{found[0]['id']}",
        json={"role": "client"},
        headers=company.owner.headers,
    )
    assert answer.status_code == 200, answer.text
    refused = await company.post("search_read", READ, by=member)
    # either this token is no good any more and a fresh one lacks the right, or it lacks it now
    assert refused.status_code in (401, 403), refused.text
    again = await company.factory.sign_in(member.email, company.id)
    problem(await company.post("search_read", READ, by=again), 403, "FORBIDDEN")


async def test_a_key_may_do_what_its_scopes_say(company: Company) -> None:
    key = await key_of(company, ["gateway:read"])
    await company.ask("search_read", READ, by=key)
    body = {"model": PARTNER, "values": {"name": "x"}}
    problem(await company.post("create", body, by=key), 403, "FORBIDDEN")
    closed = {"model": "ir.config_parameter", "limit": 1}
    problem(await company.post("search_read", closed, by=key), 403, "MODEL_NOT_ALLOWED")
    writer = await key_of(company, ["gateway:read", "gateway:write"])
    created = {"model": PARTNER, "values": {"name": "By a key"}}
    assert type(await company.ask("create", created, by=writer)) is int


async def test_a_revoked_key_is_refused_at_once(company: Company) -> None:
    key = await key_of(company, ["gateway:read"])
    await company.ask("search_read", READ, by=key)
    listed = await company.client.get("/api/v1/api-keys", headers=company.owner.headers)
    key_id = listed.json()["items"][0]["id"]
    await company.client.delete(f"/api/v1/api-keys/{key_id}", headers=company.owner.headers)
    assert (await company.post("search_read", READ, by=key)).status_code == 401


# ── how much ───────────────────────────────────────────────────────────────────────────────────


async def limited(company: Company, staff: SignedIn, **limits: int) -> None:
    await hour_goes_on(60)
    await by_staff(company, staff, "", limits, method="PUT")


async def test_headers_tell_what_is_left(company: Company, staff: SignedIn) -> None:
    await limited(company, staff, max_requests_per_hour=50)
    first = await company.post("search_read", READ)
    second = await company.post("search_read", READ)
    assert remaining(second) == remaining(first) - 1
    assert first.headers["x-ratelimit-limit"] == "50"
    assert int(first.headers["x-ratelimit-reset"]) > datetime.now(UTC).timestamp()
    assert '"tenant_hour";q=50;w=3600' in first.headers["ratelimit-policy"]
    assert f"r={remaining(second)}" in second.headers["ratelimit"]


async def test_over_the_limit(company: Company, staff: SignedIn, odoo: OdooSimulator) -> None:
    await limited(company, staff, max_requests_per_hour=12)
    answers = [await company.post("search_read", READ) for _ in range(12)]
    refused = next(answer for answer in answers if answer.status_code != 200)
    problem(refused, 429, "RATE_LIMIT_EXCEEDED")
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert remaining(refused) == 0
    # a refused request counts in no window
    await limited(company, staff, max_requests_per_hour=13)
    assert (await company.post("search_read", READ)).status_code == 200


async def test_the_quota_of_the_day_is_told_apart(company: Company, staff: SignedIn) -> None:
    await limited(company, staff, max_requests_per_day=8)
    answers = [await company.post("search_read", READ) for _ in range(9)]
    problem(answers[-1], 429, "QUOTA_EXCEEDED")
    assert int(answers[-1].headers["retry-after"]) <= 86_400


async def test_items_of_a_batch_count_each(
    company: Company, staff: SignedIn, odoo: OdooSimulator
) -> None:
    await limited(company, staff, max_requests_per_hour=60)
    before = remaining(await company.post("search_read", READ))
    batch = await company.post("/api/v1/batch", {"operations": [{**COUNT}] * 5})
    assert remaining(batch) == before - 5
    updates = [{"id": number, "values": {"comment": str(number % 2)}} for number in (1, 2, 3)]
    written = await company.post("batch_write", {"model": PARTNER, "updates": updates})
    assert remaining(written) == before - 7  # two different sets of values are two writes
    execute = await company.post("batch_execute", {"operations": [{**COUNT}] * 4})
    assert remaining(execute) == before - 11
    await limited(company, staff, max_requests_per_hour=60 - remaining(execute) + 3)
    odoo.journal.clear()
    names = [{"name": "Too many"}] * 2
    many = {"operations": [{"method": "create", "model": PARTNER, "values": v} for v in names] * 2}
    problem(await company.post("batch_execute", many), 429, "RATE_LIMIT_EXCEEDED")
    assert odoo.journal.count() == 0  # all of it or nothing


async def test_a_key_weighs_what_it_was_given(company: Company, staff: SignedIn) -> None:
    key = await key_of(company, ["gateway:read"], weight=5)
    await limited(company, staff, max_requests_per_hour=100)
    before = remaining(await company.post("search_read", READ))
    assert remaining(await company.post("search_read", READ, by=key)) == before - 5
    batch = {"operations": [COUNT, COUNT]}
    assert remaining(await company.post("batch_execute", batch, by=key)) == before - 15


async def test_a_person_is_limited_beside_the_tenant(company: Company, staff: SignedIn) -> None:
    await limited(company, staff, max_requests_per_hour_per_user=8)
    colleague = await company.member()
    answers = [await company.post("search_read", READ) for _ in range(9)]
    problem(answers[-1], 429, "RATE_LIMIT_EXCEEDED")
    await company.ask("search_read", READ, by=colleague)
