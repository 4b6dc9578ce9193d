"""Records stored, left alone, refused, removed and restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bridgecore.connectors.contract import Change
from bridgecore.domains.lake import service
from bridgecore.domains.lake.errors import LakeBusy
from bridgecore.domains.lake.schemas import MOST_ROWS, DeleteReason, Order
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from tests.integration.lake.conftest import PARTNER, Writer, at, change


async def test_new_and_changed_records_take_versions_in_their_order(lake: Writer) -> None:
    first = await lake.apply(change(1), change(2), change(3))
    assert (first.inserted, first.first_version, first.last_version) == (3, 1, 3)
    second = await lake.apply(change(1), change(3, "B", 1), change(4), observed=1)
    assert (second.inserted, second.updated, second.unchanged) == (1, 1, 1)
    assert (second.first_version, second.last_version) == (4, 5)
    assert [(row.key, row.version) for row in await lake.feed()] == [
        ("1", 1),
        ("2", 2),
        ("3", 4),
        ("4", 5),
    ]
    assert await lake.names() == {"1": "A", "2": "A", "3": "B", "4": "A"}


async def test_equal_content_takes_no_version_however_it_is_written(lake: Writer) -> None:
    await lake.apply(Change("1", b'{"id":1,"name":"A","tags":[1,2]}', at(0)))
    again = await lake.apply(Change("1", b'{ "tags": [1, 2], "name": "\\u0041", "id": 1 }', at(0)))
    assert (again.unchanged, again.changed, again.last_version) == (1, 0, None)
    async with lake.session() as session:
        assert await service.latest_version(session, lake.connection.tenant_id) == 1


async def test_nothing_at_all_is_fine(lake: Writer) -> None:
    assert (await lake.apply()).changed == 0
    assert (await lake.remove()).changed == 0


async def test_where_nothing_is_admitted_what_is_there_is_brought_up_to_date(lake: Writer) -> None:
    await lake.apply(change(1), change(2))
    await lake.remove("2", observed=1)
    applied = await lake.apply(
        change(1, "B", 2), change(2, "A", 2), change(3, "A", 2), observed=2, admit=False
    )
    assert (applied.updated, applied.restored, applied.inserted) == (1, 1, 0)
    assert applied.left_out == ("3",)
    assert await lake.names() == {"1": "B", "2": "A"}
    assert (await lake.apply(change(3, "A", 2), observed=3)).inserted == 1


# what the session read lately and has not told yet counts too, so differences are taken
_READ = text(
    "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
    " FROM pg_stat_xact_all_tables WHERE relname = 'lake_records'"
)


async def test_a_page_costs_a_page_in_a_tenant_that_statistics_do_not_know(
    lake: Writer, resources: Resources
) -> None:
    known = Writer(resources)
    await known.apply(*[change(number) for number in range(500)])
    async with resources.database.platform() as session:
        await session.execute(text("ANALYZE lake_records"))
    stored = 2_000
    for start in range(0, stored, 500):
        await lake.apply(*[change(number) for number in range(start, start + 500)])
    page = [change(number, "B", 1) for number in range(500)]
    moved = [change(number, "A", 2) for number in range(500, 1_000)]
    added = [change(number, "A", 1) for number in range(stored, stored + 500)]
    other = [change(number, "A", 1) for number in range(3_000, 3_500)]
    async with lake.session() as session:
        for changes, admit in ((page, True), (moved, True), (added, True), (other, False)):
            before = await session.scalar(_READ) or 0
            await service.apply(
                session, lake.connection, PARTNER, changes, observed_at=at(3), admit=admit
            )
            # once to compare, once to change
            assert (await session.scalar(_READ) or 0) - before <= 2 * len(changes)
        before = await session.scalar(_READ) or 0
        keys = [each.key for each in page]
        removed = await service.remove(
            session, lake.connection, PARTNER, keys, DeleteReason.DELETED, observed_at=at(4)
        )
        assert removed.removed == len(page)
        assert (await session.scalar(_READ) or 0) - before <= 2 * len(keys)


async def test_too_many_at_once_are_refused(lake: Writer) -> None:
    with pytest.raises(ValueError, match="at most"):
        await lake.apply(*[change(number) for number in range(MOST_ROWS + 1)])


async def test_the_last_of_one_key_counts(lake: Writer) -> None:
    applied = await lake.apply(change(1, "A"), change(1, "B"))
    assert (applied.inserted, await lake.names()) == (1, {"1": "B"})


async def test_an_older_state_never_overwrites_a_newer_one(lake: Writer) -> None:
    await lake.apply(change(1, "new", 10), observed=10)
    stale = await lake.apply(change(1, "old", 9), observed=11)
    assert (stale.stale, stale.changed) == (1, 0)
    assert await lake.names() == {"1": "new"}


async def test_within_one_second_of_the_source_the_later_observation_counts(lake: Writer) -> None:
    await lake.apply(change(1, "second", 10), observed=12)
    assert (await lake.apply(change(1, "first", 10), observed=11)).stale == 1
    assert (await lake.apply(change(1, "third", 10), observed=13)).updated == 1
    assert await lake.names() == {"1": "third"}


async def test_a_source_without_times_is_believed_by_observation(lake: Writer) -> None:
    await lake.apply(change(1, "second", None), observed=12)
    assert (await lake.apply(change(1, "first", None), observed=11)).stale == 1
    assert await lake.names() == {"1": "second"}


async def test_what_is_read_after_the_clock_of_the_source_went_back_is_newer(lake: Writer) -> None:
    now = (utcnow() - at(0)) / timedelta(minutes=1)
    await lake.apply(change(1, "before", 10), observed=now - 2)
    # asked before the other was stored: the source's own times have to tell
    assert (await lake.apply(change(1, "slow", 2), observed=now - 1, order=Order.ASKED)).stale == 1
    assert (await lake.apply(change(1, "sent", 2), observed=now + 1)).stale == 1
    read = await lake.apply(change(1, "after", 2), observed=now + 1, order=Order.ASKED)
    assert read.updated == 1
    assert await lake.names() == {"1": "after"}


async def test_repair_believes_a_source_that_went_back(lake: Writer) -> None:
    await lake.apply(change(1, "before the backup", 10), observed=10)
    repaired = await lake.apply(change(1, "restored", 2), observed=20, order=Order.OBSERVED)
    assert repaired.updated == 1
    assert await lake.names() == {"1": "restored"}


async def test_a_removed_record_is_a_tombstone_with_its_reason(lake: Writer) -> None:
    await lake.apply(change(1), change(2))
    removed = await lake.remove("2", "7", observed=1, reason=DeleteReason.NOT_VISIBLE)
    assert (removed.removed, removed.unchanged, removed.last_version) == (1, 1, 3)
    tombstone = (await lake.feed(after=2))[0]
    assert (tombstone.key, tombstone.delete_reason) == ("2", DeleteReason.NOT_VISIBLE)
    assert tombstone.deleted_at is not None
    again = await lake.remove("2", observed=2)
    assert (again.removed, again.last_version) == (0, None)


async def test_what_was_seen_after_the_source_missed_it_stays(lake: Writer) -> None:
    await lake.apply(change(1), observed=5)
    assert (await lake.remove("1", observed=4)).removed == 0
    assert await lake.names() == {"1": "A"}


async def test_a_state_from_before_the_deletion_does_not_restore(lake: Writer) -> None:
    await lake.apply(change(1, "A", 0))
    await lake.remove("1", observed=10)
    assert (await lake.apply(change(1, "B", 8), observed=9)).stale == 1
    assert await lake.names() == {}


async def test_a_record_that_is_there_again_is_restored_even_unchanged(lake: Writer) -> None:
    await lake.apply(change(1, "A", 0))
    await lake.remove("1", observed=10)
    restored = await lake.apply(change(1, "A", 0), observed=11)
    assert (restored.restored, restored.unchanged) == (1, 0)
    (row,) = await lake.feed(after=2)
    assert (row.deleted_at, row.delete_reason, row.is_active) == (None, None, True)


async def test_archiving_is_a_change_that_keeps_the_record(lake: Writer) -> None:
    await lake.apply(change(1))
    assert (await lake.apply(change(1, active=False), observed=1)).updated == 1
    (row,) = await lake.feed()
    assert (row.is_active, row.deleted_at) == (False, None)


async def test_what_the_lake_holds_is_counted_by_every_write(lake: Writer) -> None:
    await lake.apply(change(1), change(2, active=False), change(3), change(4, active=False))
    await lake.apply(change(1, "longer"), change(2, active=True), observed=1)
    await lake.remove("3", "4", observed=2)
    await lake.apply(change(4, active=True), observed=3)
    async with lake.session() as session:
        (state,) = await service.entities(session, lake.connection.tenant_id)
        counted = (
            await session.execute(
                text(
                    "SELECT count(*) FILTER (WHERE deleted_at IS NULL),"
                    " count(*) FILTER (WHERE deleted_at IS NULL AND NOT is_active),"
                    " count(*) FILTER (WHERE deleted_at IS NOT NULL), sum(size),"
                    " max(version) FROM lake_records"
                )
            )
        ).one()
    assert tuple(counted) == (3, 0, 1, state.bytes, 9)
    assert (state.records, state.archived, state.deleted, state.version) == (3, 0, 1, 9)
    assert (state.seen_at, state.source_changed_at) == (at(3), at(0))


async def test_a_time_of_change_outside_the_record_moves_without_a_version(lake: Writer) -> None:
    await lake.apply(change(1, changed=0))
    assert (await lake.apply(change(1, changed=5), observed=5)).changed == 0
    (row,) = await lake.feed()
    assert (row.version, row.source_changed_at) == (1, at(5))


async def test_records_that_cannot_be_held_are_set_aside_and_the_rest_stored(
    lake: Writer,
) -> None:
    good = [change(number) for number in range(20)]
    bad = [
        Change("bad json", b'{"name": ', at(0)),
        Change("surrogate", b'{"name": "\\ud800"}', at(0)),
        Change("not utf-8", b'{"name": "\xff"}', at(0)),
        Change("nul\x00key", b"{}", at(0)),
        Change("k" * 600, b"{}", at(0)),
    ]
    applied = await lake.apply(*good[:7], *bad, *good[7:])
    assert applied.inserted == 20
    assert {each.key for each in applied.set_aside} == {
        *("bad json", "surrogate", "not utf-8", "nul\x00key"),
        "k" * 500,
    }
    assert all(each.reason for each in applied.set_aside)


async def test_nul_inside_a_text_is_dropped(lake: Writer) -> None:
    body = b'{"name": "a\\u0000b", "path": "c:\\\\u0000"}'
    assert (await lake.apply(Change("1", body, at(0)))).set_aside == ()
    (row,) = await lake.feed()
    assert row.values() == {"name": "ab", "path": "c:\\u0000"}


async def test_two_entities_and_connections_do_not_meet(lake: Writer, resources) -> None:
    await lake.apply(change(1, "partner"))
    await lake.apply(change(1, "lead"), entity="crm.lead")
    other = Writer(resources)
    other.connection = replace(other.connection, tenant_id=lake.connection.tenant_id)
    await other.apply(change(1, "elsewhere"))
    assert sorted(row.values()["name"] for row in await lake.feed()) == [
        "elsewhere",
        "lead",
        "partner",
    ]
    await lake.remove("1", observed=1)
    assert [row.connection_id for row in await lake.feed() if row.deleted_at] == [
        lake.connection.id
    ]


async def test_another_tenant_sees_nothing(lake: Writer, resources) -> None:
    await lake.apply(change(1))
    stranger = Writer(resources)
    async with stranger.session() as session:
        assert await service.read_changes(session, lake.connection.tenant_id, 0) == []


async def test_a_rolled_back_write_leaves_no_gap_and_no_trace(lake: Writer) -> None:
    await lake.apply(change(1))
    with pytest.raises(RuntimeError, match="no checkpoint"):
        async with lake.session() as session:
            await service.apply(
                session, lake.connection, "res.partner", [change(2)], observed_at=at(1)
            )
            raise RuntimeError("no checkpoint")
    assert (await lake.apply(change(3), observed=2)).first_version == 2
    assert set(await lake.names()) == {"1", "3"}


async def test_several_writes_of_one_transaction_go_on_in_versions(lake: Writer) -> None:
    async with lake.session() as session:
        one = await service.apply(
            session, lake.connection, "res.partner", [change(1), change(2)], observed_at=at(0)
        )
        two = await service.apply(
            session, lake.connection, "crm.lead", [change(2), change(3)], observed_at=at(0)
        )
        gone = await service.remove(
            session, lake.connection, "crm.lead", ["3"], DeleteReason.DELETED, observed_at=at(1)
        )
    assert (one.last_version, two.first_version, two.inserted, gone.last_version) == (2, 3, 2, 5)


async def test_a_writer_that_waits_too_long_says_so(lake: Writer, monkeypatch) -> None:
    monkeypatch.setattr("bridgecore.domains.lake.repository.writing.LOCK_TIMEOUT", "50ms")
    await lake.apply(change(1))
    async with lake.session() as holder:
        await service.apply(holder, lake.connection, "res.partner", [change(2)], observed_at=at(0))
        with pytest.raises(LakeBusy):
            await lake.apply(change(3))


async def test_a_change_is_announced_in_its_transaction(lake: Writer) -> None:
    await lake.apply(change(1))
    await lake.apply(change(1), observed=1)
    async with lake.session() as session:
        events = (
            await session.execute(
                text("SELECT payload FROM outbox_events WHERE type = 'lake.changed'")
            )
        ).scalars()
        (payload,) = events
    assert payload["entity"] == "res.partner"
    assert (payload["inserted"], payload["last_version"]) == (1, 1)


async def test_a_new_tenant_s_records_are_looked_up_by_key_alone(
    lake: Writer, resources: Resources
) -> None:
    """Statistics of before it came make it look tiny: reading all it has would seem as quick."""
    await lake.apply(*(change(number) for number in range(2_000)))
    async with resources.database.platform() as session:
        await session.execute(text("ANALYZE lake_records"))
    newcomer = Writer(resources)
    fetched = []
    for page in range(8):
        rows = [change(1_000 * page + number) for number in range(200)]
        async with newcomer.session() as session:
            before = await session.scalar(_READ) or 0
            await service.apply(session, newcomer.connection, PARTNER, rows, observed_at=at(0))
            fetched.append((await session.scalar(_READ) or 0) - before)
    assert max(fetched) < 1_000, fetched
