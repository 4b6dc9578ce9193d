"""Tenants and their connections, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.connections import service
from bridgecore.domains.connections.schemas import (
    ConnectionFilter,
    ReasonIn,
    StaffConnectionOut,
    StaffTenantOut,
    TenantChange,
    TenantIn,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantFilter
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/admin", tags=["tenants"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("tenants:read"))]
Writer = Annotated[Actor, Depends(requires_staff("tenants:write"))]
ConnectionReader = Annotated[Actor, Depends(requires_staff("connections:read"))]


@router.get("/tenants", summary="List tenants")
async def list_tenants(
    actor: Reader,
    session: SessionDep,
    paging: PagingDep,
    wanted: Annotated[TenantFilter, Depends()],
) -> Page[StaffTenantOut]:
    if "\x00" in (wanted.search or ""):
        raise ValidationFailed("search contains a NUL character.")
    items, total = await service.list_tenants(session, wanted, paging.skip, paging.limit)
    return Page(items=items, total=total)


@router.post("/tenants", status_code=status.HTTP_201_CREATED, summary="Create a tenant")
@audited("tenant.created", "connection.created")
async def create_tenant(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: TenantIn
) -> StaffTenantOut:
    """A name is enough. The `odoo_` fields create the tenant's primary Odoo connection."""
    return await service.create_tenant(session, resources, actor, body)


@router.get("/tenants/{tenant_id}", summary="Get a tenant")
async def get_tenant(actor: Reader, session: SessionDep, tenant_id: UUID) -> StaffTenantOut:
    return await service.get_tenant(session, tenant_id)


@router.put("/tenants/{tenant_id}", summary="Change a tenant")
@audited("tenant.changed", "connection.created", "connection.changed")
async def change_tenant(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    tenant_id: UUID,
    body: TenantChange,
) -> StaffTenantOut:
    """Only what is given changes. An `odoo_password` left out is kept for the same server."""
    return await service.change_tenant(session, resources, actor, tenant_id, body)


@router.delete("/tenants/{tenant_id}", summary="Delete a tenant; it can come back for 30 days")
@audited("tenant.deleted")
async def delete_tenant(
    actor: Writer, session: SessionDep, resources: ResourcesDep, tenant_id: UUID
) -> StaffTenantOut:
    """`activate` brings it back. After 30 days it is exported a last time and purged."""
    return await service.move_tenant(
        session, resources, actor, tenant_id, tenancy.delete_tenant, ""
    )


@router.post("/tenants/{tenant_id}/suspend", summary="Refuse a tenant's calls from now on")
@audited("tenant.suspended")
async def suspend_tenant(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    tenant_id: UUID,
    body: ReasonIn | None = None,
) -> StaffTenantOut:
    reason = body.reason if body is not None else ""
    return await service.move_tenant(session, resources, actor, tenant_id, tenancy.suspend, reason)


@router.post("/tenants/{tenant_id}/activate", summary="Serve a tenant (again)")
@audited("tenant.activated", "tenant.restored")
async def activate_tenant(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    tenant_id: UUID,
    body: ReasonIn | None = None,
) -> StaffTenantOut:
    """Ends a trial or a suspension, and brings a deleted tenant back within 30 days."""
    reason = body.reason if body is not None else ""
    return await service.move_tenant(session, resources, actor, tenant_id, tenancy.activate, reason)


@router.get("/integrations", summary="Connections of every tenant", tags=["connections"])
async def list_connections(
    actor: ConnectionReader,
    session: SessionDep,
    paging: PagingDep,
    wanted: Annotated[ConnectionFilter, Depends()],
) -> Page[StaffConnectionOut]:
    items, total = await service.list_connections(session, wanted, paging.skip, paging.limit)
    return Page(items=items, total=total)
