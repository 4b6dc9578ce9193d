"""API keys of a tenant: shown once, kept as a hash, never more than their maker's rights."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity import events
from bridgecore.domains.identity.errors import ApiKeyNotFound, BeyondYourRights
from bridgecore.domains.identity.models import ApiKey
from bridgecore.domains.identity.repository import access
from bridgecore.domains.identity.schemas.access import (
    ApiKeyChange,
    ApiKeyCreated,
    ApiKeyIn,
    ApiKeyOut,
)
from bridgecore.domains.identity.service.permissions import (
    TENANT_PERMISSIONS,
    covers,
    unknown_permissions,
)
from bridgecore.domains.identity.service.revocation import key_revoked
from bridgecore.domains.identity.service.tokens import API_KEY_PREFIX
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import generate_token, hash_token
from bridgecore.infra.outbox import announce
from bridgecore.infra.problems import Forbidden, ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

SHOWN = len(API_KEY_PREFIX) + 9  # characters of a key that lists show


async def create_key(session: AsyncSession, actor: Actor, wanted: ApiKeyIn) -> ApiKeyCreated:
    """Make a key of the actor's tenant. Raises BeyondYourRights, ValidationFailed."""
    tenant_id = tenant_of(actor)
    check_scopes(actor, wanted.scopes)
    if wanted.expires_at is not None and wanted.expires_at <= utcnow():
        raise ValidationFailed("expires_at lies in the past.")
    plain = generate_token(API_KEY_PREFIX)
    key = ApiKey(
        tenant_id=tenant_id,
        name=wanted.name,
        prefix=plain[:SHOWN],
        hash=hash_token(plain),
        scopes=sorted(set(wanted.scopes)),
        weight=wanted.weight,
        created_by=actor.id,
        membership_id=actor.membership_id,
        expires_at=wanted.expires_at,
    )
    session.add(key)
    await session.flush()
    await session.refresh(key)
    await audit.record(
        session,
        actor,
        "api_key.created",
        target_type="api_key",
        target_id=key.id,
        changes={"name": key.name, "scopes": key.scopes, "prefix": key.prefix},
    )
    await announce(
        session,
        events.API_KEY_CREATED,
        {"api_key_id": str(key.id), "name": key.name},
        tenant_id=tenant_id,
    )
    return ApiKeyCreated(**ApiKeyOut.model_validate(key).model_dump(), key=plain)


def check_scopes(actor: Actor, scopes: list[str]) -> None:
    """Raises ValidationFailed for unknown permissions, BeyondYourRights for those not held."""
    if unknown := unknown_permissions(scopes, TENANT_PERMISSIONS):
        raise ValidationFailed(f"There is no permission {unknown[0]}.")
    if not covers(actor.permissions, scopes):
        raise BeyondYourRights


async def list_keys(
    session: AsyncSession, actor: Actor, skip: int, limit: int, *, with_revoked: bool = False
) -> tuple[list[ApiKeyOut], int]:
    rows, total = await access.keys(
        session, tenant_of(actor), skip, limit, with_revoked=with_revoked
    )
    return [ApiKeyOut.model_validate(row) for row in rows], total


async def get_key(session: AsyncSession, actor: Actor, key_id: UUID) -> ApiKeyOut:
    """Raises ApiKeyNotFound."""
    return ApiKeyOut.model_validate(await _key(session, actor, key_id))


async def change_key(
    session: AsyncSession, actor: Actor, key_id: UUID, wanted: ApiKeyChange
) -> ApiKeyOut:
    """Rename a key. Raises ApiKeyNotFound."""
    key = await _key(session, actor, key_id, lock=True)
    given = wanted.model_dump(exclude_unset=True, exclude_none=True)
    changes = audit.difference({name: getattr(key, name) for name in given}, given)
    for name, value in given.items():
        setattr(key, name, value)
    await session.flush()
    await audit.record(
        session,
        actor,
        "api_key.changed",
        target_type="api_key",
        target_id=key_id,
        changes=changes,
    )
    return ApiKeyOut.model_validate(key)


async def revoke_key(
    session: AsyncSession, resources: Resources, actor: Actor, key_id: UUID
) -> None:
    """Refuse a key from the next request on. Raises ApiKeyNotFound."""
    key = await _key(session, actor, key_id, lock=True)
    if key.revoked_at is None:
        await _revoke(session, resources, actor, key, "")


async def revoke_beyond(
    session: AsyncSession,
    resources: Resources,
    tenant_id: UUID,
    membership_id: UUID,
    allowed: frozenset[str],
) -> None:
    """Revoke the keys a member made that may do more than the member may now."""
    for key in await access.keys_of_member(session, tenant_id, membership_id):
        if not covers(allowed, key.scopes):
            await _revoke(session, resources, None, key, "its maker lost these rights")


async def _revoke(
    session: AsyncSession, resources: Resources, actor: Actor | None, key: ApiKey, reason: str
) -> None:
    key.revoked_at = utcnow()
    await session.flush()
    await key_revoked(session, resources, key.tenant_id, key.id)
    await audit.record(
        session,
        actor,
        "api_key.revoked",
        target_type="api_key",
        target_id=key.id,
        tenant_id=key.tenant_id,
        changes={"name": key.name},
        reason=reason or None,
    )


async def _key(session: AsyncSession, actor: Actor, key_id: UUID, *, lock: bool = False) -> ApiKey:
    key = await access.key(session, tenant_of(actor), key_id, lock=lock)
    if key is None:
        raise ApiKeyNotFound
    return key


def tenant_of(actor: Actor) -> UUID:
    """The tenant an actor works in. Raises Forbidden for those who work in none."""
    if actor.tenant_id is None:
        raise Forbidden("This address is for people of a tenant; sign in as one.")
    return actor.tenant_id
