"""The synchronisation's entry: a connection as a source of records, and which one is meant."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Connector, ConnectorSpec
from bridgecore.domains.connections import repository
from bridgecore.domains.connections.errors import ConnectionMissing, ConnectionNotFound
from bridgecore.domains.connections.schemas import (
    ConnectionFilter,
    ConnectionOut,
    ConnectionStatus,
)
from bridgecore.domains.connections.service import secrets
from bridgecore.domains.connections.service.configuration import connector, connectors
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A connection ready to be opened. Holds its plain secrets: never logged, never sent on.

    `revision` moves with every change of where it leads or how it signs in. `untried`: no check has
    told yet whether that works.
    """

    tenant_id: UUID
    connection_id: UUID
    name: str
    revision: int
    untried: bool
    spec: ConnectorSpec
    config: Mapping[str, Any] = field(repr=False)

    def open(self, resources: Resources) -> Connector:
        """Sends nothing. Raises `Rejected` for a configuration the connector can't use."""
        return self.spec.open(self.config, resources.http)


async def source(
    session: AsyncSession, resources: Resources, tenant_id: UUID, connection_id: UUID
) -> Source:
    """Raises ConnectionNotFound, ConnectorUnknown, and ConnectionMissing for one switched off or
    whose secrets can't be decrypted."""
    stored = await repository.connection(session, tenant_id, connection_id)
    if stored is None:
        raise ConnectionNotFound
    if not stored.is_active:
        raise ConnectionMissing(
            f"The connection {stored.name} is switched off. Switch it on under Integrations."
        )
    try:
        opened = await secrets.secrets_of(resources.cipher, stored)
    except DecryptionFailed as error:
        log.error("connection_secret_unreadable", connection=str(stored.id), error=str(error))
        raise ConnectionMissing(
            f"The credentials of {stored.name} can't be decrypted with the keys of this server."
            " Enter them again under Integrations."
        ) from None
    return Source(
        tenant_id=tenant_id,
        connection_id=stored.id,
        name=stored.name,
        revision=stored.revision,
        untried=stored.status == ConnectionStatus.UNKNOWN,
        spec=connector(stored.connector),
        config={**stored.settings, **opened},
    )


async def named_connection(session: AsyncSession, tenant_id: UUID, name: str) -> ConnectionOut:
    """The connection meant by an id, by a connector's name (its primary one) or by its own name.

    Raises ConnectionNotFound.
    """
    with suppress(ValueError):
        found = await repository.connection(session, tenant_id, UUID(name))
        if found is None:
            raise ConnectionNotFound
        return ConnectionOut.model_validate(found)
    if name in connectors():
        found = await repository.primary(session, tenant_id, name)
        if found is not None:
            return ConnectionOut.model_validate(found)
        raise ConnectionNotFound(
            f"This company has no primary {name} connection yet; add one under Integrations."
        )
    wanted = ConnectionFilter(tenant_id=tenant_id)
    rows, _ = await repository.page(session, wanted, 0, 1_000)
    for row in rows:
        if row.name.lower() == name.lower():
            return ConnectionOut.model_validate(row)
    raise ConnectionNotFound
