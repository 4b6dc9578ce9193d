"""What apps ask: is there anything new, and what was it.

Events tell an app what to read; the records themselves it reads under its own rights. So the
content that senders wrote is shown only to whoever may see webhooks.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.webhooks.errors import EventNotFound
from bridgecore.domains.webhooks.models import WebhookEvent
from bridgecore.domains.webhooks.repository import events
from bridgecore.domains.webhooks.schemas import (
    AppEvent,
    AppEvents,
    EventOut,
    EventStatus,
    ModelUpdates,
    Operation,
    Updates,
)
from bridgecore.domains.webhooks.service.dead_letters import content, event_out
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "webhook_events"
MOST_COUNTED = 1_000
FIRST_LOOK = timedelta(hours=24)
# an answer that was lost on its way is asked for again within this time, and is the same then
REPEAT_SECONDS = 60
REMEMBERED_SECONDS = 30 * 86_400
# an event that is being stored meanwhile may come to lie before one that was told
OVERLAP = timedelta(seconds=2)
SEE_CONTENT = "webhooks:read"


class _Mark(msgspec.Struct, array_like=True):
    """What a device has been told: all up to `told`; before that, at `at`, all up to `before`."""

    before: str
    told: str
    at: float


async def updates(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    *,
    device: str | None,
    since: str | None,
) -> Updates:
    """What is new since a moment or an event, or since this device asked last.

    A device that asks for the first time, or without a name, is told of the last 24 hours.
    Raises ValidationFailed for a `since` that is neither.
    """
    assert actor.tenant_id is not None
    earliest = events.first_id(datetime.now(UTC) - FIRST_LOOK)
    key = None
    mark: _Mark | None = None
    if since is not None:
        after = position(since)
    elif device is not None:
        key = _key(actor, device)
        mark = await _mark(resources, key)
        after = earliest if mark is None else max(UUID(_answered(mark)), earliest)
    else:
        after = earliest
    rows = await events.updates(
        session, actor.tenant_id, after, await _models(session, actor.tenant_id), MOST_COUNTED
    )
    latest = max((UUID(row.last_event_id) for row in rows), default=None)
    if key is not None:
        settled = events.first_id(datetime.now(UTC) - OVERLAP)
        told = max(after, min(latest or after, settled))
        await _remember(resources, key, mark, after, told)
    count = sum(row.events for row in rows)
    return Updates(
        has_updates=count > 0,
        has_update=count > 0,
        pending_events=count,
        last_event_id=latest,
        last_event_at=max((row.last_event_at for row in rows), default=None),
        summary=[
            ModelUpdates(model=row.model, events=row.events, last_event_at=row.last_event_at)
            for row in rows
        ],
    )


async def listed(
    session: AsyncSession,
    actor: Actor,
    *,
    model: str | None,
    operation: str | None,
    status: str | None,
    since: str | None,
    connection_id: UUID | None,
    cursor: str | None,
    offset: int,
    limit: int,
) -> AppEvents:
    """Events newest first. Raises InvalidCursor, ValidationFailed."""
    assert actor.tenant_id is not None
    before = None if cursor is None else decode_cursor(_CURSOR, cursor, [UUID])[0]
    known = {*EventStatus} if status is not None else set()
    wanted = next((each for each in Operation if each == operation), None)
    if (operation is not None and wanted is None) or (status is not None and status not in known):
        # words of other servers: nothing here is called so
        return AppEvents(events=[], data=[], count=0)
    rows = await events.page(
        session,
        actor.tenant_id,
        model=model,
        operation=wanted,
        status=status,
        connection_id=connection_id,
        models=await _models(session, actor.tenant_id),
        after=None if since is None else position(since),
        before=before,
        offset=offset,
        limit=limit + 1,
    )
    shown = [_app_event(row, with_content=actor.may(SEE_CONTENT)) for row in rows[:limit]]
    more = len(rows) > limit
    return AppEvents(
        events=shown,
        data=shown,
        count=len(shown),
        next_cursor=encode_cursor(_CURSOR, [rows[limit - 1].id]) if more else None,
    )


async def one(session: AsyncSession, actor: Actor, event_id: UUID) -> EventOut:
    """Raises EventNotFound."""
    assert actor.tenant_id is not None
    row = await events.one(session, actor.tenant_id, event_id)
    if row is None:
        raise EventNotFound
    return event_out(row)


def position(since: str) -> UUID:
    """Where a list goes on: behind an event, or from a moment, which is UTC without a zone.

    Raises ValidationFailed.
    """
    try:
        return UUID(since)
    except ValueError:
        pass
    try:
        # a `+` in a query that was not encoded has become a space
        moment = datetime.fromisoformat(since.strip().replace(" ", "+") if "T" in since else since)
    except ValueError:
        entry = {
            "pointer": "/query/since",
            "code": "value_error",
            "detail": "is neither an event's id nor a moment such as 2026-07-01T12:00:00Z",
        }
        raise ValidationFailed(f"/query/since: {entry['detail']}", errors=[entry]) from None
    if moment.year < 2000:
        moment = datetime(2000, 1, 1, tzinfo=UTC)
    if moment.year > 2199:
        moment = datetime(2200, 1, 1, tzinfo=UTC)
    return events.first_id(moment.replace(tzinfo=moment.tzinfo or UTC))


async def _models(session: AsyncSession, tenant_id: UUID) -> Sequence[str] | None:
    """The models the tenant may see; None for all."""
    return (await tenancy.get_tenant(session, tenant_id)).allowed_models


def _app_event(row: WebhookEvent, *, with_content: bool) -> AppEvent:
    record_id: int | str = int(row.record_key) if row.record_key.isdecimal() else row.record_key
    data: dict[str, Any] = {"id": record_id}
    if row.changed_fields is not None:
        data["changed_fields"] = row.changed_fields
    if with_content:
        found = content(row)
        if isinstance(found, dict):
            data |= found
    return AppEvent(
        id=row.id,
        connection_id=row.connection_id,
        event_type=Operation(row.operation),
        event=Operation(row.operation),
        model=row.model,
        record_id=record_id,
        data=data,
        payload=data,
        status=EventStatus(row.status),
        created_at=row.received_at,
        occurred_at=row.occurred_at or row.received_at,
    )


# ── what a device was told ─────────────────────────────────────────────────────────────────────


def _key(actor: Actor, device: str) -> str:
    named = hashlib.sha256(f"{actor.id}\x00{device}".encode(errors="replace")).hexdigest()[:32]
    return f"webhooks:told:{{{actor.tenant_id}}}:{named}"


def _answered(mark: _Mark) -> str:
    """Where this answer starts: the same as the last one's, if that may have been lost."""
    return mark.before if time.time() - mark.at < REPEAT_SECONDS else mark.told


async def _mark(resources: Resources, key: str) -> _Mark | None:
    try:
        kept: Any = await resources.redis.redis.get(key)
        return None if kept is None else msgspec.msgpack.decode(kept, type=_Mark)
    except (RedisError, OSError, msgspec.MsgspecError):
        # told too much is better than told nothing
        return None


async def _remember(
    resources: Resources, key: str, mark: _Mark | None, after: UUID, latest: UUID
) -> None:
    repeated = mark is not None and time.time() - mark.at < REPEAT_SECONDS
    at = mark.at if mark is not None and repeated else time.time()
    told = msgspec.msgpack.encode(_Mark(str(after), str(latest), at))
    try:
        await resources.redis.redis.set(key, told, ex=REMEMBERED_SECONDS)
    except (RedisError, OSError):
        return
