"""The addon in a real Odoo: whatever happens between, what is committed arrives."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from typing import Any

import psycopg
import pytest

from tests.odoo_addon.conftest import SECRET, Odoo, OdooError, Receiver, signed, until

pytestmark = pytest.mark.peer


async def _pull(odoo: Odoo, path: str = "pull", **asked: Any) -> tuple[int, dict[str, Any]]:
    body = json.dumps(asked).encode()
    async with odoo.http.post(
        f"{odoo.url}/bridgecore/{path}", data=body, headers=signed(body)
    ) as answer:
        raw = await answer.read()
        if answer.status == 200:
            stamp = answer.headers["X-BridgeCore-Timestamp"]
            expected = signed(raw, at=float(stamp))["X-BridgeCore-Signature"]
            assert answer.headers["X-BridgeCore-Signature"] == expected
        return answer.status, json.loads(raw)


async def test_a_record_from_birth_to_end(odoo: Odoo, receiver: Receiver) -> None:
    tag = await odoo.call("res.partner.category", "create", {"name": uuid.uuid4().hex})
    partner = await odoo.call("res.partner", "create", {"name": "Ada", "email": "a@x.example"})
    await until(lambda: len(receiver.of("res.partner", partner)) == 1, "the create")
    await odoo.call("res.partner", "write", [partner], {"city": "Almaty", "zip": "050000"})
    await until(lambda: len(receiver.of("res.partner", partner)) == 2, "the write")
    await odoo.call("res.partner", "write", [partner], {"active": False})
    await until(lambda: len(receiver.of("res.partner", partner)) == 3, "the archiving")
    await odoo.call("res.partner", "write", [partner], {"category_id": [[4, tag]]})
    await until(lambda: len(receiver.of("res.partner", partner)) == 4, "the tag")
    await odoo.call("res.partner", "unlink", [partner])
    await until(lambda: len(receiver.of("res.partner", partner)) == 5, "the delete")

    events = receiver.of("res.partner", partner)
    assert [e["operation"] for e in events] == ["create", "write", "write", "write", "unlink"]
    assert {"city", "zip"} <= set(events[1]["changed_fields"])
    assert not {"name", "email", "write_date"} & set(events[1]["changed_fields"])
    assert events[2]["changed_fields"] == ["active"]
    assert "category_id" in events[3]["changed_fields"]
    assert all(uuid.UUID(e["id"]) and e["occurred_at"].endswith("Z") for e in events)
    times = [e["occurred_at"] for e in events]
    assert times == sorted(set(times))
    assert len({e["txid"] for e in events}) == 5
    assert receiver.batches[0]["source"] == "odoo"
    assert receiver.batches[0]["database"] == odoo.database
    await until(lambda: odoo.waiting() == 0, "the acknowledgement")


async def test_the_other_side_of_a_relation_is_told(odoo: Odoo, receiver: Receiver) -> None:
    partner = await odoo.call("res.partner", "create", {"name": "Tagged from the tag"})
    await odoo.call("res.partner.category", "create", {"name": "t", "partner_ids": [[4, partner]]})
    # nothing moved this partner's write_date; the scheduled action finds it in the outbox
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: receiver.operations("res.partner", partner) == ["create", "write"], "it")
    assert receiver.of("res.partner", partner)[1]["changed_fields"] == ["category_id"]


async def test_what_postgresql_deletes_and_empties_itself_is_told(
    odoo: Odoo, receiver: Receiver
) -> None:
    await odoo.watch("crm.lead", [])
    await odoo.watch("crm.stage", [])
    await odoo.watch("sale.order", [])
    await odoo.watch("sale.order.line", [])
    partner = await odoo.call("res.partner", "create", {"name": "Buyer"})
    order = await odoo.call(
        "sale.order",
        "create",
        {"partner_id": partner, "order_line": [[0, 0, {"display_type": "line_note", "name": "n"}]]},
    )
    [line] = (await odoo.call("sale.order", "read", [order], ["order_line"]))[0]["order_line"]
    campaign = await odoo.call("utm.campaign", "create", {"name": uuid.uuid4().hex})
    lead = await odoo.call("crm.lead", "create", {"name": "L", "campaign_id": campaign})
    await odoo.call("sale.order", "unlink", [order])
    await odoo.call("utm.campaign", "unlink", [campaign])
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: receiver.operations("sale.order.line", line)[-1:] == ["unlink"], "line")
    await until(lambda: receiver.operations("sale.order", order)[-1:] == ["unlink"], "order")
    await until(
        lambda: (
            (receiver.of("crm.lead", lead) or [{}])[-1].get("changed_fields") == ["campaign_id"]
        ),
        "the lead's campaign",
    )


async def test_recomputed_fields_are_told(odoo: Odoo, receiver: Receiver) -> None:
    parent = await odoo.call("res.partner", "create", {"name": "Old Name", "is_company": True})
    child = await odoo.call("res.partner", "create", {"name": "Kid", "parent_id": parent})
    await until(lambda: receiver.operations("res.partner", child) == ["create"], "the create")
    await odoo.call("res.partner", "write", [parent], {"name": "New Name"})
    await until(lambda: len(receiver.of("res.partner", child)) == 2, "the recomputed name")
    assert "complete_name" in receiver.of("res.partner", child)[1]["changed_fields"]


async def test_one_transaction_is_one_event_a_record(
    odoo: Odoo, receiver: Receiver, transaction: psycopg.Connection[Any]
) -> None:
    insert = (
        "INSERT INTO res_partner (name, active, type) VALUES (%s, true, 'contact') RETURNING id"
    )
    kept, gone = (transaction.execute(insert, [n]).fetchone()[0] for n in ("kept", "gone"))  # type: ignore[index]
    for city in ("Astana", "Almaty"):
        transaction.execute("UPDATE res_partner SET city = %s WHERE id = %s", [city, kept])
    transaction.execute("DELETE FROM res_partner WHERE id = %s", [gone])
    transaction.commit()
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: receiver.operations("res.partner", kept) == ["create"], "the create")
    transaction.execute("UPDATE res_partner SET city = 'Oral' WHERE id = %s", [kept])
    transaction.execute("UPDATE res_partner SET zip = '1' WHERE id = %s", [kept])
    transaction.commit()
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: len(receiver.of("res.partner", kept)) == 2, "the write")
    assert receiver.of("res.partner", kept)[1]["changed_fields"] == ["city", "zip"]
    assert receiver.of("res.partner", gone) == []


async def test_what_is_rolled_back_leaves_nothing(
    odoo: Odoo, receiver: Receiver, transaction: psycopg.Connection[Any]
) -> None:
    partner = await odoo.call("res.partner", "create", {"name": "Stays"})
    await until(lambda: receiver.operations("res.partner", partner) == ["create"], "the create")
    with pytest.raises(OdooError):
        await odoo.call("res.partner", "create", [{"name": "Good"}, {"name": "B", "type": "no"}])
    transaction.execute("SAVEPOINT s")
    transaction.execute("DELETE FROM res_partner WHERE id = %s", [partner])
    transaction.execute("ROLLBACK TO s")
    transaction.commit()
    transaction.execute("UPDATE res_partner SET city = 'x' WHERE id = %s", [partner])
    transaction.rollback()
    assert odoo.waiting() == 0
    marker = await odoo.call("res.partner", "create", {"name": "After"})
    await until(lambda: receiver.operations("res.partner", marker) == ["create"], "the marker")
    assert {e["record_id"] for e in receiver.events.values()} == {partner, marker}


async def test_a_transaction_that_commits_late_is_delivered(
    odoo: Odoo, receiver: Receiver, transaction: psycopg.Connection[Any]
) -> None:
    slow, quick = [await odoo.call("res.partner", "create", {"name": n}) for n in "sq"]
    await until(lambda: len(receiver.events) == 2, "both creates")
    transaction.execute("UPDATE res_partner SET city = 'late' WHERE id = %s", [slow])
    [(low,)] = transaction.execute("SELECT max(id) FROM bridgecore_event").fetchall()
    await odoo.call("res.partner", "write", [quick], {"city": "early"})
    await until(lambda: len(receiver.of("res.partner", quick)) == 2, "the quick one")
    await until(lambda: odoo.waiting() == 0, "its acknowledgement")
    [(high,)] = odoo.sql("SELECT last_value FROM bridgecore_event_id_seq")
    assert low < high, "the late event's number is not the lower one"
    transaction.commit()
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: len(receiver.of("res.partner", slow)) == 2, "the slow one")


async def test_many_at_once_end_in_the_same_state(odoo: Odoo, receiver: Receiver) -> None:
    random.seed(7)
    alive: set[int] = set()

    async def live(number: int) -> None:
        for turn in range(4):
            made = await odoo.call("res.partner", "create", [{"name": f"{number}.{turn}"}] * 3)
            await odoo.call("res.partner", "write", made, {"city": f"c{turn}"})
            await odoo.call("res.partner", "write", made[:2], {"active": False})
            await odoo.call("res.partner", "unlink", made[:1])
            alive.update(made[1:])

    await asyncio.gather(*(live(n) for n in range(12)))
    await until(lambda: odoo.waiting() == 0, "an empty outbox")
    last: dict[int, str] = {}
    for event in sorted(receiver.events.values(), key=lambda e: e["occurred_at"]):
        last[event["record_id"]] = event["operation"]
    assert {i for i, operation in last.items() if operation != "unlink"} == alive
    assert len(last) == 12 * 4 * 3
    counts = [receiver.operations("res.partner", i) for i in alive]
    assert all(sorted(c)[0] == "create" and c.count("create") == 1 for c in counts)


async def test_a_receiver_that_was_down_misses_nothing(odoo: Odoo, receiver: Receiver) -> None:
    await receiver.stop()
    made = [await odoo.call("res.partner", "create", {"name": f"down {n}"}) for n in range(5)]
    link = await odoo.link()

    def failed() -> bool:
        return bool(odoo.sql("SELECT failures > 0 FROM bridgecore_link")[0][0])

    await until(failed, "the failure, written down")
    [state] = await odoo.call(
        "bridgecore.link", "read", [link], ["waiting", "last_error", "next_attempt", "status"]
    )
    assert state["waiting"] == 5
    assert "could not be reached" in state["last_error"]
    assert state["next_attempt"]
    ids = {row[0] for row in odoo.sql("SELECT event_id FROM bridgecore_event")}
    await receiver.start()
    await odoo.call("bridgecore.link", "action_send_now", [link])
    await until(lambda: len(receiver.events) == 5, "all of them")
    assert set(receiver.events) == ids
    assert {e["record_id"] for e in receiver.events.values()} == set(made)
    await until(lambda: not failed(), "the success, written down")
    receiver.status = 503
    partner = await odoo.call("res.partner", "create", {"name": "in trouble"})
    await until(failed, "the answer 503, written down")
    receiver.status = 200
    # nobody does anything: the scheduled action, after the wait
    await until(lambda: receiver.operations("res.partner", partner) == ["create"], "by itself")


async def test_killed_between_commit_and_post(odoo: Odoo, receiver: Receiver) -> None:
    receiver.hold = asyncio.Event()
    partner = await odoo.call("res.partner", "create", {"name": "survivor"})
    await until(lambda: receiver.held > 0, "a post on its way")
    late = await odoo.call("res.partner", "create", {"name": "behind it"})
    await odoo.kill()
    ids = {row[0] for row in odoo.sql("SELECT event_id FROM bridgecore_event")}
    assert len(ids) == 2
    receiver.hold.set()
    receiver.hold = None
    await odoo.start()
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: odoo.waiting() == 0, "an empty outbox")
    assert set(receiver.events) == ids
    assert {e["record_id"] for e in receiver.events.values()} == {partner, late}


async def test_fetched_where_odoo_cannot_call_out(odoo: Odoo, receiver: Receiver) -> None:
    link = await odoo.link()
    await odoo.call("bridgecore.link", "write", [link], {"address": False})
    made = await odoo.call("res.partner", "create", [{"name": f"p{n}"} for n in range(3)])
    status, first = await _pull(odoo, limit=2)
    assert status == 200
    assert first["waiting"] == 3
    assert [e["record_id"] for e in first["events"]] == made[:2]
    again = (await _pull(odoo, limit=2))[1]
    assert again["events"] == first["events"], "they come until they are acknowledged"
    ids = [e["id"] for e in first["events"]]
    status, second = await _pull(odoo, limit=5, acknowledge=ids)
    assert [e["record_id"] for e in second["events"]] == made[2:]
    rejected = [{"id": second["events"][0]["id"], "code": "unknown_model", "detail": "no"}]
    assert await _pull(odoo, "acknowledge", rejected=rejected) == (200, {"waiting": 0})
    assert odoo.sql("SELECT state, code FROM bridgecore_event") == [("rejected", "unknown_model")]
    assert receiver.events == {}

    for asked in ({"limit": 0}, {"limit": "x"}, {"acknowledge": [1]}, {"rejected": ["x"]}):
        assert (await _pull(odoo, **asked))[0] == 400
    body = b"{}"
    wrong = [
        signed(body, secret="another"),
        signed(body, at=time.time() - 3600),
        signed(b"{ }"),
        signed(body) | {"X-BridgeCore-Connection": str(uuid.uuid4())},
        {"Content-Type": "application/octet-stream"},
        signed(body) | {"X-BridgeCore-Timestamp": "-1"},
    ]
    for headers in wrong:
        async with odoo.http.post(
            f"{odoo.url}/bridgecore/pull", data=body, headers=headers
        ) as answer:
            assert answer.status == 401, await answer.text()


async def test_what_is_refused_for_good_is_set_aside(odoo: Odoo, receiver: Receiver) -> None:
    receiver.reject = lambda event: event["operation"] == "create"
    partner = await odoo.call("res.partner", "create", {"name": "unwanted"})
    link = await odoo.link()

    def aside() -> bool:
        return bool(odoo.sql("SELECT 1 FROM bridgecore_event WHERE state = 'rejected'"))

    await until(aside, "the event, set aside")
    [state] = await odoo.call("bridgecore.link", "read", [link], ["rejected", "waiting"])
    assert state == {"id": link, "rejected": 1, "waiting": 0}
    receiver.reject = lambda _event: False
    ids = await odoo.call("bridgecore.event", "search", [["state", "=", "rejected"]])
    await odoo.call("bridgecore.event", "action_send_again", ids)
    await odoo.call("bridgecore.link", "action_send_now", [link])
    await until(lambda: receiver.operations("res.partner", partner) == ["create"], "it, again")


async def test_one_unreadable_event_holds_up_no_other(odoo: Odoo, receiver: Receiver) -> None:
    await odoo.call("bridgecore.link", "write", [await odoo.link()], {"paused": True})
    made = await odoo.call("res.partner", "create", [{"name": f"u{n}"} for n in range(9)])
    poisoned = made[4]
    take = receiver._take

    async def whole_batches(request: Any) -> Any:
        events = json.loads(await request.read())["events"]
        receiver.status = 422 if any(e["record_id"] == poisoned for e in events) else 200
        return await take(request)

    await receiver.stop()
    receiver._take = whole_batches  # type: ignore[method-assign]
    await receiver.start()
    await odoo.call("bridgecore.link", "write", [await odoo.link()], {"paused": False})
    await odoo.call("bridgecore.link", "action_send_now", [await odoo.link()])
    await until(lambda: odoo.waiting() == 0, "an empty outbox")
    assert {e["record_id"] for e in receiver.events.values()} == set(made) - {poisoned}
    assert odoo.sql("SELECT record_id, code FROM bridgecore_event") == [(poisoned, "http_422")]


async def test_chosen_fields_and_values(odoo: Odoo, receiver: Receiver) -> None:
    await odoo.call("bridgecore.model", "unlink", await odoo.call("bridgecore.model", "search", []))
    chosen = ["name", "country_id", "category_id", "active"]
    dates = ["create_date", "write_date"]
    await odoo.watch("res.partner", chosen, send_values=True)
    tag = await odoo.call("res.partner.category", "create", {"name": uuid.uuid4().hex})
    [country] = await odoo.call("res.country", "search", [["code", "=", "KZ"]])
    partner = await odoo.call(
        "res.partner",
        "create",
        {"name": "Имя", "country_id": country, "category_id": [[6, 0, [tag]]]},
    )
    await odoo.call("res.partner", "write", [partner], {"comment": "not chosen", "ref": "R"})
    await odoo.call("res.partner", "write", [partner], {"active": False})
    await until(lambda: len(receiver.of("res.partner", partner)) == 2, "create and archiving")
    created, archived = receiver.of("res.partner", partner)
    assert archived["changed_fields"] == ["active"]
    [read] = await odoo.call("res.partner", "read", [partner], [*chosen, *dates])
    assert archived["values"] == read
    assert set(created["values"]) == {"id", *chosen, *dates}
    await odoo.call("res.partner", "unlink", [partner])
    await until(lambda: receiver.operations("res.partner", partner)[-1] == "unlink", "the delete")
    assert "values" not in receiver.of("res.partner", partner)[-1]


async def test_where_a_write_came_from_is_told(odoo: Odoo, receiver: Receiver) -> None:
    mark = f"bridgecore:{uuid.uuid4()}"
    context = {"bridgecore_origin": mark}
    partner = await odoo.call("res.partner", "create", {"name": "echo"}, context=context)
    await odoo.call("res.partner", "write", [partner], {"city": "by hand"})
    await odoo.call("res.partner", "write", [partner], {"city": "echo"}, context=context)
    await odoo.call("res.partner", "unlink", [partner], context=context)
    await until(lambda: len(receiver.of("res.partner", partner)) == 4, "all four")
    origins = [e.get("origin") for e in receiver.of("res.partner", partner)]
    assert origins == [mark, None, mark, mark]


async def test_a_key_creates_once(odoo: Odoo, receiver: Receiver) -> None:
    key = uuid.uuid4().hex
    values = {"name": "once", "child_ids": [[0, 0, {"name": "child"}]]}

    async def create(under: str, given: object = values) -> Any:
        return await odoo.call("bridgecore.key", "create_once", "res.partner", given, under)

    found = await asyncio.gather(*(create(key) for _ in range(6)))
    assert len(set(found)) == 1
    assert await odoo.call("res.partner", "search_count", [["parent_id", "=", found[0]]]) == 1
    assert await create(uuid.uuid4().hex) != found[0]
    failing = uuid.uuid4().hex
    with pytest.raises(OdooError):
        await create(failing, {"type": "nonsense"})
    several = await create(failing, [{"name": "a"}, {"name": "b"}])
    assert len(several) == 2
    assert await create(failing, [{"name": "a"}, {"name": "b"}]) == several
    for wrong in ("", "k" * 201, None):
        with pytest.raises(OdooError, match="1 to 200"):
            await create(wrong)  # type: ignore[arg-type]


async def test_a_copied_database_keeps_silent(odoo: Odoo, receiver: Receiver) -> None:
    link = await odoo.link()
    original = await odoo.call("ir.config_parameter", "get_param", "database.uuid")
    await odoo.call("ir.config_parameter", "set_param", "database.uuid", str(uuid.uuid4()))
    try:
        await odoo.call("res.partner", "create", {"name": "in the copy"})
        with pytest.raises(OdooError, match="copy"):
            await odoo.call("bridgecore.link", "action_send_now", [link])
        status, said = await _pull(odoo)
        assert (status, said["code"]) == (409, "database_copied")
        assert receiver.events == {}
    finally:
        await odoo.call("ir.config_parameter", "set_param", "database.uuid", original)
    await odoo.call("bridgecore.link", "action_send_now", [link])
    await until(lambda: len(receiver.events) == 1, "it, once this is the original again")


async def test_settings_and_who_sees_the_secret(odoo: Odoo, receiver: Receiver) -> None:
    link = await odoo.link()
    assert (await odoo.call("bridgecore.link", "action_test", [link]))["type"]
    settings = await odoo.call("res.config.settings", "create", {"bridgecore_secret": "wrong"})
    await odoo.call("res.config.settings", "execute", [settings])
    with pytest.raises(OdooError, match="signature"):
        await odoo.call("bridgecore.link", "action_test", [link])
    receiver.badly_signed = 0
    await odoo.call("bridgecore.link", "write", [link], {"secret": SECRET})
    for wrong in ({"address": "ftp://x"}, {"connection": "seven"}, {"batch_size": 0}):
        with pytest.raises(OdooError):
            await odoo.call("bridgecore.link", "write", [link], wrong)
    with pytest.raises(OdooError):
        await odoo.watch("sale.report", [])

    groups = []
    for name in ("base.group_user", "bridgecore_connector.group_monitor"):
        module, _, record = name.partition(".")
        [data] = await odoo.call(
            "ir.model.data", "search_read", [["module", "=", module], ["name", "=", record]]
        )
        groups.append(data["res_id"])
    login = uuid.uuid4().hex
    user = await odoo.call(
        "res.users",
        "create",
        {"name": login, "login": login, "password": login, "groups_id": [[6, 0, groups]]},
    )
    asking = Odoo(odoo.url, odoo.database, odoo.dsn, [], odoo.http, login, login, user)
    [seen] = await asking.call("bridgecore.link", "read", [link], [])
    assert "secret" not in seen
    assert seen["waiting"] >= 0
    with pytest.raises(OdooError, match="secret"):
        await asking.call("bridgecore.link", "read", [link], ["secret"])
    with pytest.raises(OdooError):
        await asking.call("bridgecore.link", "write", [link], {"paused": True})
    odoo.sql("DELETE FROM bridgecore_event")
    await odoo.call("res.users", "write", [user], {"groups_id": [[3, groups[1]]]})
    with pytest.raises(OdooError):
        await asking.call("bridgecore.event", "search_read", [], ["model"])
