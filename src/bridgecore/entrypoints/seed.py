"""First data: the first member of staff, and the demo tenants. Running it again changes nothing.

Plans come with the migrations.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import SecretStr

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import (
    ConnectionChange,
    ConnectionFilter,
    ConnectionIn,
    OdooSettings,
)
from bridgecore.domains.identity import service as identity
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFields, TenantFilter
from bridgecore.entrypoints.demo import (
    N8N_API_KEY,
    ODOO_PASSWORD,
    ODOO_USERNAME,
    PASSWORD,
    TENANTS,
    DemoMember,
    DemoTenant,
    Simulated,
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


async def seed_demo(resources: Resources, simulated: Simulated) -> None:
    """Make the demo tenants, their people and their connections to what is `simulated`."""
    for demo in TENANTS:
        tenant_id = await tenant_by_slug(resources, demo.slug)
        if tenant_id is None:
            tenant_id = await _create(resources, demo)
        for member in demo.members:
            await _add(resources, tenant_id, member)
        if demo.slug in simulated.odoos:
            await _connect_odoo(resources, tenant_id, demo, simulated.odoos[demo.slug])
        if demo.slug in simulated.n8ns:
            await _connect_n8n(resources, tenant_id, simulated.n8ns[demo.slug])


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


async def _connect_odoo(resources: Resources, tenant_id: UUID, demo: DemoTenant, url: str) -> None:
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


async def _connect_n8n(resources: Resources, tenant_id: UUID, url: str) -> None:
    config = {"url": url, "api_key": N8N_API_KEY}
    async with resources.database.platform() as session:
        wanted = ConnectionFilter(tenant_id=tenant_id, connector="n8n")
        found, _ = await connections.list_connections(session, wanted, 0, LARGEST_PAGE)
        primary = next((each for each in found if each.is_primary), None)
        if primary is None:
            await connections.create_connection(
                session, resources, None, tenant_id, ConnectionIn(connector="n8n", config=config)
            )
        elif primary.settings.get("url") != url:
            await connections.change_connection(
                session, resources, None, tenant_id, primary.id, ConnectionChange(config=config)
            )
