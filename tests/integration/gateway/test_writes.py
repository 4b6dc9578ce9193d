"""Writes as intents: recorded, repeated by key without acting twice, in doubt only where true."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import Company
from tests.factories.waiting import until
from tests.integration.gateway.conftest import Found, gateway_with
from tests.integration.gateway.wire import WRITES, problem, writes

PARTNER = "res.partner"


async def create(company: Company, name: str, key: str | None = None, **options: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"model": PARTNER, "values": {"name": name}}
    return await company.post("create", body, headers=headers, **options)


def created(odoo: OdooSimulator, name: str) -> int:
    """How many records of that name Odoo has made."""
    changes = odoo.journal.changes(PARTNER, "create")
    return sum(change.values["name"] == name for change in changes)


async def test_what_was_done_and_what_was_refused_is_recorded(company: Company) -> None:
    headers = {"X-Correlation-ID": "the-first-one"}
    done = await company.post(
        "create", {"model": PARTNER, "values": {"name": "Recorded"}}, headers=headers
    )
    assert done.status_code == 200
    refused = await company.call_kw(PARTNER, "write", [[1], {"no_such": 1}])
    assert refused.status_code == 400
    second, first = (await writes(company))["items"]
    assert (first["target"], first["status"]) == ("res.partner.create", "done")
    assert first["correlation_id"] == "the-first-one"
    assert first["actor_id"] == str(company.owner.user_id)
    assert first["finished_at"] is not None
    assert (second["target"], second["status"]) == ("res.partner.write", "failed")
    assert second["outcome"]["status"] == 400
    assert second["outcome"]["detail"] == refused.json()["detail"]
    # values may be private: they are kept sealed, and not shown
    assert "Recorded" not in str(first)


async def test_odoo_is_told_which_write_of_ours_a_change_comes_from(
    found: Found, each_odoo: OdooSimulator
) -> None:
    company = await found(each_odoo)
    made = await create(company, "Marked")
    key = made.json()["id"]
    context = {"lang": "en_US", "bridgecore_origin": "of a caller's own"}
    await company.post(
        "write", {"model": PARTNER, "ids": [key], "values": {"ref": "M"}, "context": context}
    )
    await company.call_kw(PARTNER, "unlink", [[key]])
    changes = [each for each in each_odoo.journal.changes(PARTNER) if each.id == key]
    noted = (await writes(company))["items"]
    assert [each.origin for each in changes] == [
        f"bridgecore:{each['id']}" for each in reversed(noted)
    ]


async def test_the_list_is_read_in_pages(company: Company) -> None:
    for number in range(5):
        await create(company, f"Page {number}")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await writes(company, **query)
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert (await writes(company, status="failed"))["items"] == []
    one = await company.client.get(f"{WRITES}/{seen[0]}", headers=company.owner.headers)
    assert one.json()["id"] == seen[0]


async def test_the_same_key_answers_the_same_and_acts_once(
    company: Company, odoo: OdooSimulator, other_process: httpx.AsyncClient
) -> None:
    first = await create(company, "Once", "key-1")
    again = await create(company, "Once", "key-1")
    elsewhere = await create(company, "Once", "key-1", client=other_process)
    assert first.status_code == 200
    assert first.content == again.content == elsewhere.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert created(odoo, "Once") == 1


async def test_the_same_key_with_another_body(company: Company, odoo: OdooSimulator) -> None:
    await create(company, "Mine", "key-2")
    answer = await create(company, "Not mine", "key-2")
    problem(answer, 422, "IDEMPOTENCY_KEY_REUSED")
    assert created(odoo, "Not mine") == 0


async def test_a_key_is_of_one_person_and_one_route(company: Company, odoo: OdooSimulator) -> None:
    colleague = await company.member()
    await create(company, "Scoped", "key-3")
    await create(company, "Scoped", "key-3", by=colleague)
    body = {"model": PARTNER, "method": "create", "args": [{"name": "Scoped"}], "kwargs": {}}
    await company.ask("call_kw", body, headers={"Idempotency-Key": "key-3"})
    assert created(odoo, "Scoped") == 3


@pytest.mark.parametrize("key", ["key-4", None], ids=["key", "no key"])
async def test_equal_requests_at_once_act_once(
    company: Company, odoo: OdooSimulator, key: str | None, other_process: httpx.AsyncClient
) -> None:
    odoo.fault("latency", seconds=0.3, model=PARTNER, method="create")
    clients = [company.client, other_process] * 3
    answers = await asyncio.gather(
        *(create(company, "At once", key, client=client) for client in clients)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert created(odoo, "At once") == 1


async def test_without_a_key_the_next_equal_request_is_another_wish(
    company: Company, odoo: OdooSimulator
) -> None:
    for _ in range(2):
        assert (await create(company, "Twice")).status_code == 200
    assert created(odoo, "Twice") == 2


async def test_equal_requests_of_two_people_are_two_wishes(
    company: Company, odoo: OdooSimulator
) -> None:
    colleague = await company.member()
    odoo.fault("latency", seconds=0.2, model=PARTNER, method="create")
    await asyncio.gather(create(company, "Both"), create(company, "Both", by=colleague))
    assert created(odoo, "Both") == 2


async def test_who_joined_a_refusal_is_refused_the_same_way(
    company: Company, odoo: OdooSimulator
) -> None:
    odoo.fault("latency", seconds=0.3, model=PARTNER, method="create")
    odoo.fault("error", model=PARTNER, method="create", message="Not on Sundays")
    answers = await asyncio.gather(*(create(company, "Refused") for _ in range(3)))
    for answer in answers:
        body = problem(answer, 400, "UPSTREAM_REJECTED")
        assert body["detail"] == "Not on Sundays"
    assert odoo.journal.count(PARTNER, "create") == 0


async def test_a_failure_on_the_way_is_not_kept_with_its_key(
    company: Company, odoo: OdooSimulator
) -> None:
    odoo.fault("rate_limit", seconds=7, model=PARTNER, method="create", times=1)
    refused = await create(company, "Later", "key-5")
    problem(refused, 503, "UPSTREAM_RATE_LIMITED")
    assert refused.headers["retry-after"] == "7"
    assert (await create(company, "Later", "key-5")).status_code == 200
    assert created(odoo, "Later") == 1


async def test_a_caller_who_hangs_up_does_not_cut_a_write_in_half(
    company: Company, odoo: OdooSimulator
) -> None:
    await company.ask("search_count", {"model": PARTNER})
    slow = odoo.fault("latency", seconds=1, model=PARTNER, method="create")
    caller = asyncio.create_task(create(company, "Hung up"))
    await until(lambda: slow.hits, "the call of Odoo")
    caller.cancel()
    # the app sends it again, as it does on a time-out, and gets the answer of the first
    answer = await create(company, "Hung up")
    assert answer.status_code == 200
    assert created(odoo, "Hung up") == 1
    assert [each["status"] for each in (await writes(company))["items"]] == ["done"]


async def test_a_process_that_ends_lets_its_writes_come_to_their_end(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    async with gateway_with(resources) as client:
        await company.ask("search_count", {"model": PARTNER}, client=client)
        slow = odoo.fault("latency", seconds=0.4, model=PARTNER, method="create")
        caller = asyncio.create_task(create(company, "Last wish", client=client))
        await until(lambda: slow.hits, "the call of Odoo")
        caller.cancel()
    assert created(odoo, "Last wish") == 1
    assert [each["status"] for each in (await writes(company))["items"]] == ["done"]


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("create", [{"name": "Doubtful"}]),
        ("write", [[3], {"comment": "Doubtful"}]),
        ("unlink", [[]]),
        ("message_post", [[3]]),
    ],
)
async def test_a_lost_answer_is_an_unknown_outcome_and_never_repeated(
    company: Company, odoo: OdooSimulator, method: str, args: list[Any]
) -> None:
    if method == "unlink":
        args = [[await company.ask("create", {"model": PARTNER, "values": {"name": "Doomed"}})]]
    before = len(odoo.journal.changes(PARTNER))
    odoo.fault("drop_answer", model=PARTNER, method=method, times=1)
    first = await company.call_kw(PARTNER, method, args)
    body = problem(first, 502, "UPSTREAM_OUTCOME_UNKNOWN")
    again = await company.call_kw(PARTNER, method, args)
    assert problem(again, 502, "UPSTREAM_OUTCOME_UNKNOWN")["intent_id"] == body["intent_id"]
    assert odoo.journal.count(PARTNER, method) == 1
    assert len(odoo.journal.changes(PARTNER)) <= before + 1
    (unknown,) = (await writes(company, status="unknown"))["items"]
    assert unknown["id"] == body["intent_id"]
    assert unknown["finished_at"] is None


async def test_a_lost_answer_of_a_keyed_write_stays_in_doubt(
    company: Company, odoo: OdooSimulator
) -> None:
    odoo.fault("drop_answer", model=PARTNER, method="create", times=1)
    for _ in range(2):
        problem(await create(company, "Keyed doubt", "key-6"), 502, "UPSTREAM_OUTCOME_UNKNOWN")
    assert created(odoo, "Keyed doubt") == 1


async def test_a_person_settles_a_write_once(company: Company, odoo: OdooSimulator) -> None:
    odoo.fault("drop_answer", model=PARTNER, method="create", times=1)
    unknown = problem(await create(company, "By hand"), 502, "UPSTREAM_OUTCOME_UNKNOWN")
    address = f"{WRITES}/{unknown['intent_id']}/resolve"
    verdict = {"status": "done", "note": "I saw it in Odoo"}
    user = await company.member()
    refused = await company.post(address, verdict, by=user)
    assert refused.status_code == 403
    for wrong in ({"status": "pending"}, {"status": "unknown"}, {}):
        assert (await company.post(address, wrong)).status_code == 422
    settled = await company.post(address, verdict)
    assert settled.status_code == 200, settled.text
    told = settled.json()
    assert told["status"] == "done"
    assert told["outcome"]["resolved_by"] == company.owner.email
    assert told["outcome"]["note"] == "I saw it in Odoo"
    assert told["finished_at"] is not None
    problem(await company.post(address, verdict), 409, "CONFLICT")


@pytest.mark.parametrize("several", [False, True])
async def test_what_a_person_settled_is_answered_to_the_same_key(
    company: Company, odoo: OdooSimulator, several: bool
) -> None:
    name = f"Told by hand {several}"
    one = {"name": name}
    body = {"model": PARTNER, "values": [one, one] if several else one}
    headers = {"Idempotency-Key": f"key-7-{several}"}
    odoo.fault("drop_answer", model=PARTNER, method="create", times=1)
    lost = await company.post("create", body, headers=headers)
    unknown = problem(lost, 502, "UPSTREAM_OUTCOME_UNKNOWN")
    made = await company.ask(
        "search", {"model": PARTNER, "domain": [["name", "=", name]], "limit": 2}
    )
    address = f"{WRITES}/{unknown['intent_id']}/resolve"
    wrong = await company.post(address, {"status": "failed", "made": made})
    assert wrong.status_code == 422
    settled = await company.post(address, {"status": "done", "made": made})
    assert settled.status_code == 200, settled.text
    again = await company.post("create", body, headers=headers)
    assert again.json()["result"] == (made if several else made[0])
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_nobody_can_tell_is_not_made_up(company: Company, odoo: OdooSimulator) -> None:
    odoo.fault("drop_answer", model=PARTNER, method="create", times=1)
    lost = await create(company, "Nobody knows", "key-8")
    unknown = problem(lost, 502, "UPSTREAM_OUTCOME_UNKNOWN")
    address = f"{WRITES}/{unknown['intent_id']}/resolve"
    assert (await company.post(address, {"status": "done"})).status_code == 200
    again = problem(await create(company, "Nobody knows", "key-8"), 409, "CONFLICT")
    assert again["intent_id"] == unknown["intent_id"]
    assert created(odoo, "Nobody knows") == 1


async def test_reads_leave_no_trace_among_the_writes(found: Found) -> None:
    company = await found()
    await company.ask("search_read", {"model": PARTNER, "limit": 1})
    assert (await writes(company))["items"] == []


@pytest.mark.parametrize("args", [None, True, "x", {"ids": [1]}])
async def test_arguments_that_are_no_list_are_no_fault_of_ours(
    company: Company, args: object
) -> None:
    body = {"model": PARTNER, "method": "action_nowhere", "args": args, "kwargs": {}}
    answer = await company.post("call_kw", body)
    assert 400 <= answer.status_code < 500 or answer.status_code == 502, answer.text
