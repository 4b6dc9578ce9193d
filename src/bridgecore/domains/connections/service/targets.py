"""The gateway's entry: which Odoo a call goes to, and as whom."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import structlog

from bridgecore.connectors.odoo import TransportName
from bridgecore.domains.connections import repository
from bridgecore.domains.connections.errors import ConnectionMissing
from bridgecore.domains.connections.models import Connection, MemberCredential
from bridgecore.domains.connections.schemas import OdooTarget
from bridgecore.domains.connections.service import secrets
from bridgecore.domains.connections.service.configuration import ODOO
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

# existing apps look for these three words
_MISSING = "Missing Odoo credentials"
_WHERE = (
    "An administrator of the company adds them under Integrations in the dashboard, or with"
    " POST /api/v1/integrations/odoo/configure."
)


async def odoo_target(
    resources: Resources,
    tenant_id: UUID,
    *,
    connection: UUID | str | None = None,
    membership_id: UUID | None = None,
) -> OdooTarget:
    """The tenant's primary Odoo, or the one with that id or name, with its secret opened.

    `connection` may be an id written as text too. The member's own login is taken if they have
    stored one. Opens a transaction of its own and remembers nothing: every change raises the
    tenant's version. Raises ConnectionMissing.
    """
    async with resources.database.tenant(tenant_id) as session:
        row = await repository.target(
            session, tenant_id, ODOO, named=_id_or_name(connection), membership_id=membership_id
        )
    if row is None:
        raise ConnectionMissing(_why_missing(connection))
    stored, own = row
    if not stored.is_active:
        raise ConnectionMissing(
            f"{_MISSING}: the Odoo connection {stored.name} is switched off. An administrator of"
            " the company can switch it on under Integrations."
        )
    username, secret = await _login(resources, stored, own)
    return OdooTarget(
        connection_id=stored.id,
        url=stored.settings["url"],
        database=stored.settings["database"],
        username=username,
        secret=secret,
        transport=TransportName(stored.settings.get("transport", TransportName.AUTO)),
        settings=stored.settings,
        version_hint=stored.server_version,
    )


def _id_or_name(connection: UUID | str | None) -> UUID | str | None:
    if isinstance(connection, str):
        with suppress(ValueError):
            return UUID(connection)
        # PostgreSQL takes no such text, so no connection can be called so
        return connection.replace("\x00", "\ufffd")
    return connection


async def _login(
    resources: Resources, stored: Connection, own: MemberCredential | None
) -> tuple[str, str]:
    try:
        if own is not None:
            return own.username, await secrets.own_password(resources.cipher, own)
        password = (await secrets.secrets_of(resources.cipher, stored)).get("password")
    except DecryptionFailed as error:
        log.error("connection_secret_unreadable", connection=str(stored.id), error=str(error))
        raise ConnectionMissing(
            f"{_MISSING}: those stored can't be decrypted with the keys of this server and must"
            f" be entered again. {_WHERE}"
        ) from None
    if password is None:
        raise ConnectionMissing(f"{_MISSING}: {stored.name} has no password yet. {_WHERE}")
    return stored.settings["username"], password


def _why_missing(connection: UUID | str | None) -> str:
    if connection is None:
        return f"{_MISSING}: this company has no primary Odoo connection yet. {_WHERE}"
    return f"{_MISSING}: this company has no Odoo connection {str(connection)[:100]!r}. {_WHERE}"
