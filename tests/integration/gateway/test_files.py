"""Files over HTTP: the same bytes come back, on the tenant's own models, through any way in."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bridgecore.domains.gateway.service.clients import OdooLines
from bridgecore.domains.gateway.service.reconciliation import reconcile_all
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import ROBOT, Company, credentials
from tests.integration.gateway.conftest import Found
from tests.integration.gateway.wire import CONTENT, FILES, problem, stored, upload

PARTNER = "res.partner"


async def get(company: Company, path: str = "", **query: Any) -> httpx.Response:
    return await company.client.get(FILES + path, params=query, headers=company.owner.headers)


@pytest.mark.parametrize("size", [1, 2, 3, 196_608, 300_001])
async def test_the_same_bytes_come_back(everywhere: Company, size: int) -> None:
    answer = await upload(everywhere, CONTENT[:size], res_model=PARTNER, res_id=1)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    file = told["file"]
    assert told["success"] is True
    assert (told["result"], file["name"]) == (file["id"], "бланк №1.bin")
    assert (file["res_model"], file["res_id"], file["size"]) == (PARTNER, 1, size)
    assert (await get(everywhere, f"/{file['id']}")).json() == file
    content = await get(everywhere, f"/{file['id']}/content")
    assert content.status_code == 200
    assert content.content == CONTENT[:size]
    assert content.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert content.headers["x-content-type-options"] == "nosniff"


async def test_a_page_is_never_shown_as_one(everywhere: Company) -> None:
    page = b"<html><script>alert(1)</script></html>"
    file_id = await stored(everywhere, content=page, name="x.html", media="text/html")
    answer = await get(everywhere, f"/{file_id}/content")
    assert answer.content == page
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_file_has_a_name_and_a_whole_place(everywhere: Company) -> None:
    named = await upload(everywhere, b"x", name="first.txt", res_model=PARTNER, res_id=1)
    assert named.json()["file"]["name"] == "first.txt"
    other = await upload(everywhere, b"x", name="first.txt")
    assert other.json()["file"]["res_model"] is None
    problem(await upload(everywhere, b"x", res_model=PARTNER), 422, "VALIDATION_FAILED")
    problem(await upload(everywhere, b"x", res_id=1), 422, "VALIDATION_FAILED")
    answer = await everywhere.client.post(FILES, headers=everywhere.owner.headers)
    assert answer.status_code == 422


async def test_lists_are_read_in_pages_newest_first(company: Company) -> None:
    body = {"model": PARTNER, "values": {"name": "With files"}}
    record = await company.ask("create", body)
    ids = [
        await stored(company, content=b"x", name=f"{number}.txt", res_model=PARTNER, res_id=record)
        for number in range(5)
    ]
    seen: list[int] = []
    query: dict[str, Any] = {"res_model": PARTNER, "res_id": record, "limit": 2}
    while True:
        answer = await get(company, **query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == sorted(ids, reverse=True)


async def test_deleting(company: Company, odoo: OdooSimulator) -> None:
    file_id = await stored(company)
    for status in (204, 404):
        answer = await company.client.delete(f"{FILES}/{file_id}", headers=company.owner.headers)
        assert answer.status_code == status
    problem(await get(company, f"/{file_id}"), 404, "UPSTREAM_NOT_FOUND")
    problem(await get(company, f"/{file_id}/content"), 404, "UPSTREAM_NOT_FOUND")
    assert odoo.journal.count("ir.attachment", "unlink") == 1


async def test_a_deletion_whose_answer_was_lost_is_among_the_writes(
    company: Company, odoo: OdooSimulator
) -> None:
    file_id = await stored(company)
    odoo.fault("drop_answer", model="ir.attachment", method="unlink", times=1)
    answer = await company.client.delete(f"{FILES}/{file_id}", headers=company.owner.headers)
    body = problem(answer, 502, "UPSTREAM_OUTCOME_UNKNOWN")
    listed = await company.client.get(
        "/api/v1/odoo/writes", params={"status": "unknown"}, headers=company.owner.headers
    )
    assert [each["id"] for each in listed.json()["items"]] == [body["intent_id"]]


async def test_an_upload_whose_answer_was_lost_is_left_to_a_person(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    odoo.fault("drop_answer", model="ir.attachment", method="create", times=1)
    body = problem(await upload(company), 502, "UPSTREAM_OUTCOME_UNKNOWN")
    lines = OdooLines(resources)
    await reconcile_all(resources, lines, settled_after=0)
    await lines.close()
    address = f"/api/v1/odoo/writes/{body['intent_id']}"
    told = (await company.client.get(address, headers=company.owner.headers)).json()
    assert (told["target"], told["status"]) == ("ir.attachment.upload", "unknown")
    assert len(odoo.journal.changes("ir.attachment", "create")) == 1


async def test_two_files_of_one_name_at_once_are_two_files(
    company: Company, odoo: OdooSimulator
) -> None:
    await stored(company, content=b"x")
    odoo.fault("latency", seconds=0.2, model="ir.attachment", method="create")
    answers = await asyncio.gather(upload(company, b"first"), upload(company, b"second"))
    first, second = [answer.json()["result"] for answer in answers]
    assert first != second
    assert (await get(company, f"/{first}/content")).content == b"first"
    assert (await get(company, f"/{second}/content")).content == b"second"


async def test_an_upload_makes_kept_lists_old(company: Company) -> None:
    search = {"model": "ir.attachment", "domain": [["name", "=", "counted.txt"]]}
    assert await company.ask("search_count", search) == 0
    await stored(company, content=b"x", name="counted.txt")
    assert await company.ask("search_count", search) == 1


async def test_files_of_models_the_tenant_does_not_allow(found: Found) -> None:
    free = await found()
    on_country = await stored(free, content=b"x", res_model="res.country", res_id=1)
    on_nothing = await stored(free, content=b"x")
    on_partner = await stored(free, content=b"x", res_model=PARTNER, res_id=1)
    bound = await found(allowed_models=[PARTNER])
    for file_id in (on_country, on_nothing):
        for path in (f"/{file_id}", f"/{file_id}/content"):
            problem(await get(bound, path), 403, "MODEL_NOT_ALLOWED")
        gone = await bound.client.delete(f"{FILES}/{file_id}", headers=bound.owner.headers)
        problem(gone, 403, "MODEL_NOT_ALLOWED")
    assert (await get(bound, f"/{on_partner}/content")).content == b"x"
    refused = await upload(bound, b"x", res_model="res.country", res_id=1)
    problem(refused, 403, "MODEL_NOT_ALLOWED")
    problem(await upload(bound, b"x"), 403, "MODEL_NOT_ALLOWED")
    problem(await get(bound, res_model="res.country"), 403, "MODEL_NOT_ALLOWED")
    listed = (await get(bound, limit=500)).json()["items"]
    assert {each["res_model"] for each in listed} == {PARTNER}


async def test_who_may(company: Company) -> None:
    file_id = await stored(company)
    client = await company.member("client")
    for method, path in (("GET", ""), ("GET", f"/{file_id}/content"), ("DELETE", f"/{file_id}")):
        answer = await company.client.request(method, FILES + path, headers=client.headers)
        problem(answer, 403, "FORBIDDEN")
    problem(await upload(company, by=client), 403, "FORBIDDEN")
    for authorization in ({}, {"Authorization": "Bearer a.b.c"}):
        answer = await company.client.get(FILES, headers=authorization)
        problem(answer, 401, "UNAUTHORIZED")


async def test_an_api_key_in_odoo_carries_files_too(found: Found, each_odoo: OdooSimulator) -> None:
    settings = credentials(each_odoo, password=ROBOT.api_key)
    company = await found(simulator=each_odoo, settings=settings)
    file_id = await stored(company, res_model=PARTNER, res_id=1)
    content = await get(company, f"/{file_id}/content")
    assert content.status_code == 200, content.text
    assert content.content == CONTENT
    empty = await stored(company, content=b"", name="empty.txt")
    assert (await get(company, f"/{empty}/content")).content == b""


async def test_a_session_that_ended_meanwhile_is_not_noticed(
    everywhere: Company, each_odoo: OdooSimulator
) -> None:
    file_id = await stored(everywhere)
    each_odoo.expire_sessions()
    assert (await get(everywhere, f"/{file_id}/content")).content == CONTENT
    each_odoo.expire_sessions()
    assert (await upload(everywhere)).status_code == 201


async def test_a_report_nobody_knows(everywhere: Company) -> None:
    answer = await get(everywhere, "/reports/sale.no_such_report/1")
    problem(answer, 404, "UPSTREAM_NOT_FOUND")
    for path in ("/reports/nodot/1", "/reports/sale.report/0", "/reports/sale.report/1;2"):
        assert (await get(everywhere, path)).status_code == 422


async def test_a_report_as_pdf(found: Found) -> None:
    company = await found()
    orders = await company.ask("search", {"model": "sale.order", "limit": 2})
    joined = ",".join(str(order) for order in orders)
    answer = await get(company, f"/reports/sale.report_saleorder/{joined}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    bound = await found(allowed_models=[PARTNER])
    refused = await get(bound, f"/reports/sale.report_saleorder/{orders[0]}")
    problem(refused, 403, "MODEL_NOT_ALLOWED")


async def test_a_file_sent_again_with_its_key_is_stored_once(everywhere: Company) -> None:
    async def sent(content: bytes, name: str = "keyed.bin") -> httpx.Response:
        return await everywhere.client.post(
            FILES,
            files={"file": (name, content, "application/octet-stream")},
            headers={**everywhere.owner.headers, "Idempotency-Key": "file-1"},
        )

    first, again = await sent(CONTENT), await sent(CONTENT)
    assert first.status_code == 201, first.text
    assert again.status_code == 201, again.text
    assert first.json() == again.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    problem(await sent(CONTENT[:-1]), 422, "IDEMPOTENCY_KEY_REUSED")
    problem(await sent(CONTENT, "other.bin"), 422, "IDEMPOTENCY_KEY_REUSED")
    listed = (await get(everywhere, limit=500)).json()["items"]
    assert sum(each["name"] == "keyed.bin" for each in listed) == 1
