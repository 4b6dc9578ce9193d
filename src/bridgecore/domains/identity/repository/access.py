"""Queries of roles and API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import (
    ApiKey,
    Membership,
    OneTimeToken,
    Role,
    Session,
)


class FoundKey(NamedTuple):
    """An API key, found before its tenant is known."""

    id: UUID
    tenant_id: UUID
    name: str
    scopes: list[str]
    weight: int
    expires_at: datetime | None
    revoked_at: datetime | None


async def find_key(session: AsyncSession, hash: bytes) -> FoundKey | None:
    """A key by its hash. Notes, at most once a minute, that it was used."""
    row = (
        await session.execute(text("SELECT * FROM identity_api_key(:hash)"), {"hash": hash})
    ).one_or_none()
    return FoundKey(*row) if row is not None else None


async def key(
    session: AsyncSession, tenant_id: UUID, key_id: UUID, *, lock: bool = False
) -> ApiKey | None:
    query = select(ApiKey).where(ApiKey.tenant_id == tenant_id, ApiKey.id == key_id)
    if lock:
        query = query.with_for_update()
    found: ApiKey | None = await session.scalar(query)
    return found


async def keys(
    session: AsyncSession, tenant_id: UUID, skip: int, limit: int, *, with_revoked: bool
) -> tuple[Sequence[ApiKey], int]:
    query = select(ApiKey).where(ApiKey.tenant_id == tenant_id)
    if not with_revoked:
        query = query.where(ApiKey.revoked_at.is_(None))
    rows = await session.scalars(
        query.order_by(ApiKey.created_at.desc(), ApiKey.id).offset(skip).limit(limit)
    )
    total = await session.scalar(query.with_only_columns(func.count(ApiKey.id)).order_by(None))
    return rows.all(), total or 0


async def keys_of_member(
    session: AsyncSession, tenant_id: UUID, membership_id: UUID
) -> Sequence[ApiKey]:
    """Keys a member made that still work, locked."""
    return (
        await session.scalars(
            select(ApiKey)
            .where(
                ApiKey.tenant_id == tenant_id,
                ApiKey.membership_id == membership_id,
                ApiKey.revoked_at.is_(None),
            )
            .with_for_update()
        )
    ).all()


async def role(
    session: AsyncSession, tenant_id: UUID, code: str, *, lock: bool = False
) -> Role | None:
    query = select(Role).where(Role.tenant_id == tenant_id, Role.code == code)
    if lock:
        query = query.with_for_update()
    found: Role | None = await session.scalar(query)
    return found


async def roles(session: AsyncSession, tenant_id: UUID) -> Sequence[Role]:
    return (
        await session.scalars(select(Role).where(Role.tenant_id == tenant_id).order_by(Role.code))
    ).all()


async def role_in_use(session: AsyncSession, tenant_id: UUID, code: str) -> bool:
    return bool(
        await session.scalar(
            select(exists().where(Membership.tenant_id == tenant_id, Membership.role == code))
        )
    )


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete every row of these tenants. Needs a platform session."""
    for table in (OneTimeToken, Session, ApiKey, Role, Membership):
        await session.execute(delete(table).where(table.tenant_id.in_(tenant_ids)))
