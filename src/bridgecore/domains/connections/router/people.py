"""The tenants of whoever is signed in, across their memberships."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from bridgecore.domains.connections import service
from bridgecore.domains.connections.schemas import MyTenantOut
from bridgecore.infra.auth import Actor, requires_person
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page

router = APIRouter(prefix="/api/v1/tenants", tags=["tenants"])

Person = Annotated[Actor, Depends(requires_person())]


@router.get("", summary="The tenants you belong to")
async def list_tenants(actor: Person, resources: ResourcesDep) -> Page[MyTenantOut]:
    found = await service.tenants_of_person(resources, actor)
    return Page(items=found, total=len(found))


@router.get("/{tenant_id}", summary="One of your tenants")
async def get_tenant(actor: Person, resources: ResourcesDep, tenant_id: UUID) -> MyTenantOut:
    return await service.tenant_of_person(resources, actor, tenant_id)
