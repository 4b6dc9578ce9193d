"""Reading what senders post: today's batches, the older single events, Odoo's own automation rules.

An event that can't be read is set apart with a reason; the others of its request do not suffer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from bridgecore.domains.webhooks.errors import TooManyEvents
from bridgecore.domains.webhooks.schemas import (
    LARGEST_PAYLOAD,
    MOST_EVENTS,
    AutomationIn,
    BodyIn,
    Event,
    EventIn,
    LooseBodyIn,
    Operation,
    Rejected,
)
from bridgecore.infra.problems import BadRequest

# posts of one change that carry no time of their own come within moments of each other
SAME_SECONDS = 10

_MODEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_OPERATIONS = {
    **dict.fromkeys(("create", "created", "insert", "on_create"), Operation.CREATE),
    **dict.fromkeys(
        (
            "write",
            "update",
            "updated",
            "change",
            "changed",
            "modified",
            "on_write",
            "archive",
            "unarchive",
            "on_create_or_write",
        ),
        Operation.WRITE,
    ),
    **dict.fromkeys(
        ("unlink", "delete", "deleted", "remove", "removed", "on_unlink"), Operation.UNLINK
    ),
}
_body = msgspec.json.Decoder(BodyIn)
_loose_body = msgspec.json.Decoder(LooseBodyIn)
_list = msgspec.json.Decoder(list[EventIn])
_loose_list = msgspec.json.Decoder(list[msgspec.Raw])
_event = msgspec.json.Decoder(EventIn)
_automation = msgspec.json.Decoder(AutomationIn)


@dataclass(slots=True)
class Reading:
    """What one request holds. `single`: it was one event by itself, not a list."""

    events: list[Event] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    single: bool = False


class _Unreadable(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read(body: bytes) -> Reading:
    """The events of a request. Raises BadRequest for what is no JSON, TooManyEvents."""
    try:
        # checked as a whole: payloads are kept as they came, and PostgreSQL takes no other text
        text = body.decode()
    except UnicodeDecodeError:
        raise BadRequest("The body is not valid UTF-8.") from None
    if "\x00" in text:
        raise BadRequest("The body holds a NUL byte.")
    try:
        return _read(body)
    except msgspec.ValidationError:
        raise BadRequest("The body is neither an event nor a list of events.") from None
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("The body is not valid JSON.") from None


def _read(body: bytes) -> Reading:
    if b'"_model"' in body:
        found = _tried(_automation.decode, body)
        if found is not None and found.model is not None:
            return _of_automation(found, body)
    if body.lstrip()[:1] == b"[":
        events = _tried(_list.decode, body)
        return _each(events if events is not None else _loose_list.decode(body))
    whole = _tried(_body.decode, body)
    if whole is None:
        loose = _loose_body.decode(body)
        if loose.events is not None:
            return _each(loose.events)
        return _one(body)
    if whole.events is not None:
        return _each(whole.events)
    return _one(whole)


def _tried(decode: Callable[[bytes], Any], body: bytes) -> Any:
    """None where the JSON is of another shape. Raises DecodeError where it is none."""
    try:
        return decode(body)
    except msgspec.ValidationError:
        return None


def _each(given: Sequence[EventIn | msgspec.Raw]) -> Reading:
    if len(given) > MOST_EVENTS:
        raise TooManyEvents(
            f"There are {len(given)} events in this request, {MOST_EVENTS} are the most;"
            " send them in several."
        )
    reading = Reading()
    for index, one in enumerate(given):
        _take(reading, index, one)
    return reading


def _one(given: EventIn | bytes) -> Reading:
    reading = Reading(single=True)
    _take(reading, 0, given)
    return reading


def _take(reading: Reading, index: int, given: EventIn | msgspec.Raw | bytes) -> None:
    one = given
    try:
        if not isinstance(one, EventIn):
            one = _event.decode(one)
        reading.events.append(_event_of(one))
    except _Unreadable as fault:
        given_id = one.id if isinstance(one, EventIn) else None
        named = None if given_id is None else str(given_id)[:200]
        reading.rejected.append(Rejected(index, fault.code, fault.detail, named))
    except msgspec.ValidationError as fault:
        reading.rejected.append(Rejected(index, "SHAPE", str(fault)[:300], _id_in(given)))


class _Named(msgspec.Struct):
    id: Any = None


def _id_in(given: Any) -> str | None:
    try:
        found = msgspec.json.decode(given, type=_Named).id
    except (msgspec.MsgspecError, TypeError):
        return None
    return str(found)[:200] if isinstance(found, str | int) else None


def _event_of(given: EventIn) -> Event:
    # strings are never empty where they mean something, so `or` finds the word that was used
    model = given.model or given.model_name
    if not model:
        raise _Unreadable("MODEL_MISSING", "`model` is missing, such as res.partner.")
    if len(model) > 100 or not _MODEL.fullmatch(model):
        raise _Unreadable("MODEL_INVALID", "`model` is no model's name, such as res.partner.")
    word = given.operation or given.event or given.event_type or given.action
    operation = Operation.WRITE if word is None else _OPERATIONS.get(word.lower())
    if operation is None:
        raise _Unreadable("OPERATION_UNKNOWN", "`operation` is none of create, write, unlink.")
    record = given.record_id if given.record_id is not None else given.res_id
    origin = given.origin
    if origin is not None and (len(origin) > 100 or "\x00" in origin):
        origin = None
    occurred = given.occurred_at if given.occurred_at is not None else given.timestamp
    event = Event(
        "",
        model,
        _record_key(record),
        operation,
        _names(given.changed_fields),
        _payload(bytes(given.values) or bytes(given.data) or bytes(given.payload)),
        origin,
        None if occurred is None else _moment(occurred),
    )
    named = given.id if given.id is not None else given.event_id
    if named is None:
        event.source_event_id = _own_id(event)
    else:
        event.source_event_id = str(named)
        if not 0 < len(event.source_event_id) <= 200 or "\x00" in event.source_event_id:
            raise _Unreadable("ID_INVALID", "`id` has 1 to 200 characters.")
    return event


def _of_automation(found: AutomationIn, body: bytes) -> Reading:
    """A notification of Odoo's own: a hint, whose fields are what the rule's maker chose.

    Identical posts of one change are one event: Odoo fires several within a transaction.
    """
    given = EventIn(model=found.model, record_id=found.id)
    reading = _one(given)
    for event in reading.events:
        event.payload = _payload(body)
        stamp = "" if isinstance(found.write_date, str) else _window()
        event.source_event_id = _digest(stamp, body)
    return reading


def _record_key(record: int | str | None) -> str:
    if isinstance(record, int) and 0 < record < 2**53:
        return str(record)
    if isinstance(record, str) and 0 < len(record) <= 64 and "\x00" not in record:
        return record
    raise _Unreadable("RECORD_INVALID", "`record_id` is a record's id: above 0, or a short text.")


def _names(fields: list[str] | None) -> list[str] | None:
    if fields is None:
        return None
    return [name for name in fields[:500] if 0 < len(name) <= 100 and "\x00" not in name]


def _payload(raw: bytes) -> str | None:
    """The JSON as text; what is too large is left out, and the record is read at its source."""
    if len(raw) > LARGEST_PAYLOAD or raw in (b"", b"null"):
        return None
    return raw.decode()


def _moment(given: str | int | float) -> datetime:
    try:
        if isinstance(given, str):
            found = datetime.fromisoformat(given)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        else:
            # larger than any moment in seconds: milliseconds
            found = datetime.fromtimestamp(given / 1000 if given > 1e11 else given, UTC)
    except (ValueError, OverflowError, OSError):
        raise _Unreadable("TIME_INVALID", "`occurred_at` is no moment in ISO 8601.") from None
    if not 2000 <= found.year < 2200:
        raise _Unreadable("TIME_INVALID", "`occurred_at` lies outside the years 2000 to 2199.")
    return found


def _own_id(event: Event) -> str:
    """An id for an event whose sender gave none: the same for the same change."""
    told = "" if event.occurred_at is None else event.occurred_at.isoformat()
    return _digest(
        told or _window(),
        event.model.encode(),
        event.record_key.encode(),
        event.operation.encode(),
        (event.payload or "").encode(),
    )


def _window() -> str:
    return str(int(time.time()) // SAME_SECONDS)


def _digest(stamp: str, *parts: bytes) -> str:
    found = blake2b(stamp.encode(), digest_size=20)
    for part in parts:
        found.update(b"\x00")
        found.update(part)
    return f"~{found.hexdigest()}"
