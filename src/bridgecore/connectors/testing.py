"""The tests that every connector passes, whoever wrote it.

Subclass `ConnectorContract` in a pytest module and give it a fixture `subject`; tests of what a
connector has no ability for return early.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeGuard

from bridgecore.connectors.contract import (
    Change,
    Checkpoint,
    Connector,
    EntityFlag,
    ListsKeys,
    Pace,
    Page,
    Period,
    Presence,
    Span,
    TellsBands,
)
from bridgecore.connectors.errors import (
    CheckpointExpired,
    ConnectorError,
    Reauthorise,
    Rejected,
)


class Subject(Protocol):
    """A connector on a source that the test may fill.

    `refused` is the same source opened with a wrong secret; `entity` a kind of record that may
    be created, of which a page of `connector` holds fewer than 25.
    """

    connector: Connector
    refused: Connector
    entity: str

    async def add(self, count: int) -> Sequence[str]:
        """Create records: their keys."""
        ...

    async def change(self, key: str) -> None: ...

    async def remove(self, key: str) -> None: ...


class ConnectorContract:
    """What holds for every connector."""

    async def test_check_of_a_working_connection(self, subject: Subject) -> None:
        report = await subject.connector.check()
        assert report.ok, report.problems
        assert report.version

    async def test_check_explains_and_does_not_raise(self, subject: Subject) -> None:
        report = await subject.refused.check()
        assert not report.ok
        assert report.problems

    async def test_wrong_credentials_ask_for_new_ones(self, subject: Subject) -> None:
        error = await _error_of_reading(subject.refused, subject.entity)
        assert isinstance(error, Reauthorise)
        assert not error.sent

    async def test_discover_names_the_entities(self, subject: Subject) -> None:
        entities = {entity.name: entity for entity in await subject.connector.discover()}
        assert subject.entity in entities
        assert len(entities) == len(set(entities))

    async def test_discover_describes_an_entity(self, subject: Subject) -> None:
        (entity,) = await subject.connector.discover([subject.entity])
        assert entity.name == subject.entity
        assert entity.fields
        assert len({field.name for field in entity.fields}) == len(entity.fields)

    async def test_discover_leaves_out_what_is_not_there(self, subject: Subject) -> None:
        assert list(await subject.connector.discover(["no.such_entity"])) == []

    async def test_an_unchanged_entity_is_told_by_its_hash(self, subject: Subject) -> None:
        (first,) = await subject.connector.discover([subject.entity])
        (second,) = await subject.connector.discover([subject.entity])
        assert first.schema_hash == second.schema_hash

    async def test_secrets_are_not_read_unless_asked_for(self, subject: Subject) -> None:
        await subject.add(1)
        (entity,) = await subject.connector.discover([subject.entity])
        closed = {field.name for field in entity.fields if field.sensitive}
        assert not {field.name for field in entity.fields if field.by_default} & closed
        for change in _changes(await _read(subject)).values():
            assert not closed & set(json.loads(change.data))

    async def test_a_read_keeps_the_pace_it_is_given(self, subject: Subject) -> None:
        await subject.add(12)
        pace = Pace(5)
        async for page in subject.connector.read(subject.entity, pace=pace):
            assert len(page.changes) <= 5
            assert page.page_size == 5
            assert page.seconds >= 0

    async def test_the_first_read_brings_everything(self, subject: Subject) -> None:
        keys = await subject.add(30)
        pages = await _read(subject)
        seen = _changes(pages)
        assert len(pages) > 1
        assert set(keys) <= set(seen)
        for key in keys:
            assert isinstance(json.loads(seen[key].data), dict)
            changed_at = seen[key].changed_at
            assert changed_at is None or changed_at.utcoffset() == timedelta(0)

    async def test_later_reads_bring_what_changed(self, subject: Subject) -> None:
        keys = await subject.add(3)
        if not await _is_incremental(subject):
            return
        before = (await _read(subject))[-1].checkpoint
        await subject.change(keys[1])
        (added,) = await subject.add(1)
        pages = await _read(subject, before)
        assert {keys[1], added} <= set(_changes(pages))
        settled = await _read(subject, pages[-1].checkpoint)
        assert settled[-1].checkpoint == pages[-1].checkpoint

    async def test_a_read_without_changes_keeps_its_place(self, subject: Subject) -> None:
        await subject.add(2)
        if not await _is_incremental(subject):
            return
        place = (await _read(subject))[-1].checkpoint
        for _ in range(3):
            place = (await _read(subject, place))[-1].checkpoint
        (added,) = await subject.add(1)
        assert added in _changes(await _read(subject, place))

    async def test_an_interrupted_read_goes_on(self, subject: Subject) -> None:
        keys = await subject.add(60)
        seen: set[str] = set()
        place: Checkpoint | None = None
        for _ in range(1000):
            async for page in subject.connector.read(subject.entity, place):
                seen |= {change.key for change in page.changes}
                place = page.checkpoint
                break
            if set(keys) <= seen:
                break
        assert set(keys) <= seen

    async def test_a_foreign_checkpoint_has_expired(self, subject: Subject) -> None:
        for text in ("", "yesterday", '{"version":99}'):
            error = await _error_of_reading(subject.connector, subject.entity, Checkpoint(text))
            assert isinstance(error, CheckpointExpired)

    async def test_an_unknown_entity_is_rejected(self, subject: Subject) -> None:
        assert isinstance(await _error_of_reading(subject.connector, "no.such_entity"), Rejected)

    async def test_listed_keys_are_what_exists(self, subject: Subject) -> None:
        if not isinstance(subject.connector, ListsKeys):
            return
        first, second = await subject.add(2)
        await subject.remove(first)
        keys = [key async for page in subject.connector.list_keys(subject.entity) for key in page]
        assert second in keys
        assert first not in keys
        assert len(keys) == len(set(keys))

    async def test_bands_add_up_down_to_the_keys(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        added = set(await subject.add(3))
        counted: list[int] = []
        spans: list[Span | None] = [None]
        for period in Period:
            found = [
                band
                for span in spans
                for band in await connector.bands(subject.entity, period, span)
            ]
            counted.append(sum(band.count for band in found))
            for band in found:
                assert band.count > 0
                assert band.latest is None or band.latest.utcoffset() == timedelta(0)
            spans = [band.span for band in found if band.span.start is not None]
        undated = [
            band
            for band in await connector.bands(subject.entity, Period.YEAR)
            if not band.span.start
        ]
        assert counted[1:] == [counted[0] - sum(band.count for band in undated)] * 3
        keys = [
            state.key
            for span in (*spans, *(band.span for band in undated))
            if span is not None
            async for page in connector.band_keys(subject.entity, span)
            for state in page
        ]
        assert len(keys) == len(set(keys)) == counted[0]
        assert added <= set(keys)

    async def test_bands_show_what_is_gone_or_changed(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        first, _ = await subject.add(2)
        before = await connector.bands(subject.entity, Period.YEAR)
        await subject.remove(first)
        after = await connector.bands(subject.entity, Period.YEAR)
        assert sum(band.count for band in before) - sum(band.count for band in after) == 1

    async def test_a_copy_of_everything_has_the_same_bands(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        await subject.add(3)
        latest: dict[int, datetime] = {}
        count: dict[int, int] = {}
        for change in _changes(await _read(subject)).values():
            if change.created_at is not None:
                year = change.created_at.year
                count[year] = count.get(year, 0) + 1
                if change.changed_at is not None:
                    latest[year] = max(change.changed_at, latest.get(year, change.changed_at))
        told = [
            band
            for band in await connector.bands(subject.entity, Period.YEAR)
            if band.span.start is not None
        ]
        assert {band.span.start.year: band.count for band in told if band.span.start} == count
        assert {
            band.span.start.year: band.latest for band in told if band.span.start and band.latest
        } == {year: moment.replace(microsecond=0) for year, moment in latest.items()}

    async def test_records_are_read_by_key(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        keys = await subject.add(3)
        await subject.remove(keys[0])
        records = await connector.read_keys(subject.entity, keys)
        assert {change.key for change in records.changes} == set(keys[1:])
        assert records.set_aside == ()
        by_read = _changes(await _read(subject))
        for change in records.changes:
            assert json.loads(change.data) == json.loads(by_read[change.key].data)
        assert (await connector.read_keys(subject.entity, [])).changes == ()

    async def test_presence_tells_what_has_become_of_each(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        gone, there = await subject.add(2)
        await subject.remove(gone)
        found = await connector.presence(subject.entity, [gone, there, "no such key"])
        assert found == {
            gone: Presence.DELETED,
            there: Presence.PRESENT,
            "no such key": Presence.DELETED,
        }

    async def test_what_may_not_be_read_is_refused_and_not_empty(self, subject: Subject) -> None:
        if not _tells_bands(connector := subject.connector):
            return
        try:
            await connector.bands("no.such_entity", Period.YEAR)
        except Rejected:
            return
        raise AssertionError("bands of an entity that is not there were given")


def _tells_bands(connector: Connector) -> TypeGuard[TellsBands]:
    return isinstance(connector, TellsBands)


async def _read(subject: Subject, since: Checkpoint | None = None) -> list[Page]:
    return [page async for page in subject.connector.read(subject.entity, since)]


def _changes(pages: Sequence[Page]) -> dict[str, Change]:
    return {change.key: change for page in pages for change in page.changes}


async def _is_incremental(subject: Subject) -> bool:
    (entity,) = await subject.connector.discover([subject.entity])
    return EntityFlag.INCREMENTAL in entity.flags


async def _error_of_reading(
    connector: Connector, entity: str, since: Checkpoint | None = None
) -> ConnectorError | None:
    try:
        async for _ in connector.read(entity, since):
            pass
    except ConnectorError as error:
        return error
    return None
