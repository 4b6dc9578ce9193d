"""Queries of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit.models import AuditEntry
from bridgecore.domains.audit.schemas import AuditFilter


async def page(
    session: AsyncSession,
    wanted: AuditFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[AuditEntry]:
    """Entries newest first, those behind `after`."""
    query = _filtered(wanted)
    if after is not None:
        query = query.where(tuple_(AuditEntry.occurred_at, AuditEntry.id) < after)
    query = query.order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


def _filtered(wanted: AuditFilter) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if wanted.tenant_id is not None:
        query = query.where(AuditEntry.tenant_id == wanted.tenant_id)
    if wanted.actor_id is not None:
        query = query.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.action is not None:
        query = query.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.target_type is not None:
        query = query.where(AuditEntry.target_type == wanted.target_type)
    if wanted.target_id is not None:
        query = query.where(AuditEntry.target_id == wanted.target_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.occurred_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.occurred_at < wanted.until)
    return query
