"""What stored events lead to: content kept, records removed, hints, retries, dead letters."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from bridgecore.connectors.contract import Change
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields
from bridgecore.domains.usage import service as usage
from bridgecore.domains.webhooks.service.processing import (
    FIRST_DELAY,
    LONGEST_DELAY,
    MOST_ATTEMPTS,
    Processor,
    delay,
    work_once,
)
from tests.integration.webhooks.conftest import Receiving, event

BEFORE = datetime(2025, 12, 31, tzinfo=UTC)


def partner(record_id: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": record_id,
        "name": name,
        "active": True,
        "write_date": "2026-01-01 00:00:00",
        **more,
    }


def ref(receiving: Receiving) -> ConnectionRef:
    return ConnectionRef(receiving.tenant_id, UUID(receiving.connection_id))


async def synchronised(receiving: Receiving, *record_ids: int) -> None:
    """Records as an earlier synchronisation left them."""
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        await lake.apply(
            session,
            ref(receiving),
            "res.partner",
            [
                Change(
                    str(each),
                    orjson.dumps(partner(each, "Old", write_date="2025-12-30 00:00:00")),
                    datetime(2025, 12, 30, tzinfo=UTC),
                )
                for each in record_ids
            ],
            observed_at=BEFORE,
        )


async def work(receiving: Receiving) -> int:
    return await work_once(receiving.resources, receiving.tenant_id)


async def records(receiving: Receiving) -> dict[str, Any]:
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        found = await lake.read_changes(session, receiving.tenant_id, 0)
    return {each.key: each for each in found}


async def hints(receiving: Receiving) -> set[tuple[str, str | None, bool]]:
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        found = await lake.take_hints(session, ref(receiving))
    return {(each.entity, each.key, each.deleted) for each in found}


async def generation(receiving: Receiving) -> int | None:
    return await receiving.resources.admission.raise_generation(str(receiving.tenant_id))


async def test_whole_signed_content_is_kept_at_once(receiving: Receiving) -> None:
    await synchronised(receiving, 1, 2)
    changed = partner(1, "New", email="not-synchronised@acme.example")
    await receiving.send([event(1, values=changed), event(3, values=partner(3, "Third"))])
    assert await work(receiving) == 2
    found = await records(receiving)
    assert found["1"].values() == partner(1, "New")  # the fields that are synchronised, no others
    assert found["2"].values()["name"] == "Old"
    assert found["3"].values() == partner(3, "Third")
    assert await hints(receiving) == set()
    rows = await receiving.stored()
    assert {(row.status, row.outcome, row.attempts) for row in rows} == {("done", "applied", 1)}
    assert await work(receiving) == 0


async def test_the_last_of_several_events_counts(receiving: Receiving) -> None:
    await synchronised(receiving, 1, 2, 3)
    at = "2026-01-01T00:00:0{}.5Z"
    await receiving.send(
        [
            event(1, values=partner(1, "Later"), occurred_at=at.format(5)),
            event(1, values=partner(1, "Earlier"), occurred_at=at.format(4)),
            event(2, values=partner(2, "Changed"), occurred_at=at.format(1)),
            event(2, operation="unlink", occurred_at=at.format(2)),
            event(3, values=partner(3, "Whole"), occurred_at=at.format(1)),
            event(3, occurred_at=at.format(2)),
        ]
    )
    await work(receiving)
    found = await records(receiving)
    assert found["1"].values()["name"] == "Later"
    assert found["2"].deleted_at is not None
    assert found["2"].delete_reason == "deleted"
    assert found["3"].values()["name"] == "Old"
    assert await hints(receiving) == {("res.partner", "3", False)}


async def test_what_is_older_than_what_is_held_changes_nothing(receiving: Receiving) -> None:
    await synchronised(receiving, 1)
    old = partner(1, "Ancient", write_date="2025-01-01 00:00:00")
    await receiving.send([event(1, values=old)])
    await work(receiving)
    assert (await records(receiving))["1"].values()["name"] == "Old"
    assert await hints(receiving) == {("res.partner", "1", False)}


@pytest.mark.parametrize(
    "given",
    [
        {"id": 1, "name": "No time of change", "active": True},
        {"id": 1, "write_date": "2026-01-01 00:00:00"},
        [1, 2],
    ],
)
async def test_content_that_is_not_whole_is_read_at_its_source(
    receiving: Receiving, given: Any
) -> None:
    await synchronised(receiving, 1)
    await receiving.send([event(1, values=given)])
    await work(receiving)
    assert (await records(receiving))["1"].values()["name"] == "Old"
    assert await hints(receiving) == {("res.partner", "1", False)}


async def test_what_is_not_synchronised_is_a_hint_at_most(receiving: Receiving) -> None:
    await receiving.send([event(1, values=partner(1, "New"))])
    await work(receiving)
    assert await records(receiving) == {}
    assert await hints(receiving) == {("res.partner", "1", False)}


async def test_only_the_signed_are_believed(receiving: Receiving) -> None:
    await synchronised(receiving, 1, 2)
    made = await receiving.made("addresses", connection_id=receiving.connection_id)
    for record_id, operation in ((1, "write"), (2, "unlink")):
        pushed = event(record_id, values=partner(record_id, "Forged"), operation=operation)
        answer = await receiving.client.post(made["address"], json={"events": [pushed]})
        assert answer.status_code == 200, answer.text
    assert await work(receiving) == 0  # Odoo may not have committed yet
    await forward(receiving)
    assert await work(receiving) == 2
    found = await records(receiving)
    assert [found[key].values()["name"] for key in "12"] == ["Old", "Old"]
    assert found["2"].deleted_at is None
    assert await hints(receiving) == {("res.partner", "1", False), ("res.partner", "2", True)}


async def forward(receiving: Receiving) -> None:
    """Let the time come of everything that waits."""
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        await session.execute(
            text("UPDATE webhook_events SET due_at = received_at WHERE status = 'pending'")
        )


async def test_a_record_that_is_archived_stays_and_comes_back(receiving: Receiving) -> None:
    await synchronised(receiving, 1)
    await receiving.send([event(1, values=partner(1, "Old", active=False))])
    await work(receiving)
    assert (await records(receiving))["1"].is_active is False
    await receiving.send([event(1, operation="unlink")])
    await work(receiving)
    again = partner(1, "Back", write_date="2026-01-02 00:00:00")
    await receiving.send([event(1, values=again, occurred_at=datetime.now(UTC).isoformat())])
    await work(receiving)
    found = (await records(receiving))["1"]
    assert (found.deleted_at, found.is_active, found.values()["name"]) == (None, True, "Back")


async def test_content_that_can_not_be_kept_is_a_dead_letter_of_the_source(
    receiving: Receiving,
) -> None:
    await synchronised(receiving, 1, 2)
    poisoned = b'"name":1e999999'  # more than a number of PostgreSQL holds
    body = orjson.dumps(
        {
            "events": [
                event(1, values=partner(1, "POISON")),
                event(2, values=partner(2, "Good")),
            ]
        }
    ).replace(b'"name":"POISON"', poisoned)
    assert (await receiving.send(body)).status_code == 200
    await work(receiving)
    found = await records(receiving)
    assert found["2"].values()["name"] == "Good"
    assert found["1"].values()["name"] == "Old"
    assert await hints(receiving) == {("res.partner", "1", False)}
    dead = next(row for row in await receiving.stored() if row.status == "dead")
    assert (dead.record_key, dead.fault, dead.attempts) == ("1", "source", 1)
    async with receiving.resources.database.platform() as session:
        announced = await session.scalar(
            text(
                "SELECT payload FROM outbox_events WHERE tenant_id = :tenant"
                " AND type = 'webhook.dead_lettered'"
            ),
            {"tenant": receiving.tenant_id},
        )
    assert announced["events"] == 1
    assert announced["fault"] == "source"


async def test_trouble_of_ours_is_tried_again_and_ends_as_a_dead_letter(
    receiving: Receiving,
) -> None:
    """The lake's clock is held by somebody else for longer than a writer waits for it."""
    await synchronised(receiving, 1)
    await receiving.send([event(1, operation="unlink"), event(5)])
    async with receiving.resources.database.platform() as session:
        await session.execute(
            text("UPDATE webhook_events SET attempts = :last WHERE tenant_id = :tenant"),
            {"last": MOST_ATTEMPTS - 2, "tenant": receiving.tenant_id},
        )
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        await session.execute(
            text("SELECT * FROM lake_clocks WHERE tenant_id = :tenant FOR UPDATE"),
            {"tenant": receiving.tenant_id},
        )
        await work(receiving)
        waiting = await receiving.stored()
        assert {(row.status, row.fault) for row in waiting} == {("pending", "ours")}
        assert all(row.due_at > datetime.now(UTC) for row in waiting)
        await forward(receiving)
        await work(receiving)
    assert {(row.status, row.fault) for row in await receiving.stored()} == {("dead", "ours")}
    assert (await records(receiving))["1"].deleted_at is None
    # replayed, they go through
    done = await receiving.client.post(
        "/api/v1/webhooks/retry/bulk", json={}, headers=receiving.headers
    )
    assert done.json()["events"] == 2
    await work(receiving)
    assert {row.status for row in await receiving.stored()} == {"done"}
    assert (await records(receiving))["1"].deleted_at is not None


def test_delays_grow_and_differ() -> None:
    for attempts in range(1, 40):
        tried = {delay(attempts) for _ in range(20)}
        assert len(tried) > 1
        longest = min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY)
        assert all(longest / 2 <= each <= longest for each in tried)
    assert delay(100) >= timedelta(minutes=7)


async def test_events_of_a_removed_connection_are_discarded(receiving: Receiving) -> None:
    await receiving.send([event()])
    gone = await receiving.client.delete(
        f"/api/v1/integrations/{receiving.connection_id}", headers=receiving.headers
    )
    assert gone.status_code == 204, gone.text
    await work(receiving)
    (row,) = await receiving.stored()
    assert row.status == "discarded"
    assert "removed" in row.reason
    assert (await receiving.send([event()])).status_code == 403


async def test_what_changed_is_no_longer_served_from_the_cache(receiving: Receiving) -> None:
    await receiving.read("status")  # puts the company's state into Redis
    before = await generation(receiving)
    assert before is not None
    await receiving.send([event(number) for number in range(1, 50)])
    await work(receiving)
    # once for the batch, and once by this look at it
    assert await generation(receiving) == before + 2


async def test_our_own_writes_are_told_from_those_of_others(receiving: Receiving) -> None:
    async with receiving.resources.database.tenant(receiving.tenant_id) as session:
        await session.execute(
            text(
                "INSERT INTO intents (id, tenant_id, kind, target, request, outcome, status,"
                " lease_until, finished_at) VALUES"
                " (gen_random_uuid(), :tenant, 'gateway.write', 'res.partner.write',"
                '  \'{"model": "res.partner", "ids": [7]}\', NULL, \'done\', now(), now()),'
                " (gen_random_uuid(), :tenant, 'gateway.write', 'res.partner.create',"
                '  \'{"model": "res.partner", "ids": []}\', \'{"ids": [8]}\', \'done\', now(),'
                "  now())"
            ),
            {"tenant": receiving.tenant_id},
        )
    await receiving.send(
        [
            event(7),
            event(8, operation="create"),
            event(9),
            event(7, model="sale.order"),
            event(10, origin="bridgecore:01a20408-3e4a-7d67-ab2c-eb0c48ca6f04"),
        ]
    )
    await work(receiving)
    rows = await receiving.stored()
    echoes = {(row.model, row.record_key) for row in rows if row.echo}
    assert echoes == {("res.partner", "7"), ("res.partner", "8"), ("res.partner", "10")}
    # the source may have computed more than was written: they are read like the others
    assert len(await hints(receiving)) == 5


async def test_the_loop_works_on_what_arrives(receiving: Receiving) -> None:
    loop = asyncio.create_task(Processor(receiving.resources).run())
    try:
        await receiving.send([event(number) for number in range(1, 21)])
        async with asyncio.timeout(20):
            while {row.status for row in await receiving.stored()} != {"done"}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loop
    assert len(await hints(receiving)) == 20


async def test_two_workers_do_nothing_twice(receiving: Receiving) -> None:
    await synchronised(receiving, *range(1, 31))
    await receiving.send([event(n, values=partner(n, f"New {n}")) for n in range(1, 31)])
    worked = await asyncio.gather(*(work(receiving) for _ in range(6)))
    assert sorted(worked)[-1] == 30
    rows = await receiving.stored()
    assert {(row.status, row.attempts) for row in rows} == {("done", 1)}
    found = await records(receiving)
    assert sorted(each.version for each in found.values()) == list(range(31, 61))


async def test_of_a_full_tenant_only_what_the_lake_has_is_kept(receiving: Receiving) -> None:
    await synchronised(receiving, 1)
    tenant_id = receiving.tenant_id
    async with receiving.resources.database.platform() as session:
        plan = next(each for each in await tenancy.list_plans(session) if each.code == "free")
        await tenancy.change_tenant(
            session, receiving.resources, None, tenant_id, fields=TenantFields(plan_id=plan.id)
        )
        assert plan.max_storage_bytes is not None
        await usage.measure_storage(session, "backups", {tenant_id: plan.max_storage_bytes})
    await receiving.send([event(1, values=partner(1, "New")), event(2, values=partner(2, "Added"))])
    await work(receiving)
    held = await records(receiving)
    assert held.keys() == {"1"}
    assert held["1"].values()["name"] == "New"
    assert await hints(receiving) == {("res.partner", "2", False)}
