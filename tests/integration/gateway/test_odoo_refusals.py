"""Odoo's refusals as existing apps must see them: status, words, and a body they can read."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import CLERK, DATABASE, Company, credentials
from tests.integration.gateway.conftest import Found
from tests.integration.gateway.wire import problem

PARTNER = "res.partner"
# what existing apps look for, in the message and the whole body together
FALLBACK = re.compile(r"Invalid field ['\"]([^'\"]+)['\"]")


async def test_an_unknown_field_that_was_asked_for_is_named(everywhere: Company) -> None:
    for answer in (
        await everywhere.call_kw(
            PARTNER, "search_read", [], domain=[], fields=["name", "no_such"], limit=1
        ),
        await everywhere.call_kw(PARTNER, "search_read", [[], ["name", "no_such"]], limit=1),
        await everywhere.post("search_read", {"model": PARTNER, "fields": ["name", "no_such"]}),
        await everywhere.post("read", {"model": PARTNER, "ids": [1], "fields": ["no_such"]}),
        await everywhere.call_kw(PARTNER, "read", [[1], ["no_such"]]),
    ):
        problem(answer, 400, "UPSTREAM_REJECTED")
        found = FALLBACK.search(answer.text)
        assert found is not None, answer.text
        assert found[1] == "no_such"


async def test_a_field_nobody_asked_for_is_never_blamed_so(everywhere: Company) -> None:
    """Apps would drop it from a list it is not in, and ask the same for ever."""
    for options in (
        {"order": "no_such desc"},
        {"domain": [["no_such", "=", 1]]},
        {"domain": [["no_such.name", "=", 1]]},
    ):
        answer = await everywhere.call_kw(
            PARTNER, "search_read", [], **{"domain": [], "fields": ["name"], "limit": 1} | options
        )
        body = problem(answer, 400, "UPSTREAM_REJECTED")
        assert "no_such" in body["detail"]
        found = FALLBACK.search(answer.text)
        assert found is None, answer.text


async def test_writing_an_unknown_field(everywhere: Company) -> None:
    for method, args in (
        ("create", [{"name": "x", "no_such": 1}]),
        ("write", [[1], {"no_such": 1}]),
    ):
        answer = await everywhere.call_kw(PARTNER, method, args)
        body = problem(answer, 400, "UPSTREAM_REJECTED")
        assert "no_such" in body["detail"]


async def test_an_unknown_model(everywhere: Company) -> None:
    answer = await everywhere.call_kw("no.such.model", "search_read", [], domain=[])
    assert "no.such.model" in problem(answer, 404, "UPSTREAM_NOT_FOUND")["detail"]


async def test_an_unknown_method(everywhere: Company) -> None:
    answer = await everywhere.call_kw(PARTNER, "no_such_method", [[1]])
    assert "no_such_method" in problem(answer, 400, "UPSTREAM_REJECTED")["detail"]


async def test_a_missing_record(everywhere: Company) -> None:
    # of those that are gone, Odoo reads nothing
    gone = await everywhere.call_kw(PARTNER, "read", [[999_999]], fields=["name"])
    assert gone.json()["result"] == []
    answer = await everywhere.call_kw(PARTNER, "write", [[999_999], {"name": "x"}])
    problem(answer, 404, "UPSTREAM_NOT_FOUND")


async def test_wrong_arguments(everywhere: Company) -> None:
    answer = await everywhere.call_kw(PARTNER, "search_read", [], domain="nonsense")
    problem(answer, 400, "UPSTREAM_REJECTED")


async def test_access_is_denied_without_the_word_apps_look_for(
    found: Found, each_odoo: OdooSimulator
) -> None:
    company = await found(simulator=each_odoo, settings=credentials(each_odoo, CLERK))
    answer = await company.call_kw(PARTNER, "write", [[1], {"name": "x"}])
    body = problem(answer, 403, "UPSTREAM_ACCESS_DENIED")
    assert body["odoo_exception"] == "odoo.exceptions.AccessError"
    each_odoo.fault(
        "error",
        error="odoo.exceptions.AccessError",
        message="Suspended orders (suspended.order) are SUSPENDED for you",
        method="read",
        times=1,
    )
    answer = await company.call_kw(PARTNER, "read", [[1]], fields=["name"])
    body = problem(answer, 403, "UPSTREAM_ACCESS_DENIED")
    assert "suspend" not in answer.text.lower()
    assert "orders" in body["detail"]


@pytest.mark.parametrize(
    "exception", ["odoo.exceptions.UserError", "odoo.exceptions.ValidationError"]
)
async def test_what_odoo_says_to_people_reaches_them(
    everywhere: Company, each_odoo: OdooSimulator, exception: str
) -> None:
    message = 'Договор закрыт: "нельзя" <b>менять</b>'
    each_odoo.fault("error", error=exception, message=message, method="write", times=1)
    answer = await everywhere.call_kw(PARTNER, "write", [[1], {"comment": "x"}])
    body = problem(answer, 400, "UPSTREAM_REJECTED")
    assert body["detail"] == message
    assert body["odoo_exception"] == exception


async def test_a_fault_of_odoo_itself(everywhere: Company, each_odoo: OdooSimulator) -> None:
    each_odoo.fault(
        "error", error="builtins.ZeroDivisionError", message="division by zero", method="read"
    )
    answer = await everywhere.call_kw(PARTNER, "read", [[1]], fields=["name", "ref"])
    problem(answer, 502, "UPSTREAM_ERROR")


async def test_other_work_on_the_same_records(
    everywhere: Company, each_odoo: OdooSimulator
) -> None:
    each_odoo.fault("serialization", times=2)
    write = await everywhere.call_kw(PARTNER, "write", [[1], {"comment": "y"}])
    problem(write, 409, "UPSTREAM_REJECTED")
    read = await everywhere.call_kw(PARTNER, "read", [[1]], fields=["name", "city", "zip"])
    problem(read, 503, "TENANT_BUSY")
    assert int(read.headers["retry-after"]) >= 1


async def test_a_session_that_ended_meanwhile_is_not_noticed(
    everywhere: Company, each_odoo: OdooSimulator
) -> None:
    assert (await everywhere.call_kw(PARTNER, "search_count", [[]])).status_code == 200
    assert each_odoo.expire_sessions() >= 1
    body = {"model": PARTNER, "values": {"name": "After", "ref": "after-expiry"}}
    created = await everywhere.ask("create", body)
    assert len(each_odoo.journal.changes(PARTNER, "create")) == 1
    found = await everywhere.ask("search", {"model": PARTNER, "domain": [["id", "=", created]]})
    assert found == [created]


async def test_changed_credentials_are_never_a_401(found: Found, each_odoo: OdooSimulator) -> None:
    """A 401 would make existing apps refresh their token and ask again without end."""
    wrong = credentials(each_odoo, password="no longer this one")
    company = await found(simulator=each_odoo, settings=wrong)
    for method, args in (("search_count", [[]]), ("create", [{"name": "x"}])):
        answer = await company.call_kw(PARTNER, method, args)
        problem(answer, 502, "UPSTREAM_CREDENTIALS")
    assert each_odoo.journal.changes(PARTNER, "create") == []


async def test_a_password_changed_in_odoo_is_told_until_it_is_changed_here(
    found: Found, each_odoo: OdooSimulator
) -> None:
    company = await found(simulator=each_odoo, settings=credentials(each_odoo, CLERK))
    count = {"model": PARTNER, "fresh": True}
    await company.ask("search_count", count)
    each_odoo.set_password(DATABASE, CLERK.login, "a new one")
    try:
        problem(await company.post("search_count", count), 502, "UPSTREAM_CREDENTIALS")
        answer = await company.client.post(
            "/api/v1/integrations/odoo/configure",
            json={"password": "a new one"},
            headers=company.owner.headers,
        )
        assert answer.status_code == 200, answer.text
        await company.ask("search_count", count)
    finally:
        each_odoo.set_password(DATABASE, CLERK.login, CLERK.password)


async def test_a_tenant_without_odoo_is_told_what_is_missing(
    client: httpx.AsyncClient, tenant_factory: Any
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    answer = await client.post(
        "/api/v1/odoo/search_read", json={"model": PARTNER}, headers=owner.headers
    )
    body = problem(answer, 400, "CONNECTION_MISSING")
    assert "Missing Odoo credentials" in body["detail"]


async def test_a_missing_database(found: Found, each_odoo: OdooSimulator) -> None:
    settings = credentials(each_odoo, database="nowhere")
    company = await found(simulator=each_odoo, settings=settings)
    answer = await company.call_kw(PARTNER, "search_count", [[]])
    problem(answer, 502, "UPSTREAM_ERROR")
