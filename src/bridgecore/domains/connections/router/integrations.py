"""A tenant's own connections, and each person's own login for its Odoo."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.connections import service
from bridgecore.domains.connections.schemas import (
    ConnectionChange,
    ConnectionFilter,
    ConnectionIn,
    ConnectionOut,
    ConnectorOut,
    MyCredentialsIn,
    MyCredentialsOut,
    OdooSettings,
)
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/api/v1", tags=["connections"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("connections:read"))]
Writer = Annotated[Actor, Depends(requires_member("connections:write"))]
OdooUser = Annotated[Actor, Depends(requires_member("gateway:read"))]


@router.get("/connectors", summary="Which systems can be connected, and how")
async def list_connectors(actor: Reader) -> Page[ConnectorOut]:
    found = [
        ConnectorOut(
            name=spec.name,
            title=spec.title,
            abilities=sorted(spec.abilities),
            config_schema=dict(spec.config_schema),
        )
        for spec in service.connectors().values()
    ]
    return Page(items=found, total=len(found))


@router.get("/integrations", summary="List connections")
async def list_connections(
    actor: Reader,
    session: SessionDep,
    paging: PagingDep,
    wanted: Annotated[ConnectionFilter, Depends()],
) -> Page[ConnectionOut]:
    own = wanted.model_copy(update={"tenant_id": actor.tenant_id})
    rows, total = await service.list_connections(session, own, paging.skip, paging.limit)
    return Page(items=[ConnectionOut.model_validate(row) for row in rows], total=total)


@router.post(
    "/integrations", status_code=status.HTTP_201_CREATED, summary="Connect an outside system"
)
@audited("connection.created")
async def create_connection(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: ConnectionIn
) -> ConnectionOut:
    assert actor.tenant_id is not None
    return await service.create_connection(session, resources, actor, actor.tenant_id, body)


@router.post("/integrations/odoo/configure", summary="Set up the primary Odoo connection")
@audited("connection.created", "connection.changed")
async def configure_odoo(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: OdooSettings
) -> ConnectionOut:
    """The first time everything but `transport` is needed; later only what changes.

    A password left out is kept, as long as the server stays the same.
    """
    assert actor.tenant_id is not None
    return await service.configure_odoo(session, resources, actor, actor.tenant_id, body)


@router.get("/integrations/odoo/my-credentials", summary="Your own login for the company's Odoo")
async def my_credentials(
    actor: OdooUser, session: SessionDep, connection_id: UUID | None = None
) -> MyCredentialsOut:
    return await service.own_credentials(session, actor, connection_id)


@router.put("/integrations/odoo/my-credentials", summary="Use your own login in Odoo")
@audited("credentials.set")
async def set_my_credentials(
    actor: OdooUser,
    session: SessionDep,
    resources: ResourcesDep,
    body: MyCredentialsIn,
    connection_id: UUID | None = None,
) -> MyCredentialsOut:
    return await service.set_own_credentials(session, resources, actor, body, connection_id)


@router.delete(
    "/integrations/odoo/my-credentials",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Use the company's login in Odoo again",
)
@audited("credentials.removed")
async def remove_my_credentials(
    actor: OdooUser,
    session: SessionDep,
    resources: ResourcesDep,
    connection_id: UUID | None = None,
) -> None:
    await service.remove_own_credentials(session, resources, actor, connection_id)


@router.get("/integrations/{connection_id}", summary="Get a connection")
async def get_connection(actor: Reader, session: SessionDep, connection_id: UUID) -> ConnectionOut:
    assert actor.tenant_id is not None
    return await service.get_connection(session, actor.tenant_id, connection_id)


@router.put("/integrations/{connection_id}", summary="Change a connection")
@audited("connection.changed")
async def change_connection(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    connection_id: UUID,
    body: ConnectionChange,
) -> ConnectionOut:
    assert actor.tenant_id is not None
    return await service.change_connection(
        session, resources, actor, actor.tenant_id, connection_id, body
    )


@router.delete(
    "/integrations/{connection_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Remove a connection and every credential for it",
)
@audited("connection.removed")
async def remove_connection(
    actor: Writer, session: SessionDep, resources: ResourcesDep, connection_id: UUID
) -> None:
    assert actor.tenant_id is not None
    await service.remove_connection(session, resources, actor, actor.tenant_id, connection_id)
