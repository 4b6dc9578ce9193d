"""What apps and administrators are told of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from bridgecore.domains.webhooks.service import maintenance
from bridgecore.domains.webhooks.service.processing import work_once
from bridgecore.infra.resources import Resources
from tests.factories.tenants import SignedIn
from tests.integration.webhooks.conftest import Receiving, event, receiving_company

MINUTE = 61


async def as_user(receiving: Receiving) -> SignedIn:
    return await receiving.people.member(receiving.tenant_id, role="user")


async def asked(receiving: Receiving, by: SignedIn, path: str, **query: Any) -> Any:
    answer = await receiving.client.get(
        f"/api/v1/webhooks/{path}", params=query, headers=by.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def a_while_later(receiving: Receiving) -> None:
    """A minute passes for every event, and for what devices were told."""
    redis = receiving.resources.redis.redis
    async for key in redis.scan_iter(f"webhooks:told:{{{receiving.tenant_id}}}:*"):
        before, told, at = msgspec.msgpack.decode(await redis.get(key))
        earlier = [str(_earlier(UUID(each))) for each in (before, told)]
        await redis.set(key, msgspec.msgpack.encode([*earlier, at - MINUTE]))
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        for row in await receiving.stored():
            await session.execute(
                text("UPDATE webhook_events SET id = :new WHERE id = :id"),
                {"new": _earlier(row.id), "id": row.id},
            )


def _earlier(event_id: UUID) -> UUID:
    return UUID(int=event_id.int - (MINUTE * 1000 << 80))


async def test_a_device_is_told_of_what_is_new_to_it(receiving: Receiving) -> None:
    user = await as_user(receiving)
    query = {"user_id": "2", "device_id": "phone-1", "app_type": "sales_app"}
    nothing = await asked(receiving, user, "check-updates", **query)
    assert (nothing["has_updates"], nothing["has_update"]) == (False, False)
    assert nothing["pending_events"] == 0
    await receiving.send([event(1), event(2), event(3, model="sale.order")])
    first = await asked(receiving, user, "check-updates", **query)
    assert (first["has_updates"], first["has_update"], first["pending_events"]) == (True, True, 3)
    assert {each["model"]: each["events"] for each in first["summary"]} == {
        "res.partner": 2,
        "sale.order": 1,
    }
    # an app that did not hear the answer asks again, and hears the same
    assert await asked(receiving, user, "check-updates", **query) == first
    await a_while_later(receiving)
    # what came within moments of the last answer is told again rather than missed
    assert (await asked(receiving, user, "check-updates", **query))["pending_events"] == 3
    await a_while_later(receiving)
    assert not (await asked(receiving, user, "check-updates", **query))["has_updates"]
    await receiving.send([event(4)])
    assert (await asked(receiving, user, "check-updates", **query))["pending_events"] == 1
    other = {**query, "device_id": "phone-2"}
    assert (await asked(receiving, user, "check-updates", **other))["pending_events"] == 4
    latest = (await asked(receiving, user, "events"))["events"][1]["id"]
    found = await asked(receiving, user, "check-updates", since=latest)
    assert found["pending_events"] == 1


async def test_events_are_listed_in_the_words_of_both_servers(receiving: Receiving) -> None:
    user = await as_user(receiving)
    await receiving.send([event(n) for n in range(1, 6)])
    await receiving.send([event(9, model="sale.order", operation="unlink")])
    answer = await asked(receiving, user, "events", model="res.partner", limit="3", offset="0")
    assert answer["events"] == answer["data"]
    assert answer["count"] == 3
    assert [each["record_id"] for each in answer["events"]] == [5, 4, 3]
    one = answer["events"][0]
    assert one["event_type"] == one["event"] == "write"
    assert one["status"] == "pending"
    assert datetime.fromisoformat(one["created_at"]).tzinfo is not None
    assert isinstance(one["data"], dict)
    rest = await asked(receiving, user, "events", cursor=answer["next_cursor"], model="res.partner")
    assert [each["record_id"] for each in rest["events"]] == [2, 1]
    for query in ({"model_name": "sale.order"}, {"event": "unlink"}, {"event_type": "unlink"}):
        found = await asked(receiving, user, "events", **query)
        assert [each["record_id"] for each in found["events"]] == [9]
    for query in ({"event_type": "exploded"}, {"status": "nowhere"}, {"model": "no.such"}):
        assert (await asked(receiving, user, "events", **query))["events"] == []


async def test_events_of_one_connection_are_listed_alone(receiving: Receiving) -> None:
    await receiving.send([event(1)])
    own = await receiving.read("events", connection_id=receiving.connection_id)
    assert [each["connection_id"] for each in own["events"]] == [receiving.connection_id]
    assert (await receiving.read("events", connection_id=str(uuid4())))["events"] == []


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("2025-01-02T03:04:05.123456", 1),
        ("2025-01-02 03:04:05", 1),
        ("2199-01-01T00:00:00Z", 0),
        ("2025-01-02T03:04:05+00:00", 1),
        ("2025-01-02", 1),
    ],
)
async def test_since_is_read_as_apps_write_it(receiving: Receiving, since: str, count: int) -> None:
    user = await as_user(receiving)
    await receiving.send([event()])
    assert (await asked(receiving, user, "events", since=since))["count"] == count
    refused = await receiving.client.get(
        "/api/v1/webhooks/events", params={"since": "yesterday"}, headers=user.headers
    )
    assert refused.status_code == 422
    assert isinstance(refused.json()["detail"], str)


async def test_content_is_for_those_who_may_see_webhooks(receiving: Receiving) -> None:
    await receiving.send([event(1, values={"id": 1, "salary": 9000})])
    user = await as_user(receiving)
    for by, sees in ((user, False), (receiving.owner, True)):
        (one,) = (await asked(receiving, by, "events"))["events"]
        assert ("salary" in one["data"]) is sees
        assert one["data"]["id"] == 1
    (one,) = (await receiving.read("events"))["events"]
    found = await receiving.read(f"events/{one['id']}")
    assert found["payload"] == {"id": 1, "salary": 9000}
    refused = await receiving.client.get(
        f"/api/v1/webhooks/events/{one['id']}", headers=user.headers
    )
    assert refused.status_code == 403


async def test_models_that_are_not_allowed_are_not_told_of(
    receiving: Receiving, staff_headers: dict[str, str]
) -> None:
    changed = await receiving.client.put(
        f"/admin/tenants/{receiving.tenant_id}",
        json={"allowed_models": ["res.partner"]},
        headers=staff_headers,
    )
    assert changed.is_success, changed.text
    await receiving.send([event(1), event(2, model="hr.employee")])
    user = await as_user(receiving)
    found = await asked(receiving, user, "events")
    assert [each["model"] for each in found["events"]] == ["res.partner"]
    assert (await asked(receiving, user, "check-updates"))["pending_events"] == 1


async def test_status_and_figures_tell_how_it_goes(receiving: Receiving) -> None:
    first = event(1)
    await receiving.send([first, event(2), event(3, operation="unlink")])
    await receiving.send([first, event(4, model="")])
    waiting = await receiving.read("status")
    assert (waiting["status"], waiting["backlog"], waiting["dead"]) == ("ok", 3, 0)
    (receiver,) = waiting["receivers"]
    assert (receiver["secrets"], receiver["addresses"], receiver["events_24h"]) == (1, 0, 3)
    await work_once(receiving.resources, receiving.tenant_id)
    assert (await receiving.read("status"))["backlog"] == 0
    total = (await receiving.read("statistics", hours=2))["total"]
    assert (total["received"], total["hinted"], total["removed"]) == (3, 2, 1)
    assert total["mean_lag_ms"] > 0
    alias = await receiving.client.get("/api/webhooks/status", headers=receiving.headers)
    assert alias.status_code == 200


async def _bury(receiving: Receiving) -> None:
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        await session.execute(
            text(
                "UPDATE webhook_events SET status = 'dead', fault = 'ours', reason = 'It broke.',"
                " attempts = 10, processed_at = now()"
            )
        )


async def test_dead_letters_are_seen_replayed_and_given_up(
    receiving: Receiving, staff_headers: dict[str, str]
) -> None:
    await receiving.send([event(n) for n in range(1, 6)])
    await _bury(receiving)
    stats = await receiving.read("dead-letter/stats")
    assert (stats["total"], stats["of_ours"], stats["of_source"]) == (5, 5, 0)
    assert stats["reasons"][0]["reason"] == "It broke."
    page = await receiving.read("dead-letter", limit=3)
    rest = await receiving.read("dead-letter", limit=3, cursor=page["next_cursor"])
    letters = [each["id"] for each in page["items"] + rest["items"]]
    assert len(set(letters)) == 5
    assert rest["next_cursor"] is None
    seen = await receiving.client.get(
        "/admin/webhooks/dead-letter",
        params={"tenant_id": str(receiving.tenant_id)},
        headers=staff_headers,
    )
    assert {each["tenant_id"] for each in seen.json()["items"]} == {str(receiving.tenant_id)}
    assert len(seen.json()["items"]) == 5

    assert (await receiving.made("retry", event_id=letters[0]))["events"] == 1
    again = await receiving.client.post(
        "/api/v1/webhooks/retry", json={"event_id": letters[0]}, headers=receiving.headers
    )
    assert again.status_code == 409
    assert (await receiving.made("retry/bulk", event_ids=letters[:2]))["events"] == 1
    assert (await receiving.made("dead-letter/discard", event_ids=letters[2:3]))["events"] == 1
    assert (await receiving.made("retry/bulk", model="no.such"))["events"] == 0
    assert (await receiving.made("retry/bulk", event_ids=[]))["events"] == 0
    by_staff = await receiving.client.post(
        "/admin/webhooks/retry/bulk",
        json={"event_ids": letters[3:4]},
        headers=staff_headers,
    )
    assert by_staff.json()["events"] == 1
    await work_once(receiving.resources, receiving.tenant_id)
    status = {str(row.id): row.status for row in await receiving.stored()}
    assert [status[each] for each in letters] == ["done", "done", "discarded", "done", "dead"]


async def test_what_was_kept_long_enough_is_forgotten(
    receiving: Receiving, resources: Resources
) -> None:
    await receiving.send([event(n) for n in range(1, 5)])
    async with resources.database.platform() as session:
        rows = await receiving.stored()
        for row, days, status in zip(
            rows, (8, 6, 8, 31), ("done", "done", "dead", "dead"), strict=True
        ):
            moment = datetime.now(UTC) - timedelta(days=days)
            await session.execute(
                text(
                    "UPDATE webhook_events SET id = :new, status = :status, fault = :fault"
                    " WHERE id = :id AND tenant_id = :tenant"
                ),
                {
                    "new": UUID(int=(int(moment.timestamp() * 1000) << 80) | (row.id.int % 2**80)),
                    "status": status,
                    "fault": "ours" if status == "dead" else None,
                    "id": row.id,
                    "tenant": receiving.tenant_id,
                },
            )
    await maintenance.forget_old(resources)
    assert sorted(row.record_key for row in await receiving.stored()) == ["2", "3"]


async def test_a_purged_company_leaves_nothing(receiving: Receiving, resources: Resources) -> None:
    await receiving.send([event()])
    await receiving.made("addresses", connection_id=receiving.connection_id)
    await work_once(resources, receiving.tenant_id)
    async with resources.database.platform() as session:
        await maintenance.forget_tenants(session, [receiving.tenant_id])
        for table in ("webhook_events", "webhook_hours", "webhook_secrets", "webhook_addresses"):
            left = await session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE tenant_id = :id"),
                {"id": receiving.tenant_id},
            )
            assert left == 0, table


async def test_nobody_replays_or_gives_up_what_is_anothers(
    receiving: Receiving, resources: Resources
) -> None:
    other = await receiving_company(receiving.client, resources, receiving.people)
    await other.send([event()])
    await _bury(other)
    (letter,) = (await other.read("dead-letter"))["items"]
    for path in ("retry/bulk", "dead-letter/discard"):
        assert (await receiving.made(path, event_ids=[letter["id"]]))["events"] == 0
        assert (await receiving.made(path))["events"] == 0
        named = await receiving.client.post(
            f"/api/v1/webhooks/{path}",
            json={"connection_id": other.connection_id},
            headers=receiving.headers,
        )
        assert named.status_code == 404
    assert len((await other.read("dead-letter"))["items"]) == 1
