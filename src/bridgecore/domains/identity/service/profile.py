"""The caller themselves: who they are, where, and what they may do."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import MemberNotFound, UserNotFound
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.schemas.sign_in import (
    AppProfile,
    AppTenant,
    AppUser,
    Me,
    ProfileChange,
    SignedInTenant,
)
from bridgecore.domains.identity.service.api_keys import get_key, tenant_of
from bridgecore.domains.identity.service.members import tenants_of
from bridgecore.domains.identity.service.permissions import (
    STAFF_PERMISSIONS,
    TENANT_PERMISSIONS,
    expand,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.resources import Resources


async def me(session: AsyncSession, resources: Resources, actor: Actor) -> Me:
    """Whoever calls: staff, member, person without a tenant, or API key."""
    known = STAFF_PERMISSIONS if actor.kind is ActorKind.STAFF else TENANT_PERMISSIONS
    common = {
        "id": actor.id,
        "kind": actor.kind.value,
        "role": actor.role,
        "permissions": sorted(expand(actor.permissions, known)),
        "session_id": actor.session_id,
        "membership_id": actor.membership_id,
        "tenant": await _tenant(session, actor),
    }
    if actor.kind is ActorKind.API_KEY:
        key = await get_key(session, actor, actor.id)
        return Me(**common, email="", full_name=key.name, created_at=key.created_at)
    async with resources.database.platform() as platform:
        person = await people.person(platform, actor.id)
        if person is None:
            raise UserNotFound
    return Me(
        **common,
        email=person.email,
        full_name=person.full_name,
        locale=person.locale,
        must_change_password=person.must_change_password,
        second_factor=person.totp_confirmed_at is not None,
        created_at=person.created_at,
        last_login_at=person.last_login_at,
        tenants=await tenants_of(resources, actor.id) if actor.kind is not ActorKind.STAFF else [],
    )


async def _tenant(session: AsyncSession, actor: Actor) -> SignedInTenant | None:
    if actor.tenant_id is None:
        return None
    tenant = await tenancy.get_tenant(session, actor.tenant_id)
    return SignedInTenant(id=tenant.id, name=tenant.name, slug=tenant.slug, status=tenant.status)


async def change_profile(resources: Resources, actor: Actor, wanted: ProfileChange) -> None:
    """Change the caller's own name or language."""
    given = wanted.model_dump(exclude_unset=True, exclude_none=True)
    async with resources.database.platform() as session:
        person = await people.person(session, actor.id, lock=True)
        if person is None:
            raise UserNotFound
        changes = audit.difference({name: getattr(person, name) for name in given}, given)
        for name, value in given.items():
            setattr(person, name, value)
        await session.flush()
        await audit.record(
            session,
            actor,
            "user.changed",
            target_type="user",
            target_id=actor.id,
            changes=changes,
        )


async def app_profile(session: AsyncSession, actor: Actor) -> AppProfile:
    """What existing apps read of the member who calls. Knows nothing of Odoo. Raises
    MemberNotFound for API keys, which are nobody."""
    tenant_id = tenant_of(actor)
    place = await people.place(session, tenant_id, actor.id)
    shown = await people.shown_person(session, actor.id)
    if place is None or shown is None:
        raise MemberNotFound("An API key has no profile; sign in as a person.")
    tenant = await tenancy.get_tenant(session, tenant_id)
    return AppProfile(
        user=AppUser(
            id=shown.id,
            email=shown.email,
            full_name=shown.full_name,
            role=place.role,
            odoo_user_id=place.odoo_user_id,
            created_at=shown.created_at,
            last_login=place.last_login_at,
        ),
        tenant=AppTenant(id=tenant.id, name=tenant.name, slug=tenant.slug, status=tenant.status),
        partner_id=place.odoo_partner_id,
        employee_id=place.employee_id,
        is_admin=actor.may("members:write"),
    )
