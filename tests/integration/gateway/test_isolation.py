"""Two tenants side by side, and people of one tenant: nothing crosses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import SELLER, Company, credentials
from tests.integration.gateway.conftest import Found
from tests.integration.gateway.wire import FILES, WRITES, problem, stored, writes

PARTNER = "res.partner"


@pytest.fixture
async def ours(found: Found, odoo17: OdooSimulator) -> Company:
    return await found(simulator=odoo17)


@pytest.fixture
async def theirs(found: Found, odoo19: OdooSimulator) -> Company:
    return await found(simulator=odoo19)


async def get(company: Company, path: str, **query: Any) -> httpx.Response:
    return await company.client.get(path, params=query, headers=company.owner.headers)


async def test_a_call_goes_to_the_tenants_own_odoo(
    ours: Company, theirs: Company, odoo17: OdooSimulator, odoo19: OdooSimulator
) -> None:
    body = {"model": PARTNER, "values": {"name": "Ours alone"}}
    await ours.ask("create", body)
    assert len(odoo17.journal.changes(PARTNER, "create")) == 1
    assert odoo19.journal.count() == 0
    search = {"model": PARTNER, "domain": [["name", "=", "Ours alone"]]}
    assert await theirs.ask("search_count", search) == 0


async def test_no_connection_of_another_tenant_can_be_named(ours: Company, theirs: Company) -> None:
    foreign = await theirs.connect(credentials(theirs.simulator), "Their second")
    for named in (foreign, "Their second", str(uuid4()), "' OR 1=1 --", "\x00"):
        body = {"model": PARTNER, "connection": named}
        problem(await ours.post("search_count", body), 400, "CONNECTION_MISSING")
        body["values"] = {"name": "x"}  # type: ignore[assignment]
        problem(await ours.post("create", body), 400, "CONNECTION_MISSING")
        listed = await get(ours, FILES, connection=named)
        problem(listed, 400, "CONNECTION_MISSING")
    for named in (foreign, "Their second", "their SECOND"):
        assert await theirs.ask("search_count", {"model": PARTNER, "connection": named}) > 0


async def test_writes_of_another_tenant_do_not_exist(ours: Company, theirs: Company) -> None:
    theirs.simulator.fault("drop_answer", model=PARTNER, method="create", times=1)
    body = {"model": PARTNER, "values": {"name": "Theirs"}}
    unknown = problem(await theirs.post("create", body), 502, "UPSTREAM_OUTCOME_UNKNOWN")
    foreign = f"{WRITES}/{unknown['intent_id']}"
    for address in (foreign, f"{WRITES}/{uuid4()}"):
        problem(await get(ours, address), 404, "NOT_FOUND")
        problem(await ours.post(f"{address}/resolve", {"status": "done"}), 404, "NOT_FOUND")
    assert (await writes(ours))["items"] == []
    assert (await get(theirs, foreign)).json()["status"] == "unknown"


async def test_a_cursor_of_another_tenant_shows_nothing_of_theirs(
    ours: Company, theirs: Company
) -> None:
    for number in range(3):
        body = {"model": PARTNER, "values": {"name": f"Theirs {number}"}}
        await theirs.ask("create", body)
    cursor = (await writes(theirs, limit=1))["next_cursor"]
    assert cursor is not None
    assert (await writes(ours, cursor=cursor))["items"] == []
    for broken in ("x", cursor[:-4], cursor + "x"):
        assert (await get(ours, WRITES, cursor=broken)).status_code in (400, 422)
        assert (await get(ours, FILES, cursor=broken)).status_code in (400, 422)


async def test_a_key_of_another_tenant_is_another_key(ours: Company, theirs: Company) -> None:
    headers = {"Idempotency-Key": "shared-key"}
    body = {"model": PARTNER, "values": {"name": "Keyed"}}
    for company in (ours, theirs):
        answer = await company.post("create", body, headers=headers)
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
        assert len(company.simulator.journal.changes(PARTNER, "create")) == 1


async def test_files_of_another_tenant_do_not_exist(ours: Company, theirs: Company) -> None:
    """A number names another file, or none, in each Odoo."""
    content = b"a secret of theirs"
    file_id = await stored(theirs, content=content, name="theirs alone.txt")
    for path in ("", f"/{file_id}", f"/{file_id}/content"):
        answer = await get(ours, FILES + path)
        assert content not in answer.content
        assert "theirs alone" not in answer.text
    await ours.client.delete(f"{FILES}/{file_id}", headers=ours.owner.headers)
    assert (await get(theirs, f"{FILES}/{file_id}/content")).content == content


async def test_one_person_in_two_tenants_sees_each_with_its_own_token(
    ours: Company, theirs: Company
) -> None:
    elsewhere = await theirs.member("owner")
    body = {"model": PARTNER, "values": {"name": "By a stranger"}}
    await theirs.ask("create", body, by=elsewhere)
    assert ours.simulator.journal.changes(PARTNER, "create") == []
    assert (await writes(ours))["items"] == []
    assert len((await writes(theirs, by=elsewhere))["items"]) == 1


async def test_clearing_a_cache_clears_ones_own(found: Found, odoo17: OdooSimulator) -> None:
    first, second = await found(simulator=odoo17), await found(simulator=odoo17)
    read = {"model": PARTNER, "fields": ["name"], "limit": 2}
    await first.ask("search_read", read)
    await second.client.delete("/api/v1/odoo/cache/clear", headers=second.owner.headers)
    await first.ask("search_read", read)
    assert odoo17.journal.count(PARTNER, "search_read") == 1


async def test_a_member_works_under_their_own_record_rules(ours: Company) -> None:
    """A salesperson of their own documents sees those, and nobody's; the robot sees all."""
    seller = await ours.member(as_user=SELLER)
    everything = await ours.ask("search_count", {"model": "crm.lead"})
    own = await ours.ask("search_count", {"model": "crm.lead"}, by=seller)
    assert own < everything
    (admin,) = await ours.ask("search", {"model": "res.users", "domain": [["login", "=", "robot"]]})
    of_the_robot = {"name": "Hidden deal", "user_id": admin, "type": "opportunity"}
    hidden = await ours.ask("create", {"model": "crm.lead", "values": of_the_robot})
    read = {"model": "crm.lead", "ids": [hidden], "fields": ["name"]}
    assert (await ours.ask("read", read))[0]["name"] == "Hidden deal"
    refused = await ours.post("read", read, by=seller)
    problem(refused, 403, "UPSTREAM_ACCESS_DENIED")
    created = await ours.ask(
        "create", {"model": "crm.lead", "values": {"name": "My deal"}}, by=seller
    )
    (row,) = await ours.ask(
        "read", {"model": "crm.lead", "ids": [created], "fields": ["create_uid"]}
    )
    assert row["create_uid"][1] == "Seller"


async def test_own_credentials_hold_and_end_with_the_next_call(ours: Company) -> None:
    seller = await ours.member(as_user=SELLER)
    whoami = {"model": "res.users", "method": "context_get", "args": [], "kwargs": {}}
    mine = await ours.ask("call_kw", whoami, by=seller)
    robots = await ours.ask("call_kw", whoami)
    assert mine["uid"] != robots["uid"]
    answer = await ours.client.delete(
        "/api/v1/integrations/odoo/my-credentials", headers=seller.headers
    )
    assert answer.status_code == 204
    assert (await ours.ask("call_kw", whoami, by=seller))["uid"] == robots["uid"]
