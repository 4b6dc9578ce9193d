"""Clients and their n8n servers, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, status

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.automation import service
from bridgecore.domains.automation.schemas.clients import (
    ClientChange,
    ClientIn,
    ClientOut,
    N8nConfigIn,
    SavingsIn,
)
from bridgecore.domains.automation.schemas.metrics import Savings
from bridgecore.domains.connections.schemas import CheckOut
from bridgecore.domains.tenancy.schemas import TenantFilter
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/api/v1/clients", tags=["clients"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_staff("automation:read"))]
Writer = Annotated[Actor, Depends(requires_staff("automation:write"))]
WorkflowId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]


@router.get("", summary="List clients")
async def list_clients(
    actor: Reader,
    session: SessionDep,
    paging: PagingDep,
    wanted: Annotated[TenantFilter, Depends()],
) -> Page[ClientOut]:
    if "\x00" in (wanted.search or ""):
        raise ValidationFailed("search contains a NUL character.")
    items, total = await service.list_clients(session, wanted, paging.skip, paging.limit)
    return Page(items=items, total=total)


@router.post("", status_code=status.HTTP_201_CREATED, summary="Create a client")
@audited("tenant.created", "connection.created")
async def create_client(
    actor: Writer, session: SessionDep, resources: ResourcesDep, body: ClientIn
) -> ClientOut:
    """A name is enough. A client is a tenant: it can have people, plans and other connections."""
    return await service.create_client(session, resources, actor, body)


@router.get("/{client_id}", summary="Get a client")
async def get_client(actor: Reader, session: SessionDep, client_id: UUID) -> ClientOut:
    return await service.get_client(session, client_id)


@router.put("/{client_id}", summary="Change a client")
@audited("tenant.changed")
async def change_client(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    client_id: UUID,
    body: ClientChange,
) -> ClientOut:
    """Only what is given changes."""
    return await service.change_client(session, resources, actor, client_id, body)


@router.delete("/{client_id}", summary="Delete a client; it can come back for 30 days")
@audited("tenant.deleted")
async def delete_client(
    actor: Writer, session: SessionDep, resources: ResourcesDep, client_id: UUID
) -> ClientOut:
    return await service.delete_client(session, resources, actor, client_id)


@router.post("/{client_id}/n8n-config", summary="Connect a client's n8n, or change how")
@audited("connection.created", "connection.changed")
async def configure_n8n(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    client_id: UUID,
    body: N8nConfigIn,
) -> ClientOut:
    """The key is kept encrypted and never shown. A client may have several servers: name them."""
    return await service.configure_n8n(session, resources, actor, client_id, body)


@router.delete(
    "/{client_id}/n8n-config/{connection_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Forget an n8n server, its key and its history",
)
@audited("connection.removed")
async def remove_server(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    client_id: UUID,
    connection_id: UUID,
) -> None:
    await service.remove_server(session, resources, actor, client_id, connection_id)


@router.post(
    "/{client_id}/n8n-config/{connection_id}/test", summary="Test a client's n8n as it is stored"
)
@unaudited("a check changes nothing but what is known of the connection's health")
async def check_server(
    actor: Writer, resources: ResourcesDep, client_id: UUID, connection_id: UUID
) -> CheckOut:
    """Address, key and rights are tried now; what was found is shown from then on."""
    return await service.check_server(resources, client_id, connection_id)


@router.put(
    "/{client_id}/workflows/{connection_id}/{workflow_id}/savings",
    summary="Say what a run of a workflow saves",
)
@audited("automation.savings_changed")
async def set_savings(
    actor: Writer,
    session: SessionDep,
    client_id: UUID,
    connection_id: UUID,
    workflow_id: WorkflowId,
    body: SavingsIn,
) -> Savings:
    """Figures of the past follow at once."""
    return await service.set_savings(session, actor, client_id, connection_id, workflow_id, body)
