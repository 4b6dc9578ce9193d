"""Writing the trail, and the marks by which a route says what it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import repository
from bridgecore.domains.audit.models import AuditEntry
from bridgecore.domains.audit.schemas import AuditEntryOut, AuditFilter
from bridgecore.infra.auth import Actor
from bridgecore.infra.telemetry import client_address, correlation_id, redact
from bridgecore.infra.web import Feed
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_AUDITED = "__audited__"
_UNAUDITED = "__unaudited__"
_CURSOR = "audit"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def audited(*actions: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route as writing these audit actions. A test walks the routes for the marks."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _AUDITED, actions)
        return endpoint

    return mark


def unaudited(reason: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route that changes nothing a trail would keep, and say why."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _UNAUDITED, reason)
        return endpoint

    return mark


def audit_mark(endpoint: Callable[..., Any]) -> tuple[str, ...] | str | None:
    """The actions a route writes, the reason it writes none, or None when it does not say."""
    mark: tuple[str, ...] | str | None = getattr(endpoint, _AUDITED, None) or getattr(
        endpoint, _UNAUDITED, None
    )
    return mark


async def record(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    *,
    target_type: str,
    target_id: object,
    tenant_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write one entry in the transaction of the change itself. `actor` None is the system.

    `tenant_id` is the tenant concerned; of a member's own action it is theirs.
    """
    session.add(
        AuditEntry(
            tenant_id=tenant_id or (actor.tenant_id if actor else None),
            actor_kind=actor.kind.value if actor else "system",
            actor_id=actor.id if actor else None,
            actor_email=actor.email if actor else "",
            action=action,
            target_type=target_type,
            target_id=str(target_id),
            changes=redact(dict(changes or {})),
            reason=reason,
            correlation_id=correlation_id.get(),
            client_address=client_address.get(),
        )
    )
    await session.flush()


async def trail(
    session: AsyncSession, wanted: AuditFilter, cursor: str | None, limit: int
) -> Feed[AuditEntryOut]:
    """Entries newest first. Raises InvalidCursor."""
    after = None
    if cursor is not None:
        moment, entry_id = decode_cursor(_CURSOR, cursor, [datetime, UUID])
        after = (moment, entry_id)
    rows = await repository.page(session, wanted, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Feed(
        items=[AuditEntryOut.model_validate(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_CURSOR, [last.occurred_at, last.id]) if last else None,
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """`{field: [before, after]}` of what differs, ready for `changes`."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }
