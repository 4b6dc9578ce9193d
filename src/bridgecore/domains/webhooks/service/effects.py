"""What events lead to in the lake: content that is whole and trusted is stored, deletes of signed
senders are exact, everything else is a hint after which the record is read at its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change, Hint
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import ConnectionRef, DeleteReason
from bridgecore.domains.usage import service as usage
from bridgecore.domains.webhooks.models import WebhookEvent
from bridgecore.domains.webhooks.schemas import Operation, Outcome, Trust

Fields = frozenset[str]
_values = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


class Effect(NamedTuple):
    """What came of an event. `unusable`: why its content can't be kept, None where it can."""

    outcome: Outcome
    unusable: str | None = None


class _Record(NamedTuple):
    model: str
    key: str


async def carry_out(
    session: AsyncSession, connection: ConnectionRef, events: Sequence[WebhookEvent]
) -> dict[UUID, Effect]:
    """Bring the lake up to what events of one connection tell. By event: what came of it.

    Of several events of a record the last one counts, and tells the outcome of all.
    """
    last: dict[_Record, WebhookEvent] = {}
    for event in sorted(events, key=_order):
        last[_Record(event.model, event.record_key)] = event
    effects: dict[_Record, Effect] = {}
    hints: list[Hint] = []
    removed: dict[str, list[WebhookEvent]] = {}
    whole: dict[str, list[WebhookEvent]] = {}
    for record, event in last.items():
        if event.trust == Trust.SIGNED and event.operation == Operation.UNLINK:
            removed.setdefault(record.model, []).append(event)
        elif _is_whole(event):
            whole.setdefault(record.model, []).append(event)
        else:
            hints.append(_hint(event))
            effects[record] = Effect(Outcome.HINTED)
    fields = await _fields_held(session, connection, whole) if whole else {}
    room = await usage.room_left(session, connection.tenant_id) if whole else None
    admit = room is None or room > 0
    for model, found in whole.items():
        applied = await _apply(session, connection, model, found, fields.get(model), admit=admit)
        effects.update(applied)
        # what is not stored is read at its source
        hints += [
            _hint(event)
            for event in found
            if applied[_Record(model, event.record_key)].outcome is not Outcome.APPLIED
        ]
    for model, found in removed.items():
        await lake.remove(
            session,
            connection,
            model,
            [event.record_key for event in found],
            DeleteReason.DELETED,
            # by our clock: what was read before this arrived is older, whatever the sender's says
            observed_at=max(event.received_at for event in found),
        )
        effects.update((_Record(model, each.record_key), Effect(Outcome.REMOVED)) for each in found)
    if hints:
        await lake.note_hints(session, connection, hints)
    return {event.id: effects[_Record(event.model, event.record_key)] for event in events}


async def _apply(
    session: AsyncSession,
    connection: ConnectionRef,
    model: str,
    events: Sequence[WebhookEvent],
    fields: Fields | None,
    *,
    admit: bool,
) -> dict[_Record, Effect]:
    effects: dict[_Record, Effect] = {}
    changes: list[Change] = []
    for event in events:
        change = None if fields is None else _change(event, fields)
        effects[_Record(model, event.record_key)] = Effect(Outcome.HINTED)
        if change is not None:
            changes.append(change)
            effects[_Record(model, event.record_key)] = Effect(Outcome.APPLIED)
    if not changes:
        return effects
    applied = await lake.apply(
        session,
        connection,
        model,
        changes,
        # the oldest, so that none of them passes for newer than it is
        observed_at=min(_when(event) for event in events),
        admit=admit,
    )
    for aside in applied.set_aside:
        effects[_Record(model, aside.key)] = Effect(Outcome.HINTED, aside.reason)
    for key in applied.left_out:
        effects[_Record(model, key)] = Effect(Outcome.HINTED, "There is no room for it.")
    if applied.stale:
        # which of them were too old is not told; the source knows what is true of all
        for change in changes:
            record = _Record(model, change.key)
            effects[record] = Effect(Outcome.HINTED, effects[record].unusable)
    return effects


async def _fields_held(
    session: AsyncSession, connection: ConnectionRef, models: Iterable[str]
) -> Mapping[str, Fields]:
    """By model: the fields that the lake keeps of its records, as the latest of them shows."""
    found: dict[str, Fields] = {}
    wanted = set(models)
    states = await lake.entities(session, connection.tenant_id, connection_id=connection.id)
    for state in states:
        if state.entity not in wanted or not state.version:
            continue
        latest = await lake.read_changes(
            session,
            connection.tenant_id,
            state.version - 1,
            limit=1,
            entities=[state.entity],
            connection_id=connection.id,
        )
        # an entity that was taken out of the plan is not copied, though its tombstones are held
        if latest and latest[0].delete_reason != DeleteReason.NOT_SELECTED:
            found[state.entity] = frozenset(latest[0].values())
    return found


def _change(event: WebhookEvent, fields: Fields) -> Change | None:
    """The record as the lake keeps it; None where the event lacks one of its fields."""
    try:
        values = _values.decode((event.payload or "").encode())
    except msgspec.MsgspecError:
        return None
    if "id" in fields and "id" not in values and event.record_key.isdigit():
        values["id"] = msgspec.Raw(event.record_key.encode())
    if not fields or not fields <= values.keys():
        return None
    changed = _moment(values.get("write_date"))
    if changed is None:
        # without the source's own time nobody can tell which of two states is the newer one
        return None
    active = values.get("active")
    return Change(
        key=event.record_key,
        data=_encode({name: values[name] for name in sorted(fields)}),
        changed_at=changed,
        is_active=active is None or bytes(active) != b"false",
        created_at=_moment(values.get("create_date")),
    )


def _moment(raw: msgspec.Raw | None) -> datetime | None:
    """A time as Odoo writes it, UTC without a zone."""
    if raw is None:
        return None
    try:
        found = datetime.fromisoformat(msgspec.json.decode(raw, type=str))
    except (msgspec.MsgspecError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _is_whole(event: WebhookEvent) -> bool:
    return (
        event.trust == Trust.SIGNED
        and event.payload is not None
        and event.occurred_at is not None
        and event.payload.startswith("{")
    )


def _hint(event: WebhookEvent) -> Hint:
    return Hint(event.model, event.record_key, deleted=event.operation == Operation.UNLINK)


def _when(event: WebhookEvent) -> datetime:
    """When the sender saw it. A clock that runs ahead must not outlive what is read later."""
    return min(event.occurred_at or event.received_at, event.received_at)


def _order(event: WebhookEvent) -> tuple[datetime, UUID]:
    return _when(event), event.id
