"""Dead letters: seen, processed again, given up."""

from __future__ import annotations

from uuid import UUID

import msgspec
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import service as connections
from bridgecore.domains.webhooks.errors import EventNotFound, NotDead
from bridgecore.domains.webhooks.events import EVENTS_DISCARDED, EVENTS_RETRIED
from bridgecore.domains.webhooks.models import WebhookEvent
from bridgecore.domains.webhooks.repository import events
from bridgecore.domains.webhooks.repository.intake import notify
from bridgecore.domains.webhooks.schemas import EventOut, Fault, ManyIn, StaffEventOut
from bridgecore.infra.auth import Actor
from bridgecore.infra.web import Feed
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "webhook_dead_letters"
MOST_AT_ONCE = 10_000


async def listed(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    model: str | None = None,
    connection_id: UUID | None = None,
    fault: Fault | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Feed[EventOut]:
    """Dead letters of a tenant, newest first. Raises InvalidCursor."""
    rows, following = await _page(session, tenant_id, model, connection_id, fault, cursor, limit)
    return Feed(items=[event_out(row) for row in rows], next_cursor=following)


async def listed_for_staff(
    session: AsyncSession,
    tenant_id: UUID | None,
    *,
    fault: Fault | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Feed[StaffEventOut]:
    """Dead letters of every tenant, newest first, without content. Raises InvalidCursor."""
    rows, following = await _page(session, tenant_id, None, None, fault, cursor, limit)
    return Feed(
        items=[
            StaffEventOut(
                **event_out(row, with_payload=False).model_dump(), tenant_id=row.tenant_id
            )
            for row in rows
        ],
        next_cursor=following,
    )


async def _page(
    session: AsyncSession,
    tenant_id: UUID | None,
    model: str | None,
    connection_id: UUID | None,
    fault: Fault | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[WebhookEvent], str | None]:
    before = None if cursor is None else decode_cursor(_CURSOR, cursor, [UUID])[0]
    rows = await events.page(
        session,
        tenant_id,
        status="dead",
        model=model,
        connection_id=connection_id,
        fault=fault,
        before=before,
        limit=limit + 1,
    )
    more = len(rows) > limit
    return list(rows[:limit]), encode_cursor(_CURSOR, [rows[limit - 1].id]) if more else None


async def retry_one(session: AsyncSession, actor: Actor, event_id: UUID) -> int:
    """Raises EventNotFound, NotDead."""
    assert actor.tenant_id is not None
    found = await events.one(session, actor.tenant_id, event_id)
    if found is None:
        raise EventNotFound
    count = await retry(session, actor, ManyIn(event_ids=[event_id]))
    if not count:
        raise NotDead
    return count


async def retry(session: AsyncSession, actor: Actor, wanted: ManyIn) -> int:
    """Put dead letters back in line, at most MOST_AT_ONCE of them. Returns how many.

    Raises ConnectionNotFound. Staff's are those of every tenant, a member's those of their own.
    """
    await _check(session, actor, wanted)
    count = await events.retry(session, actor.tenant_id, wanted, MOST_AT_ONCE)
    await _audit(session, actor, EVENTS_RETRIED, wanted, count)
    await notify(session)
    return count


async def discard(session: AsyncSession, actor: Actor, wanted: ManyIn) -> int:
    """Give dead letters up, at most MOST_AT_ONCE of them. Returns how many.

    Raises ConnectionNotFound.
    """
    assert actor.tenant_id is not None
    await _check(session, actor, wanted)
    count = await events.discard(session, actor.tenant_id, wanted, MOST_AT_ONCE)
    await _audit(session, actor, EVENTS_DISCARDED, wanted, count)
    return count


async def _check(session: AsyncSession, actor: Actor, wanted: ManyIn) -> None:
    if wanted.connection_id is not None and actor.tenant_id is not None:
        await connections.get_connection(session, actor.tenant_id, wanted.connection_id)


async def _audit(
    session: AsyncSession, actor: Actor, action: str, wanted: ManyIn, count: int
) -> None:
    one = wanted.event_ids[0] if wanted.event_ids and len(wanted.event_ids) == 1 else ""
    await audit.record(
        session,
        actor,
        action,
        target_type="webhook_events",
        target_id=one,
        changes={"events": count, **wanted.model_dump(mode="json", exclude_none=True)},
    )


def event_out(row: WebhookEvent, *, with_payload: bool = True) -> EventOut:
    """A row as people see it. Content that is no JSON, or not to be shown, is null."""
    return EventOut.model_validate(
        {
            **{name: getattr(row, name) for name in EventOut.model_fields if name != "payload"},
            "payload": content(row) if with_payload else None,
        }
    )


def content(row: WebhookEvent) -> object:
    """What the sender wrote, decoded; None where it wrote nothing that can be."""
    try:
        return None if row.payload is None else orjson.loads(row.payload)
    except (orjson.JSONDecodeError, msgspec.MsgspecError):
        return None
