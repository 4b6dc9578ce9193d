"""Tenants, for staff with their primary Odoo connection in the documents' shorthand; and those a
person belongs to."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import repository
from bridgecore.domains.connections.errors import NotAPerson
from bridgecore.domains.connections.models import Connection
from bridgecore.domains.connections.schemas import (
    ConnectionStatus,
    MyTenantOut,
    OdooSettings,
    OwnerIn,
    StaffTenantFields,
    StaffTenantOut,
    TenantChange,
    TenantIn,
)
from bridgecore.domains.connections.service.configuration import ODOO
from bridgecore.domains.connections.service.connections import configure_odoo
from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import SlugTaken, TenantNotFound
from bridgecore.domains.tenancy.schemas import TenantFilter, TenantOut, TenantStatus
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.resources import Resources

_POINTER = "/odoo_"
_LONGEST_SLUG = 63

Move = Callable[[AsyncSession, Resources, Actor | None, UUID, str], Awaitable[TenantOut]]


async def list_tenants(
    session: AsyncSession, wanted: TenantFilter, skip: int, limit: int
) -> tuple[list[StaffTenantOut], int]:
    """One page, and how many match in all. Two queries, whatever the page's length."""
    tenants, total = await tenancy.list_tenants(session, wanted, skip, limit)
    primaries = await repository.primaries(session, [tenant.id for tenant in tenants], ODOO)
    return [_out(tenant, primaries.get(tenant.id)) for tenant in tenants], total


async def get_tenant(session: AsyncSession, tenant_id: UUID) -> StaffTenantOut:
    """Raises TenantNotFound."""
    return await _with_connection(session, await tenancy.get_tenant(session, tenant_id))


async def create_tenant(
    session: AsyncSession, resources: Resources, actor: Actor | None, wanted: TenantIn
) -> StaffTenantOut:
    """A tenant, with its Odoo connection and its owner where they are given.

    Raises SlugTaken, PlanNotFound, PlanInactive, ValidationFailed, AddressNotAllowed, and what
    `identity.create_owner` raises.
    """
    tenant = await _create(session, resources, actor, wanted)
    await _connect(session, resources, actor, tenant.id, wanted)
    if wanted.owner is not None:
        await _add_owner(session, resources, actor, tenant.id, wanted.owner)
    return await _with_connection(session, tenant)


async def change_tenant(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    wanted: TenantChange,
) -> StaffTenantOut:
    """Only what is given changes. Raises TenantNotFound, and what `create_tenant` raises."""
    fields = wanted.tenant_fields()
    if fields.model_fields_set or wanted.name is not None or wanted.slug is not None:
        tenant = await tenancy.change_tenant(
            session,
            resources,
            actor,
            tenant_id,
            fields=fields,
            name=wanted.name,
            slug=wanted.slug,
        )
    else:
        tenant = await tenancy.get_tenant(session, tenant_id)
    await _connect(session, resources, actor, tenant_id, wanted)
    return await _with_connection(session, tenant)


async def move_tenant(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    move: Move,
    reason: str,
) -> StaffTenantOut:
    """Suspend, activate or delete: `move` is the step of `tenancy.service`."""
    tenant = await move(session, resources, actor, tenant_id, reason)
    return await _with_connection(session, tenant)


async def tenants_of_person(resources: Resources, actor: Actor) -> list[MyTenantOut]:
    """The tenants a person belongs to, the last used first. Raises NotAPerson for an API key."""
    if actor.kind is ActorKind.API_KEY:
        raise NotAPerson("Tenants are listed for people; an API key belongs to one alone.")
    places = await identity.tenants_of(resources, actor.id)
    return [
        MyTenantOut(
            id=place.tenant_id,
            name=place.name,
            slug=place.slug,
            status=TenantStatus(place.status),
            role=place.role,
            is_current=place.tenant_id == actor.tenant_id,
        )
        for place in places
        if place.is_active
    ]


async def tenant_of_person(resources: Resources, actor: Actor, tenant_id: UUID) -> MyTenantOut:
    """One of them. Raises NotAPerson, TenantNotFound."""
    for tenant in await tenants_of_person(resources, actor):
        if tenant.id == tenant_id:
            return tenant
    raise TenantNotFound


async def _create(
    session: AsyncSession, resources: Resources, actor: Actor | None, wanted: TenantIn
) -> TenantOut:
    slug = wanted.slug or slug_of(wanted.name)
    while True:
        try:
            return await tenancy.create_tenant(
                session,
                resources,
                actor,
                name=wanted.name,
                slug=slug,
                fields=wanted.tenant_fields(),
            )
        except SlugTaken:
            if wanted.slug is not None:
                raise
            slug = f"{slug_of(wanted.name)[: _LONGEST_SLUG - 7]}-{secrets.token_hex(3)}"


async def _connect(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    wanted: StaffTenantFields,
) -> None:
    odoo: OdooSettings = wanted.odoo()
    if odoo.config():
        await configure_odoo(session, resources, actor, tenant_id, odoo, pointer=_POINTER)


async def _add_owner(
    session: AsyncSession,
    resources: Resources,
    actor: Actor | None,
    tenant_id: UUID,
    owner: OwnerIn,
) -> None:
    await identity.create_owner(
        session,
        resources,
        actor,
        tenant_id,
        owner.email,
        owner.full_name,
        owner.password.get_secret_value() if owner.password else None,
    )


async def _with_connection(session: AsyncSession, tenant: TenantOut) -> StaffTenantOut:
    return _out(tenant, await repository.primary(session, tenant.id, ODOO))


def _out(tenant: TenantOut, connection: Connection | None) -> StaffTenantOut:
    shown = StaffTenantOut.model_validate(tenant.model_dump())
    if connection is not None:
        shown.connection_id = connection.id
        shown.connection_status = ConnectionStatus(connection.status)
        shown.odoo_url = connection.settings.get("url")
        shown.odoo_database = connection.settings.get("database")
        shown.odoo_username = connection.settings.get("username")
        shown.odoo_version = connection.server_version
    return shown


def slug_of(name: str) -> str:
    """`Müller & Söhne` as `muller-sohne`; a made-up one where no Latin letter is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    return slug or f"tenant-{secrets.token_hex(3)}"
