"""API keys of the caller's tenant."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.identity.schemas.access import (
    ApiKeyChange,
    ApiKeyCreated,
    ApiKeyIn,
    ApiKeyOut,
)
from bridgecore.domains.identity.service import api_keys
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.idempotency import NOT_KEPT, IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Page, PagingDep, SessionDep

router = APIRouter(prefix="/api/v1/api-keys", tags=["API keys"], route_class=IdempotentRoute)

Reader = Annotated[Actor, Depends(requires_member("api_keys:read"))]
Writer = Annotated[Actor, Depends(requires_member("api_keys:write"))]


@router.get("", summary="List API keys")
async def list_keys(
    actor: Reader, session: SessionDep, paging: PagingDep, with_revoked: bool = False
) -> Page[ApiKeyOut]:
    items, total = await api_keys.list_keys(
        session, actor, paging.skip, paging.limit, with_revoked=with_revoked
    )
    return Page(items=items, total=total)


@router.post(
    "", status_code=status.HTTP_201_CREATED, summary="Make an API key; it is shown this once"
)
@audited("api_key.created")
async def create_key(
    actor: Writer, session: SessionDep, body: ApiKeyIn, response: Response
) -> ApiKeyCreated:
    response.headers[NOT_KEPT] = "true"
    response.headers["Cache-Control"] = "no-store"
    return await api_keys.create_key(session, actor, body)


@router.get("/{key_id}", summary="Get an API key, without its secret")
async def get_key(actor: Reader, session: SessionDep, key_id: UUID) -> ApiKeyOut:
    return await api_keys.get_key(session, actor, key_id)


@router.patch("/{key_id}", summary="Rename an API key")
@audited("api_key.changed")
async def change_key(
    actor: Writer, session: SessionDep, key_id: UUID, body: ApiKeyChange
) -> ApiKeyOut:
    return await api_keys.change_key(session, actor, key_id, body)


@router.delete(
    "/{key_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Revoke an API key; it is refused from the next request on",
)
@audited("api_key.revoked")
async def revoke_key(
    actor: Writer, session: SessionDep, resources: ResourcesDep, key_id: UUID
) -> None:
    await api_keys.revoke_key(session, resources, actor, key_id)
