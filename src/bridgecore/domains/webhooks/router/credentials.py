"""Secrets and addresses of senders. Both are shown once, when they are made."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.webhooks.schemas import (
    AddressCreated,
    CredentialIn,
    CredentialOut,
    RotationIn,
    SecretCreated,
)
from bridgecore.domains.webhooks.service import secrets
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import NOT_KEPT, IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("webhooks:read"))]
Writer = Annotated[Actor, Depends(requires_member("webhooks:write"))]


@router.get("/secrets", summary="List webhook secrets, without what is secret of them")
async def list_secrets(
    actor: Reader, session: SessionDep, paging: PagingDep, connection_id: UUID | None = None
) -> Page[CredentialOut]:
    assert actor.tenant_id is not None
    items, total = await secrets.list_secrets(
        session, actor.tenant_id, connection_id, paging.skip, paging.limit
    )
    return Page(items=items, total=total)


@router.post(
    "/secrets",
    status_code=status.HTTP_201_CREATED,
    summary="Make a webhook secret; it is shown this once",
)
@audited("webhook_secret.created")
async def create_secret(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    body: CredentialIn,
    response: Response,
) -> SecretCreated:
    _once(response)
    return await secrets.create_secret(session, resources, actor, body)


@router.post(
    "/secrets/rotate",
    status_code=status.HTTP_201_CREATED,
    summary="Make a webhook secret and let the others end; it is shown this once",
)
@audited("webhook_secret.rotated")
async def rotate_secret(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    body: RotationIn,
    response: Response,
) -> SecretCreated:
    _once(response)
    return await secrets.rotate_secret(session, resources, actor, body)


@router.delete(
    "/secrets/{secret_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke a webhook secret; it is refused from the next request on",
)
@audited("webhook_secret.revoked")
async def revoke_secret(actor: Writer, session: SessionDep, secret_id: UUID) -> None:
    await secrets.revoke_secret(session, actor, secret_id)


@router.get("/addresses", summary="List webhook addresses, without what is secret of them")
async def list_addresses(
    actor: Reader, session: SessionDep, paging: PagingDep, connection_id: UUID | None = None
) -> Page[CredentialOut]:
    assert actor.tenant_id is not None
    items, total = await secrets.list_addresses(
        session, actor.tenant_id, connection_id, paging.skip, paging.limit
    )
    return Page(items=items, total=total)


@router.post(
    "/addresses",
    status_code=status.HTTP_201_CREATED,
    summary="Make an unguessable address for a sender that can't sign; it is shown this once",
)
@audited("webhook_address.created")
async def create_address(
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    body: CredentialIn,
    response: Response,
) -> AddressCreated:
    _once(response)
    return await secrets.create_address(session, resources, actor, body)


@router.delete(
    "/addresses/{address_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Close a webhook address from the next request on",
)
@audited("webhook_address.revoked")
async def revoke_address(actor: Writer, session: SessionDep, address_id: UUID) -> None:
    await secrets.revoke_address(session, actor, address_id)


def _once(response: Response) -> None:
    response.headers[NOT_KEPT] = "true"
    response.headers["Cache-Control"] = "no-store"
