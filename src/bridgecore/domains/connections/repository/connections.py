"""Queries of connections and members' credentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.domains.connections.schemas import ConnectionFilter


async def connection(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, *, lock: bool = False
) -> Connection | None:
    query = select(Connection).where(
        Connection.tenant_id == tenant_id, Connection.id == connection_id
    )
    if lock:
        query = query.with_for_update()
    found: Connection | None = await session.scalar(query)
    return found


async def primary(
    session: AsyncSession, tenant_id: UUID, connector: str, *, lock: bool = False
) -> Connection | None:
    query = select(Connection).where(
        Connection.tenant_id == tenant_id,
        Connection.connector == connector,
        Connection.is_primary,
    )
    if lock:
        query = query.with_for_update()
    found: Connection | None = await session.scalar(query)
    return found


async def primaries(
    session: AsyncSession, tenant_ids: Sequence[UUID], connector: str
) -> dict[UUID, Connection]:
    """The primary connection of each tenant that has one."""
    rows = await session.scalars(
        select(Connection).where(
            Connection.tenant_id.in_(tenant_ids),
            Connection.connector == connector,
            Connection.is_primary,
        )
    )
    return {row.tenant_id: row for row in rows}


async def name_taken(
    session: AsyncSession, tenant_id: UUID, name: str, *, besides: UUID | None = None
) -> bool:
    query = select(Connection.id).where(
        Connection.tenant_id == tenant_id, func.lower(Connection.name) == func.lower(name)
    )
    if besides is not None:
        query = query.where(Connection.id != besides)
    return bool(await session.scalar(query))


async def demote(session: AsyncSession, tenant_id: UUID, connector: str) -> None:
    """Leave the tenant without a primary connection of this kind, before another becomes it."""
    await session.execute(
        update(Connection)
        .where(
            Connection.tenant_id == tenant_id,
            Connection.connector == connector,
            Connection.is_primary,
        )
        .values(is_primary=False)
    )


async def page(
    session: AsyncSession, wanted: ConnectionFilter, skip: int, limit: int
) -> tuple[Sequence[Connection], int]:
    """One page, oldest first, and how many match in all."""
    rows = await session.scalars(
        _filtered(select(Connection), wanted)
        .order_by(Connection.created_at, Connection.id)
        .offset(skip)
        .limit(limit)
    )
    total = await session.scalar(_filtered(select(func.count(Connection.id)), wanted))
    return rows.all(), total or 0


def _filtered(
    query: Select[*tuple[Any, ...]], wanted: ConnectionFilter
) -> Select[*tuple[Any, ...]]:
    if wanted.tenant_id is not None:
        query = query.where(Connection.tenant_id == wanted.tenant_id)
    if wanted.connector is not None:
        query = query.where(Connection.connector == wanted.connector)
    if wanted.status is not None:
        query = query.where(Connection.status == wanted.status)
    return query


async def target(
    session: AsyncSession,
    tenant_id: UUID,
    connector: str,
    *,
    named: UUID | str | None,
    membership_id: UUID | None,
) -> tuple[Connection, MemberCredential | None] | None:
    """A connection by id, by name or the primary one, with the member's own credentials."""
    query = (
        select(Connection, MemberCredential)
        .outerjoin(
            MemberCredential,
            and_(
                MemberCredential.tenant_id == Connection.tenant_id,
                MemberCredential.connection_id == Connection.id,
                MemberCredential.membership_id == membership_id,
            ),
        )
        .where(Connection.tenant_id == tenant_id, Connection.connector == connector)
    )
    if named is None:
        query = query.where(Connection.is_primary)
    elif isinstance(named, UUID):
        query = query.where(Connection.id == named)
    else:
        query = query.where(func.lower(Connection.name) == func.lower(named))
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row is not None else None


async def credential(
    session: AsyncSession,
    tenant_id: UUID,
    membership_id: UUID,
    connection_id: UUID,
    *,
    lock: bool = False,
) -> MemberCredential | None:
    query = select(MemberCredential).where(
        MemberCredential.tenant_id == tenant_id,
        MemberCredential.membership_id == membership_id,
        MemberCredential.connection_id == connection_id,
    )
    if lock:
        query = query.with_for_update()
    found: MemberCredential | None = await session.scalar(query)
    return found


async def forget_credentials(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    membership_id: UUID | None = None,
    connection_id: UUID | None = None,
) -> int:
    """Delete the credentials of one person or for one connection. Returns how many went."""
    query = delete(MemberCredential).where(MemberCredential.tenant_id == tenant_id)
    if membership_id is not None:
        query = query.where(MemberCredential.membership_id == membership_id)
    if connection_id is not None:
        query = query.where(MemberCredential.connection_id == connection_id)
    result = await session.execute(query)
    return int(getattr(result, "rowcount", 0))


async def forget_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """Delete everything of a tenant. Its members' credentials go with the connections."""
    await session.execute(delete(Connection).where(Connection.tenant_id == tenant_id))


async def sealed_connections(
    session: AsyncSession, after: UUID | None, limit: int
) -> Sequence[Connection]:
    """Connections that hold a secret, by id, those behind `after`; locked."""
    query = select(Connection).where(Connection.secret.is_not(None))
    if after is not None:
        query = query.where(Connection.id > after)
    return (
        await session.scalars(query.order_by(Connection.id).limit(limit).with_for_update())
    ).all()


async def sealed_credentials(
    session: AsyncSession, after: UUID | None, limit: int
) -> Sequence[MemberCredential]:
    """Members' credentials, by id, those behind `after`; locked."""
    query = select(MemberCredential)
    if after is not None:
        query = query.where(MemberCredential.id > after)
    return (
        await session.scalars(query.order_by(MemberCredential.id).limit(limit).with_for_update())
    ).all()
