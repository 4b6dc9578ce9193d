"""Who may send, what is stored, and what a sender is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from bridgecore.domains.webhooks.errors import TenantBusy
from bridgecore.domains.webhooks.repository.intake import Sender
from bridgecore.domains.webhooks.service.intake import Intake
from bridgecore.domains.webhooks.service.reading import read
from bridgecore.infra.resources import Resources
from tests.factories.tenants import TenantFactory
from tests.factories.waiting import hour_goes_on
from tests.integration.webhooks.conftest import (
    PUSH,
    SIGNED,
    Receiving,
    batch,
    event,
    receiving_company,
    signature,
    signed_headers,
)


async def test_what_is_accepted_is_committed_when_the_answer_comes(receiving: Receiving) -> None:
    events = [event(1), event(2, values={"id": 2, "name": "Ü"}), event(3, operation="unlink")]
    answer = await receiving.send(events)
    assert answer.status_code == 200, answer.text
    ids = [each["id"] for each in events]
    assert answer.json() == {
        "success": True,
        "accepted": ids,
        "duplicates": [],
        "rejected": [],
    }
    rows = await receiving.stored()
    assert {(row.source_event_id, row.record_key, row.operation) for row in rows} == {
        (ids[0], "1", "write"),
        (ids[1], "2", "write"),
        (ids[2], "3", "unlink"),
    }
    assert {str(row.connection_id) for row in rows} == {receiving.connection_id}
    assert {row.trust for row in rows} == {"signed"}
    with_values = next(row for row in rows if row.payload is not None)
    assert orjson.loads(with_values.payload) == {"id": 2, "name": "Ü"}
    assert with_values.occurred_at.microsecond == 123456


@pytest.mark.parametrize("way", ["signed", "address"])
async def test_a_flood_counts_and_is_refused_before_it_is_accepted(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    receiving: Receiving,
    way: str,
) -> None:
    await hour_goes_on(60)
    flooding = await receiving_company(
        client, resources, tenant_factory, max_requests_per_hour=12, burst_limit=None
    )
    path = (await flooding.made("addresses", connection_id=flooding.connection_id))["address"]
    path = path[path.index("/api/") :]
    answers = []
    for number in range(1, 16):
        sent = [event(number)]
        answers.append(
            await flooding.send(sent)
            if way == "signed"
            else await client.post(path, content=batch(sent))
        )
    taken = [each for each in answers if each.status_code == 200]
    refused = answers[len(taken) :]
    assert taken
    assert refused
    assert {each.status_code for each in refused} == {429}
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    # what was accepted is there, and nothing else
    assert len(await flooding.stored()) == len(taken)
    assert (await receiving.send([event(1)])).status_code == 200


async def test_one_company_s_flood_leaves_room_for_the_others(
    resources: Resources,
    client: httpx.AsyncClient,
    tenant_factory: TenantFactory,
    receiving: Receiving,
) -> None:
    other = await receiving_company(client, resources, tenant_factory)
    intake = Intake(resources, most_waiting=50)

    def pushed(company: Receiving, number: int) -> Coroutine[None, None, list[bool]]:
        sender = Sender(company.tenant_id, UUID(company.connection_id), "signed", None)
        return intake.store(sender, read(batch([event(number)])).events)

    answers = await asyncio.gather(
        *(pushed(receiving, number) for number in range(1, 26)),
        *(pushed(other, number) for number in range(1, 6)),
        return_exceptions=True,
    )
    assert [isinstance(each, TenantBusy) for each in answers] == [
        *[False] * 10,
        *[True] * 15,
        *[False] * 5,
    ]
    assert len(await receiving.stored()) == 10
    # as soon as its events are stored it may send more
    assert await pushed(receiving, 99) == [True]
    await intake.close()


async def test_what_was_sent_before_is_a_duplicate_and_stored_once(receiving: Receiving) -> None:
    first, second = event(1), event(2)
    await receiving.send([first])
    answer = await receiving.send([second, first, second])
    told = answer.json()
    assert told["accepted"] == [second["id"]]
    assert told["duplicates"] == [first["id"], second["id"]]
    assert len(await receiving.stored()) == 2


async def test_equal_events_at_the_same_moment_are_stored_once(receiving: Receiving) -> None:
    events = [event(number) for number in range(1, 41)]
    answers = await asyncio.gather(*(receiving.send(events) for _ in range(12)))
    accepted = [each for answer in answers for each in answer.json()["accepted"]]
    assert sorted(accepted) == sorted(each["id"] for each in events)
    assert all(
        len(answer.json()["accepted"]) + len(answer.json()["duplicates"]) == 40
        for answer in answers
    )
    assert len(await receiving.stored()) == 40


async def test_the_same_id_at_another_company_is_another_event(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    receiving: Receiving,
) -> None:
    other = await receiving_company(client, resources, tenant_factory)
    same = event()
    answers = await asyncio.gather(receiving.send([same]), other.send([same]))
    assert [answer.json()["accepted"] for answer in answers] == [[same["id"]]] * 2
    for company in (receiving, other):
        (row,) = await company.stored()
        assert row.tenant_id == company.tenant_id


@pytest.mark.parametrize(
    "fault",
    [
        "another secret",
        "another body",
        "another timestamp",
        "no signature",
        "no timestamp",
        "too old",
        "too early",
        "unknown connection",
        "connection that is no id",
        "another version",
        "no hex",
    ],
)
async def test_what_is_not_signed_right_is_refused(receiving: Receiving, fault: str) -> None:
    body = batch([event()])
    headers = signed_headers(receiving.connection_id, receiving.secret, body)
    if fault == "another secret":
        headers = signed_headers(receiving.connection_id, "x" * 40, body)
    elif fault == "another body":
        body = body.replace(b"res.partner", b"res.country")
    elif fault == "another timestamp":
        headers["X-BridgeCore-Timestamp"] = str(int(headers["X-BridgeCore-Timestamp"]) + 1)
    elif fault == "no signature":
        del headers["X-BridgeCore-Signature"]
    elif fault == "no timestamp":
        del headers["X-BridgeCore-Timestamp"]
    elif fault == "too old":
        headers = signed_headers(receiving.connection_id, receiving.secret, body, age=320)
    elif fault == "too early":
        headers = signed_headers(receiving.connection_id, receiving.secret, body, age=-320)
    elif fault == "unknown connection":
        headers["X-BridgeCore-Connection"] = str(uuid4())
    elif fault == "connection that is no id":
        headers["X-BridgeCore-Connection"] = "acme"
    elif fault == "another version":
        headers["X-BridgeCore-Signature"] = "v0=" + headers["X-BridgeCore-Signature"][3:]
    else:
        headers["X-BridgeCore-Signature"] = "v1=zz"
    answer = await receiving.client.post(SIGNED, content=body, headers=headers)
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] == "SIGNATURE_INVALID"
    assert await receiving.stored() == []


async def test_one_fitting_signature_among_several_is_enough(receiving: Receiving) -> None:
    body = batch([event()])
    headers = signed_headers(receiving.connection_id, receiving.secret, body)
    wrong = signature("y" * 40, body, headers["X-BridgeCore-Timestamp"])
    headers["X-BridgeCore-Signature"] = f"{wrong}, v2=ab,{headers['X-BridgeCore-Signature']}"
    answer = await receiving.client.post(SIGNED, content=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_rotation_lets_the_old_secret_serve_for_a_while(receiving: Receiving) -> None:
    await receiving.send([event()])  # so that the old secret is remembered
    new = await receiving.made("secrets/rotate", connection_id=receiving.connection_id)
    for secret in (receiving.secret, new["secret"]):
        assert (await receiving.send([event()], secret=secret)).status_code == 200
    last = await receiving.made(
        "secrets/rotate", connection_id=receiving.connection_id, overlap_hours=0
    )
    for secret, status in ((receiving.secret, 403), (new["secret"], 403), (last["secret"], 200)):
        assert (await receiving.send([event()], secret=secret)).status_code == status


async def test_a_revoked_secret_is_refused_by_the_next_request(receiving: Receiving) -> None:
    assert (await receiving.send([event()])).status_code == 200
    (secret,) = (await receiving.read("secrets"))["items"]
    gone = await receiving.client.delete(
        f"/api/v1/webhooks/secrets/{secret['id']}", headers=receiving.headers
    )
    assert gone.status_code == 204
    for _ in "12":
        answer = await receiving.send([event()])
        assert answer.status_code == 403, answer.text
    assert len(await receiving.stored()) == 1


async def test_secrets_are_shown_once(receiving: Receiving) -> None:
    shown = orjson.dumps(await receiving.read("secrets")).decode()
    assert receiving.secret not in shown
    made = await receiving.made("addresses", connection_id=receiving.connection_id)
    token = made["address"].rpartition("/")[2]
    assert token not in orjson.dumps(await receiving.read("addresses")).decode()
    async with receiving.resources.database.platform() as session:
        for table in ("webhook_secrets", "webhook_addresses"):
            rows = await session.scalars(text(f"SELECT t::text FROM {table} t"))
            for row in rows:
                assert receiving.secret.encode().hex() not in row
                assert token not in row


async def test_an_installation_with_one_tenant_may_leave_out_the_connection(
    receiving: Receiving,
) -> None:
    """Here are many tenants, so the secret of the settings opens nothing."""
    body = batch([event()])
    headers = signed_headers("", receiving.secret, body)
    answer = await receiving.client.post(SIGNED, content=body, headers=headers)
    assert answer.status_code == 403, answer.text
    assert await receiving.stored() == []


# ── addresses and tokens ───────────────────────────────────────────────────────────────────────


async def test_odoos_own_notifications_are_one_event_however_often_they_come(
    receiving: Receiving,
) -> None:
    made = await receiving.made("addresses", connection_id=receiving.connection_id)
    posted: dict[str, Any] = {
        "_action": "Send Webhook Notification(#231)",
        "_id": 19,
        "_model": "res.partner",
        "active": True,
        "category_id": [],
        "event": 5,
        "id": 19,
        "model": False,
        "name": "hooked",
        "write_date": "2026-11-22 06:57:51.361666",
    }
    for _ in range(13):
        answer = await receiving.client.post(made["address"], json=posted)
        assert answer.status_code == 200, answer.text
    later = {**posted, "name": "again", "write_date": "2026-11-22 06:57:52.361666"}
    assert len((await receiving.client.post(made["address"], json=later)).json()["accepted"]) == 1
    rows = await receiving.stored()
    assert [(row.model, row.record_key, row.trust) for row in rows] == [
        ("res.partner", "19", "address")
    ] * 2
    # read only after Odoo had the time to commit
    assert all(row.due_at > row.received_at for row in rows)


async def test_a_closed_address_is_none(receiving: Receiving) -> None:
    made = await receiving.made("addresses", connection_id=receiving.connection_id)
    body = {"model": "res.partner", "record_id": 1}
    assert (await receiving.client.post(made["address"], json=body)).status_code == 200
    gone = await receiving.client.delete(
        f"/api/v1/webhooks/addresses/{made['id']}", headers=receiving.headers
    )
    assert gone.status_code == 204
    answer = await receiving.client.post(made["address"], json={**body, "record_id": 2})
    assert answer.status_code in (403, 404)
    answer = await receiving.client.post(made["address"], json={**body, "record_id": 2})
    assert answer.status_code == 404
    guess = made["address"][:-3] + "AAA"
    assert (await receiving.client.post(guess, json=body)).status_code == 404
    assert len(await receiving.stored()) == 1


async def test_no_log_holds_an_address(receiving: Receiving) -> None:
    made = await receiving.made("addresses", connection_id=receiving.connection_id)
    token = made["address"].rpartition("/")[2]
    await receiving.client.post(made["address"], json={"model": "res.partner", "record_id": 1})
    until = time.monotonic() + 20
    logged: list[str] = []
    while not logged and time.monotonic() < until:
        async with receiving.resources.database.platform() as session:
            rows = await session.scalars(
                text("SELECT t::text FROM usage_logs t WHERE tenant_id = :id"),
                {"id": receiving.tenant_id},
            )
            logged = [row for row in rows if "/webhooks/in/" in row]
        await asyncio.sleep(0.1)
    assert logged
    assert not [row for row in logged if token in row]


async def test_a_token_pushes_to_its_own_company_only(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
    receiving: Receiving,
) -> None:
    pushed = {
        "model": "sale.order",
        "event": "write",
        "record_id": 123,
        "timestamp": "2025-11-21T10:30:00Z",
    }
    answer = await client.post(PUSH, json=pushed, headers=receiving.headers)
    assert answer.status_code == 200, answer.text
    again = await client.post(PUSH, json=pushed, headers=receiving.headers)
    assert len(again.json()["duplicates"]) == 1
    (row,) = await receiving.stored()
    assert (row.trust, row.model, str(row.connection_id)) == (
        "token",
        "sale.order",
        receiving.connection_id,
    )
    other = await receiving_company(client, resources, tenant_factory)
    named = {**receiving.headers, "X-BridgeCore-Connection": other.connection_id}
    assert (await client.post(PUSH, json=pushed, headers=named)).status_code == 404
    assert await other.stored() == []
    user = await receiving.people.member(receiving.tenant_id, role="user")
    assert (await client.post(PUSH, json=pushed, headers=user.headers)).status_code == 403
    assert (await client.post(PUSH, json=pushed)).status_code == 401


async def test_a_suspended_company_takes_nothing(
    receiving: Receiving, staff_headers: dict[str, str]
) -> None:
    assert (await receiving.send([event()])).status_code == 200
    suspended = await receiving.client.post(
        f"/admin/tenants/{receiving.tenant_id}/suspend",
        json={"reason": "unpaid"},
        headers=staff_headers,
    )
    assert suspended.is_success, suspended.text
    for _ in "12":
        answer = await receiving.send([event()])
        assert answer.status_code == 403
    assert "suspend" in answer.json()["detail"]
    assert len(await receiving.stored()) == 1


# ── bodies ─────────────────────────────────────────────────────────────────────────────────────


async def test_what_can_not_be_read_is_set_apart_from_the_rest(receiving: Receiving) -> None:
    good = event()
    bad = [
        event(id="no-model", model=""),
        event(id="odd-model", model="res partner"),
        event(id="no-record", record_id=0),
        event(id="odd-operation", operation="explode"),
        event(id="odd-time", occurred_at="yesterday"),
        event(id="odd-shape", changed_fields="name"),
        event(id="x" * 201),
    ]
    answer = await receiving.send([*bad[:3], good, *bad[3:]])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["accepted"] == [good["id"]]
    assert [each["id"] for each in told["rejected"]] == [
        *(each["id"] for each in bad[:-1]),
        "x" * 200,
    ]
    assert [each["index"] for each in told["rejected"]] == [0, 1, 2, 4, 5, 6, 7]
    assert all(each["code"] and each["detail"] for each in told["rejected"])
    assert told["success"] is False


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"model":"a\x00"}', 400),
        (b"3", 400),
        (b"null", 400),
        (b"[1,2]", 200),
        (b"{}", 422),
        (b'{"events":[]}', 200),
        (b'{"events":3}', 400),
        (b'{"model":"res.partner","record_id":1e400}', 422),
        (b'{"model":"\\ud800","record_id":1}', 400),
        (b'{"model":"res.partner","record_id":"\\u0000"}', 422),
        (b"[" * 50_000, 400),
    ],
)
async def test_every_body_gets_an_answer(receiving: Receiving, body: bytes, status: int) -> None:
    answer = await receiving.send(body)
    assert answer.status_code == status, answer.text
    assert await receiving.stored() == []


async def test_payloads_need_not_be_understood_to_be_kept(receiving: Receiving) -> None:
    bodies = [
        b'{"model":"a","record_id":1,"data":{"x":"\\u0000"}}',
        b'{"model":"a","record_id":2,"payload":"\\u00fc"}',
        b'{"model":"a","record_id":3,"values":[1,2]}',
    ]
    for body in bodies:
        answer = await receiving.send(body)
        assert answer.status_code == 200, answer.text
    assert [row.payload for row in await receiving.stored()] == [
        '{"x":"\\u0000"}',
        '"\\u00fc"',
        "[1,2]",
    ]


async def test_too_many_events_are_refused_before_any_is_stored(receiving: Receiving) -> None:
    answer = await receiving.send([{"model": "a", "record_id": 1}] * 5_001)
    assert answer.status_code == 413, answer.text
    assert await receiving.stored() == []


async def test_other_methods_are_told_what_to_use(receiving: Receiving) -> None:
    for path in (SIGNED, PUSH, "/api/v1/webhooks/in/x"):
        answer = await receiving.client.get(path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
