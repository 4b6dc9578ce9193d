"""Many operations in one request, and the answer each of them gets."""

from __future__ import annotations

from typing import Any

import pytest

from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import Company
from tests.integration.gateway.wire import problem

PARTNER = "res.partner"
BATCH = "/api/v1/batch"


async def made(company: Company, *names: str) -> list[int]:
    body = {"model": PARTNER, "values_list": [{"name": name} for name in names]}
    created = await company.ask("batch_create", body)
    assert [type(each) for each in created] == [int] * len(names)
    return list(created)


async def names(company: Company, ids: list[int]) -> list[str]:
    rows = await company.ask("read", {"model": PARTNER, "ids": ids, "fields": ["name"]})
    return [row["name"] for row in rows]


async def test_create_write_and_unlink_many(everywhere: Company, each_odoo: OdooSimulator) -> None:
    ids = await made(everywhere, "One", "Two", "Three")
    assert each_odoo.journal.count(PARTNER, "create") == 1
    updates = [
        {"id": ids[0], "values": {"name": "Same"}},
        {"id": ids[1], "values": {"name": "Other"}},
        {"id": ids[2], "values": {"name": "Same"}},
    ]
    assert await everywhere.ask("batch_write", {"model": PARTNER, "updates": updates}) is True
    assert await names(everywhere, ids) == ["Same", "Other", "Same"]
    assert each_odoo.journal.count(PARTNER, "write") == 2
    assert await everywhere.ask("batch_unlink", {"model": PARTNER, "ids": ids}) is True
    assert await names(everywhere, ids) == []


async def test_one_record_is_still_a_list(everywhere: Company) -> None:
    answer = await everywhere.post(
        "batch_create", {"model": PARTNER, "values_list": [{"name": "Alone"}]}
    )
    told = answer.json()
    assert told["ids"] == told["result"]
    assert len(told["result"]) == 1


async def test_execute_answers_raw_values_in_order(everywhere: Company) -> None:
    (record,) = await made(everywhere, "Executed")
    operations: list[dict[str, Any]] = [
        {"method": "search_read", "model": PARTNER, "domain": [["id", "=", record]]}
        | {"fields": ["name"], "limit": 1},
        {"method": "create", "model": PARTNER, "values": {"name": "Within"}},
        {"method": "write", "model": PARTNER, "ids": [record], "values": {"ref": "x"}},
        {"method": "message_post", "model": PARTNER, "ids": [record]},
        {"method": "search_count", "model": PARTNER, "domain": [["id", "=", record]]},
        {"method": "unlink", "model": PARTNER, "ids": [record]},
    ]
    result = await everywhere.ask("batch_execute", {"operations": operations})
    assert result[0] == [{"id": record, "name": "Executed"}]
    assert type(result[1]) is int
    assert result[2] is True
    assert type(result[3]) is int
    assert result[4:] == [1, True]


async def test_execute_ends_at_the_first_failure_and_says_how_far_it_came(
    company: Company, odoo: OdooSimulator
) -> None:
    operations = [
        {"method": "create", "model": PARTNER, "values": {"name": "Before"}},
        {"method": "write", "model": PARTNER, "ids": [999_999], "values": {"name": "x"}},
        {"method": "create", "model": PARTNER, "values": {"name": "Behind"}},
    ]
    body = problem(
        await company.post("batch_execute", {"operations": operations}), 404, "UPSTREAM_NOT_FOUND"
    )
    assert body["completed"] == 1
    changes = odoo.journal.changes(PARTNER, "create")
    assert [change.values["name"] for change in changes] == ["Before"]


@pytest.mark.parametrize("stop", [False, True])
async def test_each_operation_gets_its_own_answer(
    company: Company, odoo: OdooSimulator, stop: bool
) -> None:
    operations = [
        {"operation": "create", "model": PARTNER, "values": {"name": "First"}},
        {"operation": "write", "model": PARTNER, "ids": [1], "values": {"no_such": 1}},
        {"operation": "web_search_read", "model": PARTNER, "fields": ["name"], "limit": 1},
        {"operation": "create", "model": PARTNER, "values": {"name": "Last"}},
    ]
    body = {"operations": operations, "stop_on_error": stop}
    answer = await company.post(BATCH, body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["success"] is False
    assert told["results"] == told["result"]
    first, failed, *behind = told["results"]
    assert (first["success"], first["status"]) == (True, 200)
    assert first["ids"] == [first["result"]]
    assert (failed["success"], failed["status"], failed["tried"]) == (False, 400, True)
    assert failed["error"]["code"] == "UPSTREAM_REJECTED"
    assert "no_such" in failed["error"]["detail"]
    if stop:
        assert [each["tried"] for each in behind] == [False, False]
        assert {each["status"] for each in behind} == {503}
    else:
        assert behind[0]["length"] > 1
        assert len(behind[0]["records"]) == 1
        assert behind[1]["success"] is True
    assert len(odoo.journal.changes(PARTNER, "create")) == (1 if stop else 2)


async def test_all_well(company: Company) -> None:
    operations = [{"operation": "search_count", "model": PARTNER}] * 2
    answer = await company.post(BATCH, {"operations": operations})
    assert answer.json()["success"] is True


async def test_a_batch_sent_again_with_its_key_acts_once(
    company: Company, odoo: OdooSimulator
) -> None:
    twice = {"operation": "create", "model": PARTNER, "values": {"name": "Twice in a batch"}}
    body = {"operations": [twice, twice]}
    headers = {"Idempotency-Key": "batch-1"}
    first = await company.post(BATCH, body, headers=headers)
    again = await company.post(BATCH, body, headers=headers)
    assert first.json() == again.json()
    ids = [each["result"] for each in first.json()["results"]]
    assert len(set(ids)) == 2
    assert len(odoo.journal.changes(PARTNER, "create")) == 2


@pytest.mark.parametrize(
    ("operations", "pointer"),
    [
        ([], "/operations"),
        ([{"operation": "search_count", "model": PARTNER}] * 51, "/operations"),
        ([{"operation": "no_such", "model": PARTNER}], "/operations/0/operation"),
        ([{"operation": "search_count", "model": PARTNER}, {"model": PARTNER}], "/operations/1"),
        ([{"operation": "read", "model": PARTNER, "ids": ["x"]}], "/operations/0/ids/0"),
        ([5], "/operations/0"),
    ],
)
async def test_a_batch_that_does_not_fit_is_refused_whole(
    company: Company, odoo: OdooSimulator, operations: list[Any], pointer: str
) -> None:
    odoo.journal.clear()
    body = problem(await company.post(BATCH, {"operations": operations}), 422, "VALIDATION_FAILED")
    assert body["errors"][0]["pointer"].startswith(pointer.rsplit("/0", 1)[0])
    assert odoo.journal.count() == 0


async def test_private_methods_hide_in_no_batch(company: Company) -> None:
    operations = [{"method": "_search", "model": PARTNER, "args": []}]
    answer = await company.post("batch_execute", {"operations": operations})
    problem(answer, 403, "METHOD_NOT_PERMITTED")
