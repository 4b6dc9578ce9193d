"""Bodies in every form that senders know, and ids for events that bring none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.webhooks.schemas import LARGEST_PAYLOAD, Operation
from bridgecore.domains.webhooks.service.intake import EventIds
from bridgecore.domains.webhooks.service.reading import read
from bridgecore.infra.problems import ProblemError

MOMENT = datetime(2025, 11, 21, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        {"model": "sale.order", "event": "write", "record_id": 123, "timestamp": MOMENT},
        {"model": "sale.order", "operation": "update", "record_id": "123", "occurred_at": MOMENT},
        {"model_name": "sale.order", "event_type": "updated", "res_id": 123, "timestamp": MOMENT},
        {"model": "sale.order", "action": "on_write", "record_id": 123, "timestamp": MOMENT},
        {"model": "sale.order", "record_id": 123, "timestamp": 1763721000},
        {"model": "sale.order", "record_id": 123, "timestamp": 1763721000000},
        {"model": "sale.order", "record_id": 123, "timestamp": "2025-11-21 10:30:00"},
        {"model": "sale.order", "record_id": 123, "timestamp": "2025-11-21T13:30:00+03:00"},
    ],
)
def test_one_change_in_the_words_of_every_document(body: dict[str, Any]) -> None:
    reading = read(orjson.dumps(body))
    (event,) = reading.events
    assert reading.single
    assert (event.model, event.record_key, event.operation) == ("sale.order", "123", "write")
    assert event.occurred_at == MOMENT


@pytest.mark.parametrize("name", ["values", "data", "payload"])
def test_content_comes_under_three_names_and_is_kept_as_it_was_written(name: str) -> None:
    raw = b'{"model":"a","record_id":1,"%s":{ "b" : 1.50 }}' % name.encode()
    (event,) = read(raw).events
    assert event.payload == '{ "b" : 1.50 }'


def test_content_that_is_too_large_leaves_a_hint() -> None:
    body = {"model": "a", "record_id": 1, "values": {"x": "y" * LARGEST_PAYLOAD}}
    (event,) = read(orjson.dumps(body)).events
    assert event.payload is None


@pytest.mark.parametrize(
    ("word", "operation"),
    [
        ("create", Operation.CREATE),
        ("CREATED", Operation.CREATE),
        ("write", Operation.WRITE),
        ("archive", Operation.WRITE),
        ("unlink", Operation.UNLINK),
        ("deleted", Operation.UNLINK),
    ],
)
def test_words_for_operations(word: str, operation: Operation) -> None:
    (event,) = read(orjson.dumps({"model": "a", "record_id": 1, "event": word})).events
    assert event.operation is operation


def test_without_an_id_the_same_change_has_the_same_one() -> None:
    body = {"model": "a", "record_id": 1, "timestamp": MOMENT}
    first, again = (read(orjson.dumps(body)).events[0].source_event_id for _ in "12")
    others = [
        read(orjson.dumps({**body, **changed})).events[0].source_event_id
        for changed in (
            {"record_id": 2},
            {"model": "b"},
            {"event": "unlink"},
            {"timestamp": "2025-11-21T10:30:01Z"},
            {"data": {"x": 1}},
        )
    ]
    assert first == again
    assert len({first, *others}) == 6


def test_a_list_of_events_is_a_batch() -> None:
    reading = read(b'[{"model":"a","record_id":1,"id":"x"},{"model":"a","record_id":true}, 3]')
    assert not reading.single
    assert [event.source_event_id for event in reading.events] == ["x"]
    assert [rejected.index for rejected in reading.rejected] == [1, 2]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_NAMES = st.sampled_from(
    [
        "id", "event_id", "model", "record_id", "res_id", "operation", "event", "changed_fields",
        "occurred_at", "timestamp", "values", "payload", "origin", "events", "_model", "_id",
        "write_date",
    ]
)  # fmt: skip
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(_ANYTHING)
def test_whatever_comes_is_read_or_refused_in_words(body: Any) -> None:
    try:
        raw = orjson.dumps(body)
    except (TypeError, orjson.JSONEncodeError):
        return
    try:
        reading = read(raw)
    except ProblemError as problem:
        assert 400 <= problem.status < 500  # noqa: PT017 - reading may as well succeed
        return
    for event in reading.events:
        assert 0 < len(event.source_event_id) <= 200
        assert 0 < len(event.record_key) <= 64
        texts = (event.source_event_id, event.model, event.record_key, event.origin or "")
        assert not any("\x00" in text for text in (*texts, *(event.changed_fields or ())))
    for rejected in reading.rejected:
        assert rejected.code
        assert rejected.detail


def test_ids_of_events_are_in_order_of_arrival_even_within_a_millisecond() -> None:
    new = EventIds()
    ids = [new() for _ in range(10_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {each.version for each in ids} == {7}
