"""The tests that every connector passes, whoever wrote it.

Subclass `ConnectorContract` in a pytest module and give it a fixture `subject`; tests of what a
connector has no ability for return early.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bridgecore.connectors.contract import (
    Change,
    Checkpoint,
    Connector,
    EntityFlag,
    ListsKeys,
    Page,
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
