"""Tombstones forgotten, connections retired, tenants purged, storage told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
from sqlalchemy import text

from bridgecore.connectors.contract import Hint
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionIn
from bridgecore.domains.lake import jobs, service
from bridgecore.domains.lake.schemas import ConnectionRef, DeleteReason
from bridgecore.domains.lake.service import upkeep
from bridgecore.domains.tenancy.events import TENANT_PURGED
from bridgecore.domains.usage import service as usage
from bridgecore.infra.outbox import announce, consume_once
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.factories.tenants import TenantFactory
from tests.integration.lake.conftest import PARTNER, Writer, change


async def age_tombstones(lake: Writer, days: int) -> None:
    async with lake.session() as session:
        await session.execute(
            text("UPDATE lake_records SET deleted_at = deleted_at - CAST(:by AS interval)"),
            {"by": f"{days} days"},
        )


_BEHIND = text(
    """
    SELECT EXISTS (
        SELECT FROM outbox_events e LEFT JOIN outbox_cursors c ON c.consumer = :name
         WHERE e.sequence = :newest
           AND (c.consumer IS NULL
                OR (e.transaction_id, e.sequence) > (c.transaction_id, c.sequence)))
    """
)


async def consumed(resources: Resources) -> None:
    """Consume what was announced. It can be read once older transactions have ended, those of
    tests beside this one included."""
    (consumer,) = jobs.consumers(resources)
    async with resources.database.platform() as session:
        newest = await session.scalar(text("SELECT max(sequence) FROM outbox_events"))
    async with asyncio.timeout(60):
        while True:
            await consume_once(resources.database, consumer)
            async with resources.database.platform() as session:
                behind = await session.scalar(_BEHIND, {"name": consumer.name, "newest": newest})
            if not behind:
                return
            await asyncio.sleep(0.05)


async def test_old_tombstones_go_and_who_was_away_is_told(lake: Writer) -> None:
    database = lake.resources.database
    await lake.apply(*[change(number) for number in range(6)])
    await lake.remove("1", "2", observed=1)
    await age_tombstones(lake, 91)
    await lake.remove("3", observed=2)
    await upkeep.forget_tombstones(database, utcnow())
    assert [(row.key, row.version) for row in await lake.feed() if row.deleted_at] == [("3", 9)]
    async with lake.session() as session:
        assert await service.forgotten_version(session, lake.connection.tenant_id) == 8
        (state,) = await service.entities(session, lake.connection.tenant_id)
        size = await session.scalar(text("SELECT sum(size) FROM lake_records"))
    assert (state.records, state.deleted, state.bytes) == (3, 1, size)
    await upkeep.forget_tombstones(database, utcnow() + timedelta(days=91))
    assert {row.key for row in await lake.feed()} == {"0", "4", "5"}


async def test_live_records_are_never_forgotten(lake: Writer) -> None:
    await lake.apply(change(1))
    await upkeep.forget_tombstones(lake.resources.database, utcnow() + timedelta(days=9_999))
    assert await lake.names() == {"1": "A"}


async def test_a_removed_connection_leaves_empty_tombstones(
    lake: Writer, resources: Resources
) -> None:
    other = Writer(resources)
    other.connection = ConnectionRef(lake.connection.tenant_id, other.connection.id)
    await other.apply(change(1, "stays"))
    await lake.apply(change(1, "secret"), change(2, "secret"))
    await lake.apply(change(3, "secret"), entity="crm.lead")
    await lake.remove("2", observed=1)
    async with lake.session() as session:
        await service.note_hints(session, lake.connection, [Hint(PARTNER, "1")])
    assert await upkeep.retire_connection(resources.database, lake.connection) == 3
    assert await upkeep.retire_connection(resources.database, lake.connection) == 0
    gone = [row for row in await lake.feed() if row.connection_id == lake.connection.id]
    assert {row.data for row in gone} == {b"{}"}
    assert {row.key: row.delete_reason for row in gone} == {
        "1": DeleteReason.CONNECTION_REMOVED,
        "2": DeleteReason.DELETED,
        "3": DeleteReason.CONNECTION_REMOVED,
    }
    assert await lake.names() == {"1": "stays"}
    async with lake.session() as session:
        states = await service.entities(
            session, lake.connection.tenant_id, connection_id=lake.connection.id
        )
        assert await service.take_hints(session, lake.connection) == []
    assert [(state.records, state.deleted, state.bytes) for state in states] == [
        (0, 1, 8),
        (0, 2, 16),
    ]


async def test_removing_a_connection_enqueues_its_retirement(
    resources: Resources, tenant_factory: TenantFactory, client: httpx.AsyncClient
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    config = {"url": "http://127.0.0.1:9", "database": "d", "username": "u", "password": "p"}
    async with resources.database.platform() as session:
        made = await connections.create_connection(
            session,
            resources,
            None,
            tenant.id,
            ConnectionIn.model_validate({"connector": "odoo", "name": "A", "config": config}),
        )
    answer = await client.delete(f"/api/v1/integrations/{made.id}", headers=owner.headers)
    assert answer.is_success, answer.text
    await consumed(resources)
    async with resources.database.platform() as session:
        found = await session.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = :name"),
            {"name": jobs.RETIRE},
        )
    wanted = {"tenant_id": str(tenant.id), "connection_id": str(made.id)}
    assert wanted in [row.args for row in found]


async def test_a_purged_tenant_leaves_nothing(lake: Writer, resources: Resources) -> None:
    stays = Writer(resources)
    for each in (lake, stays):
        await each.apply(change(1))
        async with each.session() as session:
            await service.note_hints(session, each.connection, [Hint(PARTNER, "1")])
    async with resources.database.platform() as session:
        await announce(session, TENANT_PURGED, {}, tenant_id=lake.connection.tenant_id)
    await consumed(resources)
    for each, left in ((lake, 0), (stays, 1)):
        async with each.session() as session:
            for table in ("lake_records", "lake_clocks", "lake_entities", "lake_hints"):
                count = await session.scalar(text(f"SELECT count(*) FROM {table}"))
                assert count == left, table


async def test_what_a_tenant_stores_is_told_to_usage(lake: Writer, resources: Resources) -> None:
    await lake.apply(change(1), change(2))
    await upkeep.measure_storage(resources.database)
    async with lake.session() as session:
        size = await session.scalar(text("SELECT sum(size) FROM lake_records"))
        stored = await usage.storage_of(session, lake.connection.tenant_id)
    assert stored.by_kind == {"lake": size}
