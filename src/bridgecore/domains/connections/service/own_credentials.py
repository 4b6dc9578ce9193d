"""The login a person uses in their company's Odoo instead of the connection's own."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import repository
from bridgecore.domains.connections.errors import (
    ConnectionMissing,
    ConnectionNotFound,
    NotAPerson,
)
from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.domains.connections.schemas import MyCredentialsIn, MyCredentialsOut
from bridgecore.domains.connections.service import secrets
from bridgecore.domains.connections.service.configuration import ODOO
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow


async def own_credentials(
    session: AsyncSession, actor: Actor, connection_id: UUID | None = None
) -> MyCredentialsOut:
    """For the primary Odoo unless named. Raises NotAPerson, ConnectionMissing,
    ConnectionNotFound."""
    tenant_id, membership_id = _person(actor)
    connection = await _odoo(session, tenant_id, connection_id)
    own = await repository.credential(session, tenant_id, membership_id, connection.id)
    return _out(connection, own)


async def set_own_credentials(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    wanted: MyCredentialsIn,
    connection_id: UUID | None = None,
) -> MyCredentialsOut:
    """Raises NotAPerson, ConnectionMissing, ConnectionNotFound."""
    tenant_id, membership_id = _person(actor)
    await tenancy.touch(session, resources, tenant_id)
    connection = await _odoo(session, tenant_id, connection_id)
    own = await repository.credential(session, tenant_id, membership_id, connection.id, lock=True)
    before = own.username if own is not None else None
    if own is None:
        own = MemberCredential(
            tenant_id=tenant_id, membership_id=membership_id, connection_id=connection.id
        )
        session.add(own)
    own.username = wanted.username
    own.secret = await secrets.seal_own(resources.cipher, own, wanted.password.get_secret_value())
    own.updated_at = utcnow()
    await session.flush()
    await audit.record(
        session,
        actor,
        "credentials.set",
        target_type="connection",
        target_id=connection.id,
        changes={"username": [before, wanted.username]},
    )
    return _out(connection, own)


async def remove_own_credentials(
    session: AsyncSession, resources: Resources, actor: Actor, connection_id: UUID | None = None
) -> None:
    """The connection's own login is used again. Raises NotAPerson, ConnectionMissing,
    ConnectionNotFound."""
    tenant_id, membership_id = _person(actor)
    await tenancy.touch(session, resources, tenant_id)
    connection = await _odoo(session, tenant_id, connection_id)
    gone = await repository.forget_credentials(
        session, tenant_id, membership_id=membership_id, connection_id=connection.id
    )
    if not gone:
        return
    await audit.record(
        session,
        actor,
        "credentials.removed",
        target_type="connection",
        target_id=connection.id,
    )


def _person(actor: Actor) -> tuple[UUID, UUID]:
    if actor.kind is not ActorKind.MEMBER or not actor.tenant_id or not actor.membership_id:
        raise NotAPerson
    return actor.tenant_id, actor.membership_id


async def _odoo(session: AsyncSession, tenant_id: UUID, connection_id: UUID | None) -> Connection:
    if connection_id is None:
        primary = await repository.primary(session, tenant_id, ODOO)
        if primary is None:
            raise ConnectionMissing
        return primary
    connection = await repository.connection(session, tenant_id, connection_id)
    if connection is None or connection.connector != ODOO:
        raise ConnectionNotFound
    return connection


def _out(connection: Connection, own: MemberCredential | None) -> MyCredentialsOut:
    return MyCredentialsOut(
        connection_id=connection.id,
        connection_name=connection.name,
        is_set=own is not None,
        username=own.username if own is not None else None,
        updated_at=own.updated_at if own is not None else None,
    )


async def forget_members(session: AsyncSession, members: Iterable[tuple[UUID, UUID]]) -> None:
    """Delete the credentials of people who left: pairs of tenant and membership."""
    for tenant_id, membership_id in members:
        await repository.forget_credentials(session, tenant_id, membership_id=membership_id)
