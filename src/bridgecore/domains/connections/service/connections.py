"""Connections through their life: configured, changed, removed.

Each change begins with `tenancy.touch`: it tells every process to drop what it remembers, and its
lock on the tenant's row puts changes in one order, the same that staff's changes take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import events, repository
from bridgecore.domains.connections.errors import ConnectionNameTaken, ConnectionNotFound
from bridgecore.domains.connections.models import Connection
from bridgecore.domains.connections.schemas import (
    ConnectionChange,
    ConnectionFilter,
    ConnectionIn,
    ConnectionOut,
    ConnectionStatus,
    OdooSettings,
    StaffConnectionOut,
)
from bridgecore.domains.connections.service import secrets
from bridgecore.domains.connections.service.configuration import (
    ODOO,
    Configuration,
    configure,
    connector,
    same_place,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.kit.ids import uuid7

log = structlog.get_logger(__name__)


async def list_connections(
    session: AsyncSession, wanted: ConnectionFilter, skip: int, limit: int
) -> tuple[list[StaffConnectionOut], int]:
    """One page, oldest first, and how many there are in all."""
    rows, total = await repository.page(session, wanted, skip, limit)
    return [StaffConnectionOut.model_validate(row) for row in rows], total


async def get_connection(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID
) -> ConnectionOut:
    """Raises ConnectionNotFound."""
    return ConnectionOut.model_validate(await found(session, tenant_id, connection_id))


async def create_connection(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    wanted: ConnectionIn,
) -> ConnectionOut:
    """Raises ConnectorUnknown, ValidationFailed, AddressNotAllowed, ConnectionNameTaken."""
    configuration = configure(resources, connector(wanted.connector), wanted.config)
    await tenancy.touch(session, resources, tenant_id)
    return await _create(
        session,
        resources,
        actor,
        tenant_id,
        wanted.connector,
        configuration,
        name=wanted.name,
        is_primary=wanted.is_primary,
        is_active=wanted.is_active,
    )


async def change_connection(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    connection_id: UUID,
    wanted: ConnectionChange,
) -> ConnectionOut:
    """Only what is given changes; a secret left out is kept, as long as the server is the same.

    Raises ConnectionNotFound, ValidationFailed, AddressNotAllowed, ConnectionNameTaken.
    """
    await tenancy.touch(session, resources, tenant_id)
    connection = await found(session, tenant_id, connection_id, lock=True)
    return await _change(session, resources, actor, connection, wanted)


async def remove_connection(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    connection_id: UUID,
) -> None:
    """Forget a connection and every credential for it. None takes its place as primary.

    Raises ConnectionNotFound.
    """
    await tenancy.touch(session, resources, tenant_id)
    connection = await found(session, tenant_id, connection_id, lock=True)
    await session.delete(connection)
    await session.flush()
    await audit.record(
        session,
        actor,
        events.CONNECTION_REMOVED,
        target_type="connection",
        target_id=connection_id,
        tenant_id=tenant_id,
        changes={"connector": connection.connector, "name": connection.name},
    )
    await _tell(session, events.CONNECTION_REMOVED, connection)


async def configure_odoo(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    wanted: OdooSettings,
    *,
    pointer: str = "/",
) -> ConnectionOut:
    """Create the tenant's primary Odoo connection, or change what is given of it.

    `pointer` is what the fields' names begin with in the caller's body. Raises ValidationFailed,
    AddressNotAllowed.
    """
    await tenancy.touch(session, resources, tenant_id)
    connection = await repository.primary(session, tenant_id, ODOO, lock=True)
    if connection is not None:
        change = ConnectionChange(config=wanted.config())
        return await _change(session, resources, actor, connection, change, pointer=pointer)
    configuration = configure(resources, connector(ODOO), wanted.config(), pointer=pointer)
    return await _create(session, resources, actor, tenant_id, ODOO, configuration, is_primary=True)


async def found(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, *, lock: bool = False
) -> Connection:
    """Raises ConnectionNotFound."""
    connection = await repository.connection(session, tenant_id, connection_id, lock=lock)
    if connection is None:
        raise ConnectionNotFound
    return connection


async def reconfigured(
    resources: Resources,
    connection: Connection,
    given: Mapping[str, Any],
    *,
    pointer: str = "/config/",
) -> Configuration:
    """The configuration with `given` in place of what is stored; None takes a setting away.

    A stored secret goes to no other server than the one it was given for: whoever may change an
    address could else have it sent to a place of theirs. Raises ValidationFailed,
    AddressNotAllowed.
    """
    spec = connector(connection.connector)
    try:
        stored = await secrets.secrets_of(resources.cipher, connection)
    except DecryptionFailed as error:
        log.error("connection_secret_unreadable", connection=str(connection.id), error=str(error))
        stored = {}
    wanted = configure(resources, spec, {**connection.settings, **stored, **given}, pointer=pointer)
    kept = [name for name in wanted.secrets if name not in given]
    if kept and not same_place(spec, connection.settings, wanted.settings):
        raise ValidationFailed(
            f"The server changes, so {', '.join(sorted(kept))} must be given again.",
            errors=[
                {
                    "pointer": f"{pointer}{name}",
                    "code": "secret_needed",
                    "detail": "must be given again for another server",
                }
                for name in sorted(kept)
            ],
        )
    return wanted


async def _create(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    kind: str,
    configuration: Configuration,
    *,
    name: str | None = None,
    is_primary: bool | None = None,
    is_active: bool = True,
) -> ConnectionOut:
    if name is not None and await repository.name_taken(session, tenant_id, name):
        raise ConnectionNameTaken
    if is_primary is None:
        is_primary = await repository.primary(session, tenant_id, kind) is None
    elif is_primary:
        await repository.demote(session, tenant_id, kind)
    connection_id = uuid7()
    connection = Connection(
        id=connection_id,
        tenant_id=tenant_id,
        connector=kind,
        name=name or await _free_name(session, tenant_id, connector(kind).title),
        is_primary=is_primary,
        is_active=is_active,
        settings=configuration.settings,
        status=ConnectionStatus.UNKNOWN,
    )
    if configuration.secrets:
        connection.secret = await secrets.seal(
            resources.cipher, tenant_id, connection_id, configuration.secrets
        )
        connection.secret_set_at = utcnow()
    session.add(connection)
    await session.flush()
    await session.refresh(connection)
    await audit.record(
        session,
        actor,
        events.CONNECTION_CREATED,
        target_type="connection",
        target_id=connection_id,
        tenant_id=tenant_id,
        changes={**_shown(connection), "secret_set": bool(configuration.secrets)},
    )
    await _tell(session, events.CONNECTION_CREATED, connection)
    return ConnectionOut.model_validate(connection)


async def _change(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    connection: Connection,
    wanted: ConnectionChange,
    *,
    pointer: str = "/config/",
) -> ConnectionOut:
    tenant_id, before = connection.tenant_id, _shown(connection)
    secret_set = False
    if wanted.name is not None and wanted.name != connection.name:
        if await repository.name_taken(session, tenant_id, wanted.name, besides=connection.id):
            raise ConnectionNameTaken
        connection.name = wanted.name
    if wanted.config:
        secret_set = await _reconfigure(
            session, resources, connection, wanted.config, pointer=pointer
        )
    if wanted.is_active is not None:
        connection.is_active = wanted.is_active
    if wanted.is_primary is not None and wanted.is_primary != connection.is_primary:
        if wanted.is_primary:
            await repository.demote(session, tenant_id, connection.connector)
        connection.is_primary = wanted.is_primary
    changes = audit.difference(before, _shown(connection))
    if not changes and not secret_set:
        return ConnectionOut.model_validate(connection)
    connection.updated_at = utcnow()
    await session.flush()
    await session.refresh(connection)
    await audit.record(
        session,
        actor,
        events.CONNECTION_CHANGED,
        target_type="connection",
        target_id=connection.id,
        tenant_id=tenant_id,
        changes={**changes, "secret_set": secret_set},
    )
    await _tell(session, events.CONNECTION_CHANGED, connection)
    return ConnectionOut.model_validate(connection)


async def _reconfigure(
    session: AsyncSession,
    resources: Resources,
    connection: Connection,
    given: Mapping[str, Any],
    *,
    pointer: str,
) -> bool:
    """Put a changed configuration on the row. Returns whether a secret was set."""
    wanted = await reconfigured(resources, connection, given, pointer=pointer)
    spec = connector(connection.connector)
    if not same_place(spec, connection.settings, wanted.settings):
        # members' own passwords were given for the old server
        await repository.forget_credentials(
            session, connection.tenant_id, connection_id=connection.id
        )
    secret_set = any(name in given for name in wanted.secrets)
    if secret_set:
        connection.secret = await secrets.seal(
            resources.cipher, connection.tenant_id, connection.id, wanted.secrets
        )
        connection.secret_set_at = utcnow()
    if secret_set or wanted.settings != connection.settings:
        connection.settings = wanted.settings
        connection.status = ConnectionStatus.UNKNOWN
        connection.status_detail = connection.server_version = connection.checked_at = None
        connection.revision += 1
    return secret_set


async def _free_name(session: AsyncSession, tenant_id: UUID, title: str) -> str:
    name, number = title, 1
    while await repository.name_taken(session, tenant_id, name):
        number += 1
        name = f"{title} {number}"
    return name


async def _tell(session: AsyncSession, kind: str, connection: Connection) -> None:
    await announce(
        session,
        kind,
        {
            "connection_id": str(connection.id),
            "connector": connection.connector,
            "name": connection.name,
        },
        tenant_id=connection.tenant_id,
    )


def _shown(connection: Connection) -> dict[str, Any]:
    """What the trail tells of a connection."""
    return {
        "name": connection.name,
        "connector": connection.connector,
        "is_primary": connection.is_primary,
        "is_active": connection.is_active,
        **connection.settings,
    }
