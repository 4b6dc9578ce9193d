"""What senders prove themselves with, and whom a request comes from before a tenant is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.webhooks.models import WebhookAddress, WebhookSecret

Credential = TypeVar("Credential", WebhookSecret, WebhookAddress)


async def receiver(session: AsyncSession, connection_id: UUID) -> Row[Any] | None:
    """A connection as a receiver: its tenant, whether it may receive, its sealed secrets."""
    found = await session.execute(
        text("SELECT * FROM webhook_receiver(:wanted)"), {"wanted": connection_id}
    )
    return found.one_or_none()


async def address(session: AsyncSession, hashed: bytes) -> Row[Any] | None:
    """Where an unguessable address leads; None for one unknown, expired or revoked."""
    found = await session.execute(
        text("SELECT * FROM webhook_address(:wanted)"), {"wanted": hashed}
    )
    return found.one_or_none()


async def only_connection(session: AsyncSession) -> UUID | None:
    """The primary Odoo connection of an installation with exactly one tenant."""
    found: UUID | None = await session.scalar(text("SELECT * FROM webhook_only_connection()"))
    return found


async def listed(
    session: AsyncSession,
    kind: type[Credential],
    tenant_id: UUID,
    connection_id: UUID | None,
    skip: int,
    limit: int,
) -> tuple[Sequence[Credential], int]:
    """Credentials newest first, revoked ones too, and how many there are."""
    wanted = [kind.tenant_id == tenant_id]
    if connection_id is not None:
        wanted.append(kind.connection_id == connection_id)
    rows = await session.scalars(
        select(kind).where(*wanted).order_by(kind.id.desc()).offset(skip).limit(limit)
    )
    total = await session.scalar(select(func.count(kind.id)).where(*wanted))
    return rows.all(), total or 0


async def valid(
    session: AsyncSession, kind: type[Credential], tenant_id: UUID, connection_id: UUID
) -> Sequence[Credential]:
    """Credentials of a connection that open now, newest first."""
    rows = await session.scalars(
        select(kind)
        .where(
            kind.tenant_id == tenant_id,
            kind.connection_id == connection_id,
            kind.revoked_at.is_(None),
            or_(kind.expires_at.is_(None), kind.expires_at > func.clock_timestamp()),
        )
        .order_by(kind.id.desc())
    )
    return rows.all()


async def one(
    session: AsyncSession, kind: type[Credential], tenant_id: UUID, credential_id: UUID
) -> Credential | None:
    """A credential, locked to be changed."""
    found: Credential | None = await session.scalar(
        select(kind).where(kind.tenant_id == tenant_id, kind.id == credential_id).with_for_update()
    )
    return found


async def expire_others(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, kept: UUID, at: datetime
) -> int:
    """Let every secret of the connection but `kept` end by `at`. Returns how many."""
    result = await session.execute(
        update(WebhookSecret)
        .where(
            WebhookSecret.tenant_id == tenant_id,
            WebhookSecret.connection_id == connection_id,
            WebhookSecret.id != kept,
            WebhookSecret.revoked_at.is_(None),
            or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > at),
        )
        .values(expires_at=at)
    )
    return int(getattr(result, "rowcount", 0))


async def counts(session: AsyncSession, tenant_id: UUID) -> dict[UUID, tuple[int, int]]:
    """By connection: how many secrets and how many addresses open now."""
    rows = await session.execute(
        text(
            "SELECT connection_id, count(*) FILTER (WHERE kind = 's'),"
            " count(*) FILTER (WHERE kind = 'a') FROM ("
            " SELECT connection_id, 's' AS kind, revoked_at, expires_at FROM webhook_secrets"
            " WHERE tenant_id = :tenant UNION ALL"
            " SELECT connection_id, 'a', revoked_at, expires_at FROM webhook_addresses"
            " WHERE tenant_id = :tenant) AS every WHERE revoked_at IS NULL"
            " AND (expires_at IS NULL OR expires_at > clock_timestamp()) GROUP BY connection_id"
        ),
        {"tenant": tenant_id},
    )
    return {row[0]: (row[1], row[2]) for row in rows.all()}


async def sealed(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[WebhookSecret]:
    """Secrets by id, those behind `after`; locked."""
    query = select(WebhookSecret)
    if after is not None:
        query = query.where(WebhookSecret.id > after)
    return (
        await session.scalars(query.order_by(WebhookSecret.id).limit(limit).with_for_update())
    ).all()
