"""Ending tokens before their time, on every process at once.

Marks in Redis are read with every call; they are set after the commit, and again from the outbox
by a consumer, in case this process died or Redis was away in between. A mark lives as long as
the longest token it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity import events
from bridgecore.domains.identity.models import Session
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.tokens import TokenKind
from bridgecore.infra.db import after_commit
from bridgecore.infra.outbox import Event, announce
from bridgecore.infra.ratelimit import not_before_key
from bridgecore.infra.redis import RedisError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

MARGIN = 60  # seconds by which clocks may differ
KEY_SECONDS = 3_600  # far longer than a process remembers an API key

log = structlog.get_logger(__name__)


def scope_of(tenant_id: UUID | None, kind: str) -> str:
    """Where marks of a session lie: its tenant, else the kind of token (staff, person)."""
    return str(tenant_id) if tenant_id is not None else kind


def mark_seconds(resources: Resources, kind: str) -> int:
    """How long a mark against tokens of a session of this kind has to live."""
    token = TokenKind.STAFF if kind == TokenKind.STAFF else TokenKind.TENANT
    return parts_of(resources).signer.lifetime(token) + MARGIN


async def sessions_ended(
    session: AsyncSession, resources: Resources, ended: Iterable[Session], reason: str
) -> None:
    """Announce sessions that were ended in this transaction; their tokens end with its commit."""
    for row in ended:
        seconds = mark_seconds(resources, row.kind)
        live = row.last_used_at > utcnow() - timedelta(seconds=seconds)
        payload = {
            "session_id": str(row.id),
            "user_id": str(row.user_id),
            "kind": row.kind,
            "reason": reason,
            "scope": scope_of(row.tenant_id, row.kind),
            "seconds": seconds if live else 0,
        }
        await announce(session, events.SESSION_ENDED, payload, tenant_id=row.tenant_id)
        _soon(session, resources, events.SESSION_ENDED, payload)


async def tokens_before(
    session: AsyncSession,
    resources: Resources,
    kind: str,
    payload: dict[str, Any],
    *,
    tenant_id: UUID | None,
    scope: str,
    subject: UUID,
    instant: float,
    token: str = TokenKind.TENANT,
) -> None:
    """Announce an event `kind` that ends what `subject` was issued before `instant`.

    `subject` is a membership of the tenant `scope`, or a user of `staff`. Take `instant` while
    the subject's row is locked: whoever issues tokens holds that lock too.
    """
    payload |= {
        "scope": scope,
        "subject": str(subject),
        "instant": instant,
        "seconds": mark_seconds(resources, token),
    }
    await announce(session, kind, payload, tenant_id=tenant_id)
    _soon(session, resources, kind, payload)


async def key_revoked(
    session: AsyncSession, resources: Resources, tenant_id: UUID, key_id: UUID
) -> None:
    """Announce that an API key was revoked in this transaction."""
    payload = {
        "api_key_id": str(key_id),
        "session_id": str(key_id),
        "scope": str(tenant_id),
        "seconds": KEY_SECONDS,
    }
    await announce(session, events.API_KEY_REVOKED, payload, tenant_id=tenant_id)
    _soon(session, resources, events.API_KEY_REVOKED, payload)


MARKING = frozenset(
    {
        events.SESSION_ENDED,
        events.API_KEY_REVOKED,
        events.MEMBER_CHANGED,
        events.MEMBER_REMOVED,
        events.USER_CHANGED,
    }
)


async def set_marks(resources: Resources, announced: Sequence[Event]) -> None:
    """Set the marks of announced events where they are missing. Raises RedisError.

    A later mark on the same subject is never put back to an earlier one.
    """
    for event in announced:
        payload = event.payload
        passed = (utcnow() - event.occurred_at).total_seconds()
        left = int(payload.get("seconds", 0) - passed)
        if left <= 0:
            continue
        if "instant" in payload:
            held = await resources.redis.redis.get(
                not_before_key(payload["scope"], payload["subject"])
            )
            if held is not None and float(held) >= payload["instant"]:
                continue
        await _mark(resources, {**payload, "seconds": left})


def _soon(session: AsyncSession, resources: Resources, kind: str, payload: dict[str, Any]) -> None:
    async def tell() -> None:
        try:
            await _mark(resources, payload)
        except (RedisError, OSError) as error:
            log.warning("revocation_delayed", kind=kind, reason=type(error).__name__)

    after_commit(session, tell)


async def _mark(resources: Resources, payload: dict[str, Any]) -> None:
    seconds = payload.get("seconds", 0)
    if not seconds:
        return
    if "instant" in payload:
        await resources.admission.end_before(
            payload["scope"], payload["subject"], instant=payload["instant"], seconds=seconds
        )
    else:
        await resources.admission.end_session(
            payload["scope"], payload["session_id"], seconds=seconds
        )
