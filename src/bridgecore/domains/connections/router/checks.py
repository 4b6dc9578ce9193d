"""Trying a connection. These routes hold no transaction while they wait, so no `SessionDep`.

They change nothing that a repeated call would change again, so they take no Idempotency-Key.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from bridgecore.domains.audit.service import unaudited
from bridgecore.domains.connections import service
from bridgecore.domains.connections.schemas import (
    CheckConfig,
    CheckOdoo,
    CheckOut,
    CheckStored,
    StaffCheckConfig,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor, requires_member, requires_staff
from bridgecore.infra.resources import ResourcesDep

router = APIRouter(tags=["connections"])

Writer = Annotated[Actor, Depends(requires_member("connections:write"))]
StaffWriter = Annotated[Actor, Depends(requires_staff("connections:write"))]

_NOTHING_CHANGES = "a check changes nothing but what is known of the connection's health"


@router.post("/api/v1/integrations/odoo/test", summary="Test the Odoo connection, stored or not")
@unaudited(_NOTHING_CHANGES)
async def check_odoo(
    actor: Writer, resources: ResourcesDep, body: CheckOdoo | None = None
) -> CheckOut:
    """Without a body the stored primary connection is tried, and how it was found is kept.

    Values given are tried in its place and not stored.
    """
    assert actor.tenant_id is not None
    return await service.check_odoo(resources, actor.tenant_id, body)


@router.post("/api/v1/integrations/test", summary="Test a configuration before it is stored")
@unaudited(_NOTHING_CHANGES)
async def check_configuration(
    actor: Writer, resources: ResourcesDep, body: CheckConfig
) -> CheckOut:
    return await service.check_configuration(resources, body)


@router.post("/api/v1/integrations/{connection_id}/test", summary="Test a stored connection")
@unaudited(_NOTHING_CHANGES)
async def check_connection(
    actor: Writer, resources: ResourcesDep, connection_id: UUID, body: CheckStored | None = None
) -> CheckOut:
    assert actor.tenant_id is not None
    changes = body.config if body is not None else None
    return await service.check_connection(resources, actor.tenant_id, connection_id, changes)


@router.post(
    "/admin/tenants/{tenant_id}/test-connection",
    summary="Test the primary Odoo connection of a tenant",
    tags=["tenants"],
)
@unaudited(_NOTHING_CHANGES)
async def check_tenant(actor: StaffWriter, resources: ResourcesDep, tenant_id: UUID) -> CheckOut:
    async with resources.database.platform() as session:
        await tenancy.get_tenant(session, tenant_id)
    return await service.check_odoo(resources, tenant_id)


@router.post("/admin/integrations/test", summary="Test a connection before its tenant is saved")
@unaudited(_NOTHING_CHANGES)
async def check_for_staff(
    actor: StaffWriter, resources: ResourcesDep, body: StaffCheckConfig
) -> CheckOut:
    """Nothing is stored. Tests that fail again and again have to wait (429)."""
    return await service.check_for_staff(resources, actor, body)
