"""Wire shapes of webhooks: events as senders write them, and what people see of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints

from bridgecore.infra.web import Input, Output

MOST_EVENTS = 5_000
LARGEST_PAYLOAD = 256 * 1024


class Trust(StrEnum):
    """How the sender proved who it is. Only what is signed is believed about content."""

    SIGNED = "signed"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    ADDRESS = "address"


class Operation(StrEnum):
    CREATE = "create"
    WRITE = "write"
    UNLINK = "unlink"


class EventStatus(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


class Outcome(StrEnum):
    """What an event led to. `hinted`: the record is read again from its source."""

    HINTED = "hinted"
    APPLIED = "applied"
    REMOVED = "removed"


class Fault(StrEnum):
    """Whose fault a failure is: the sender's data, or this platform."""

    SOURCE = "source"
    OURS = "ours"


# ── what senders write ─────────────────────────────────────────────────────────────────────────


_NOTHING = msgspec.Raw()


class EventIn(msgspec.Struct, gc=False):
    """One event, in today's words or in those of the older documents."""

    id: str | int | None = None
    event_id: str | int | None = None
    model: str | None = None
    model_name: str | None = None
    record_id: int | str | None = None
    res_id: int | str | None = None
    operation: str | None = None
    event: str | None = None
    event_type: str | None = None
    action: str | None = None
    changed_fields: list[str] | None = None
    occurred_at: str | int | float | None = None
    timestamp: str | int | float | None = None
    values: msgspec.Raw = _NOTHING
    data: msgspec.Raw = _NOTHING
    payload: msgspec.Raw = _NOTHING
    origin: str | None = None


class BodyIn(EventIn, gc=False):
    """A whole request: `events`, or one event by itself."""

    events: list[EventIn] | None = None


class LooseBodyIn(msgspec.Struct):
    """The same, when one of the events does not fit and the others shall not suffer from it."""

    events: list[msgspec.Raw] | None = None


class AutomationIn(msgspec.Struct):
    """What Odoo's "Send Webhook Notification" posts: three names of its own and the fields."""

    model: str | None = msgspec.field(name="_model", default=None)
    id: int | str | None = msgspec.field(name="_id", default=None)
    write_date: Any = None


class Event(msgspec.Struct, gc=False):
    """An event that can be stored. Times in UTC; `payload` is JSON as the sender wrote it."""

    source_event_id: str
    model: str
    record_key: str
    operation: Operation
    changed_fields: list[str] | None = None
    payload: str | None = None
    origin: str | None = None
    occurred_at: datetime | None = None


class Rejected(msgspec.Struct, gc=False):
    """An event that can't be stored, ever. `id` is the sender's, where it could be read."""

    index: int
    code: str
    detail: str
    id: str | None = None


class Receipt(msgspec.Struct):
    """The answer to a push. What is accepted or a duplicate is stored; do not send it again."""

    success: bool
    accepted: list[str]
    duplicates: list[str]
    rejected: list[Rejected]


# ── credentials of senders ─────────────────────────────────────────────────────────────────────

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class CredentialIn(Input):
    """`connection_id`: whose sender it is for; the primary Odoo connection where left out."""

    connection_id: UUID | None = None
    name: Name = "default"


class RotationIn(Input):
    """The secrets there were stay valid for `overlap_hours`, so that the sender can follow."""

    connection_id: UUID | None = None
    name: Name = "default"
    overlap_hours: Annotated[int, Field(ge=0, le=720)] = 24


class CredentialOut(Output):
    id: UUID
    connection_id: UUID
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class SecretCreated(CredentialOut):
    """`secret` is shown this once."""

    secret: str


class AddressCreated(CredentialOut):
    """`address` is shown this once: whoever knows it can push events."""

    address: str


# ── events, as people see them ─────────────────────────────────────────────────────────────────


class EventOut(Output):
    """An event. `payload` is shown to whoever may see webhooks, else null."""

    id: UUID
    connection_id: UUID
    source_event_id: str
    trust: Trust
    model: str
    record_key: str
    operation: Operation
    changed_fields: list[str] | None
    payload: Any
    origin: str | None
    echo: bool
    occurred_at: datetime | None
    received_at: datetime
    status: EventStatus
    outcome: Outcome | None
    attempts: int
    due_at: datetime
    processed_at: datetime | None
    fault: Fault | None
    reason: str | None


class StaffEventOut(EventOut):
    tenant_id: UUID


class AppEvent(Output):
    """An event in the words of existing apps, of the SDK and of the older server alike."""

    id: UUID
    connection_id: UUID
    event_type: Operation
    event: Operation
    model: str
    record_id: int | str
    data: dict[str, Any]
    payload: dict[str, Any]
    status: EventStatus
    created_at: datetime
    occurred_at: datetime


class AppEvents(Output):
    """`events` and `data` are the same list: clients read the one or the other."""

    success: bool = True
    status: str = "success"
    events: list[AppEvent]
    data: list[AppEvent]
    count: int
    next_cursor: str | None = None


class ModelUpdates(Output):
    model: str
    events: int
    last_event_at: datetime


class Updates(Output):
    """`has_updates` and `has_update` are the same: clients read the one or the other."""

    success: bool = True
    has_updates: bool
    has_update: bool
    pending_events: int
    last_event_id: UUID | None
    last_event_at: datetime | None
    summary: list[ModelUpdates]


# ── how it goes ────────────────────────────────────────────────────────────────────────────────


class ReceiverOut(Output):
    """One connection as a receiver of events.

    `pull_error`: why the addon's events could not be fetched the last time, and what to do; null
    where that went well or nothing is fetched.
    """

    connection_id: UUID
    connection: str
    connector: str
    is_active: bool
    secrets: int
    addresses: int
    last_event_at: datetime | None
    events_24h: int
    pull_error: str | None = None


class WebhookStatus(Output):
    """`backlog` are events that wait for their turn, `oldest_seconds` the age of the first."""

    status: str
    push_address: str
    signed_address: str
    receivers: list[ReceiverOut]
    backlog: int
    oldest_seconds: float | None
    dead: int


class HourOut(Output):
    hour: datetime
    received: int
    duplicates: int
    rejected: int
    applied: int
    removed: int
    hinted: int
    echoes: int
    retried: int
    dead: int
    mean_lag_ms: float | None
    max_lag_ms: int


class Statistics(Output):
    """Figures by hour, UTC, newest first; `total` is their sum."""

    since: datetime
    total: HourOut
    hours: list[HourOut]


class DeadReason(Output):
    fault: Fault
    reason: str
    events: int
    oldest: datetime


class DeadLetterStats(Output):
    """`total` are all that wait for a decision; `reasons` the commonest twenty."""

    total: int
    of_source: int
    of_ours: int
    oldest: datetime | None
    reasons: list[DeadReason]


class DeadLetterRetryIn(Input):
    event_id: UUID


class ManyIn(Input):
    """Which dead letters: by id, or all of a connection, model or fault; `{}` are all of them."""

    event_ids: Annotated[list[UUID] | None, Field(max_length=1_000)] = None
    connection_id: UUID | None = None
    model: Annotated[str | None, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = None
    fault: Fault | None = None


class Many(Output):
    """How many were changed. Those that were no dead letters any more are not counted."""

    success: bool = True
    events: int
