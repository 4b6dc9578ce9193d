"""Secrets and addresses of senders: made, rotated, revoked; shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.errors import ConnectionMissing
from bridgecore.domains.connections.schemas import ConnectionFilter
from bridgecore.domains.webhooks import events
from bridgecore.domains.webhooks.errors import SecretNotFound, TooManyCredentials
from bridgecore.domains.webhooks.models import WebhookAddress, WebhookSecret
from bridgecore.domains.webhooks.repository import credentials
from bridgecore.domains.webhooks.schemas import (
    AddressCreated,
    CredentialIn,
    CredentialOut,
    RotationIn,
    SecretCreated,
)
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import (
    DecryptionFailed,
    SecretBox,
    associated_data,
    generate_token,
    hash_token,
)
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import isoformat, utcnow
from bridgecore.kit.ids import uuid7

log = structlog.get_logger(__name__)

SECRET_PREFIX = "bc_whsec"  # noqa: S105 - what secrets begin with
ADDRESS_PREFIX = "bc_hook"
ADDRESS_PATH = "/api/v1/webhooks/in/"
MOST_VALID = 10
_SHOWN = 6
_ROTATED_AT_ONCE = 200


async def opened(
    cipher: SecretBox, tenant_id: UUID, connection_id: UUID, secret_id: UUID, sealed: bytes
) -> bytes:
    """The secret to sign with. Raises DecryptionFailed."""
    return await cipher.decrypt(sealed, _place(tenant_id, connection_id, secret_id))


async def list_secrets(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID | None, skip: int, limit: int
) -> tuple[list[CredentialOut], int]:
    """Newest first, revoked ones too."""
    rows, total = await credentials.listed(
        session, WebhookSecret, tenant_id, connection_id, skip, limit
    )
    return [CredentialOut.model_validate(row) for row in rows], total


async def list_addresses(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID | None, skip: int, limit: int
) -> tuple[list[CredentialOut], int]:
    """Newest first, revoked ones too."""
    rows, total = await credentials.listed(
        session, WebhookAddress, tenant_id, connection_id, skip, limit
    )
    return [CredentialOut.model_validate(row) for row in rows], total


async def create_secret(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: CredentialIn
) -> SecretCreated:
    """A further secret for a connection. Raises ConnectionNotFound, TooManyCredentials."""
    made, plain = await _make_secret(session, resources, actor, wanted)
    await _audit(session, actor, events.SECRET_CREATED, made)
    return SecretCreated(**CredentialOut.model_validate(made).model_dump(), secret=plain)


async def rotate_secret(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: RotationIn
) -> SecretCreated:
    """A new secret, and an end to the others. Raises ConnectionNotFound, TooManyCredentials."""
    made, plain = await _make_secret(
        session,
        resources,
        actor,
        CredentialIn(connection_id=wanted.connection_id, name=wanted.name),
    )
    until = utcnow() + timedelta(hours=wanted.overlap_hours)
    ended = await credentials.expire_others(
        session, made.tenant_id, made.connection_id, made.id, until
    )
    told = {"others": ended, "others_until": isoformat(until)}
    await _audit(session, actor, events.SECRET_ROTATED, made, **told)
    return SecretCreated(**CredentialOut.model_validate(made).model_dump(), secret=plain)


async def revoke_secret(session: AsyncSession, actor: Actor, secret_id: UUID) -> None:
    """Refuse a secret from the next request on. Raises SecretNotFound."""
    assert actor.tenant_id is not None
    found = await credentials.one(session, WebhookSecret, actor.tenant_id, secret_id)
    if found is None:
        raise SecretNotFound
    await _revoke(session, actor, events.SECRET_REVOKED, found)


async def create_address(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: CredentialIn
) -> AddressCreated:
    """A further address for a connection. Raises ConnectionNotFound, TooManyCredentials."""
    tenant_id, connection_id = await _target(session, actor, wanted.connection_id)
    await _check_room(session, WebhookAddress, tenant_id, connection_id)
    plain = generate_token(ADDRESS_PREFIX)
    made = WebhookAddress(
        tenant_id=tenant_id,
        connection_id=connection_id,
        name=wanted.name,
        prefix=plain[: len(ADDRESS_PREFIX) + 1 + _SHOWN],
        hash=hash_token(plain),
        created_by=actor.id,
    )
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await _audit(session, actor, events.ADDRESS_CREATED, made)
    base = resources.settings.public_url.rstrip("/")
    return AddressCreated(
        **CredentialOut.model_validate(made).model_dump(), address=f"{base}{ADDRESS_PATH}{plain}"
    )


async def revoke_address(session: AsyncSession, actor: Actor, address_id: UUID) -> None:
    """Close an address from the next request on. Raises SecretNotFound."""
    assert actor.tenant_id is not None
    found = await credentials.one(session, WebhookAddress, actor.tenant_id, address_id)
    if found is None:
        raise SecretNotFound("There is no such webhook address.")
    await _revoke(session, actor, events.ADDRESS_REVOKED, found)


async def rotate_secrets(resources: Resources) -> int:
    """Seal what lies under an earlier key under the current one. Returns how many it were."""
    rotated = 0
    after: UUID | None = None
    while True:
        async with resources.database.platform() as session:
            rows = await credentials.sealed(session, after, _ROTATED_AT_ONCE)
            for row in rows:
                if not resources.cipher.needs_rotation(row.secret):
                    continue
                place = _place(row.tenant_id, row.connection_id, row.id)
                try:
                    row.secret = await resources.cipher.rewrap(row.secret, place)
                    rotated += 1
                except DecryptionFailed as error:
                    log.error("webhook_secret_not_rotated", row=str(row.id), error=str(error))
        if len(rows) < _ROTATED_AT_ONCE:
            return rotated
        after = rows[-1].id


async def _make_secret(
    session: AsyncSession, resources: Resources, actor: Actor, wanted: CredentialIn
) -> tuple[WebhookSecret, str]:
    tenant_id, connection_id = await _target(session, actor, wanted.connection_id)
    await _check_room(session, WebhookSecret, tenant_id, connection_id)
    plain = generate_token(SECRET_PREFIX)
    secret_id = uuid7()
    place = _place(tenant_id, connection_id, secret_id)
    made = WebhookSecret(
        id=secret_id,
        tenant_id=tenant_id,
        connection_id=connection_id,
        name=wanted.name,
        prefix=plain[: len(SECRET_PREFIX) + 1 + _SHOWN],
        secret=await resources.cipher.encrypt(plain.encode(), place),
        created_by=actor.id,
    )
    session.add(made)
    await session.flush()
    await session.refresh(made)
    return made, plain


async def _target(
    session: AsyncSession, actor: Actor, connection_id: UUID | None
) -> tuple[UUID, UUID]:
    """Raises ConnectionNotFound, ConnectionMissing."""
    assert actor.tenant_id is not None
    if connection_id is not None:
        found = await connections.get_connection(session, actor.tenant_id, connection_id)
        return actor.tenant_id, found.id
    wanted = ConnectionFilter(tenant_id=actor.tenant_id, connector="odoo")
    rows, _ = await connections.list_connections(session, wanted, 0, 1_000)
    primary = next((row.id for row in rows if row.is_primary), None)
    if primary is None:
        raise ConnectionMissing(
            "Missing Odoo credentials: this company has no primary Odoo connection yet; add one,"
            " or name another with connection_id."
        )
    return actor.tenant_id, primary


async def _check_room(
    session: AsyncSession,
    kind: type[WebhookSecret] | type[WebhookAddress],
    tenant_id: UUID,
    connection_id: UUID,
) -> None:
    if len(await credentials.valid(session, kind, tenant_id, connection_id)) >= MOST_VALID:  # type: ignore[type-var]
        raise TooManyCredentials


async def _revoke(
    session: AsyncSession, actor: Actor, action: str, found: WebhookSecret | WebhookAddress
) -> None:
    if found.revoked_at is None:
        found.revoked_at = utcnow()
        await session.flush()
        await _audit(session, actor, action, found)


async def _audit(
    session: AsyncSession,
    actor: Actor,
    action: str,
    made: WebhookSecret | WebhookAddress,
    **more: Any,
) -> None:
    await audit.record(
        session,
        actor,
        action,
        target_type=action.partition(".")[0],
        target_id=made.id,
        changes={
            "name": made.name,
            "prefix": made.prefix,
            "connection_id": str(made.connection_id),
            **more,
        },
    )


def _place(tenant_id: UUID, connection_id: UUID, secret_id: UUID) -> bytes:
    return associated_data(
        "webhook_secrets.secret", str(tenant_id), str(connection_id), str(secret_id)
    )
