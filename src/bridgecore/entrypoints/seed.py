"""First data: the first member of staff, and the demo tenants. Running it again changes nothing.

Plans come with the migrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import SecretStr

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import OdooSettings
from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields, TenantFilter
from bridgecore.entrypoints.demo import (
    ODOO_PASSWORD,
    ODOO_USERNAME,
    PASSWORD,
    TENANTS,
    DemoMember,
    DemoTenant,
)
from bridgecore.infra.resources import Resources

LARGEST_PAGE = 1000


async def seed_staff(
    resources: Resources, email: str, password: str, *, must_change: bool = True
) -> bool:
    """Make the first super admin. Returns False when that person is there already."""
    async with resources.database.platform() as session:
        return await identity.seed_staff(
            session, email=email, password=password, role="super_admin", must_change=must_change
        )


async def seed_demo(resources: Resources, odoos: Mapping[str, str]) -> None:
    """Make the demo tenants, their people and their connections to `odoos` (addresses by slug)."""
    for demo in TENANTS:
        tenant_id = await tenant_by_slug(resources, demo.slug)
        if tenant_id is None:
            tenant_id = await _create(resources, demo)
        for member in demo.members:
            await _add(resources, tenant_id, member)
        if demo.slug in odoos:
            await _connect(resources, tenant_id, demo, odoos[demo.slug])


async def tenant_by_slug(resources: Resources, slug: str) -> UUID | None:
    """The tenant with exactly this slug."""
    async with resources.database.platform() as session:
        found, _ = await tenancy.list_tenants(
            session, TenantFilter(search=slug, sort="slug"), 0, LARGEST_PAGE
        )
    return next((tenant.id for tenant in found if tenant.slug == slug), None)


async def _create(resources: Resources, demo: DemoTenant) -> UUID:
    async with resources.database.platform() as session:
        plans = await tenancy.list_plans(session)
        plan_id = next(plan.id for plan in plans if plan.code == demo.plan)
        tenant = await tenancy.create_tenant(
            session,
            resources,
            None,
            name=demo.name,
            slug=demo.slug,
            fields=TenantFields(plan_id=plan_id, contact_email=demo.members[0].email),
        )
    return tenant.id


async def _add(resources: Resources, tenant_id: UUID, member: DemoMember) -> None:
    async with resources.database.platform() as session:
        if await identity.find_user(session, member.email) is not None:
            return  # as they are, with whatever was changed since
        await identity.add_member(
            session,
            resources,
            None,
            tenant_id,
            email=member.email,
            full_name=member.full_name,
            role=member.role,
            password=PASSWORD,
            enforce_rules=False,
        )


async def _connect(resources: Resources, tenant_id: UUID, demo: DemoTenant, url: str) -> None:
    async with resources.database.platform() as session:
        if (await connections.get_tenant(session, tenant_id)).odoo_url == url:
            return
        await connections.configure_odoo(
            session,
            resources,
            None,
            tenant_id,
            OdooSettings(
                url=url,
                database=demo.slug,
                username=ODOO_USERNAME,
                password=SecretStr(ODOO_PASSWORD),
            ),
        )
