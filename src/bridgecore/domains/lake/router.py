"""The lake over HTTP. Records go out as they are stored, decoded by nobody on the way."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from bridgecore.domains.lake.schemas import (
    ChangesOut,
    EntityName,
    EntityOut,
    RecordDetailOut,
    RecordFeed,
    RecordKey,
    RecordQuery,
)
from bridgecore.domains.lake.service import serving
from bridgecore.infra.auth import Actor, counted_for_plan, requires_member
from bridgecore.infra.web import Page, SessionDep

router = APIRouter(prefix="/api/v1/lake", tags=["lake"])

Reader = Annotated[Actor, Depends(requires_member("lake:read"))]
DATA = [Depends(counted_for_plan)]
NEWEST = 2**63 - 1


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


@router.get("/entities", summary="What the lake holds")
async def entities(actor: Reader, session: SessionDep) -> Page[EntityOut]:
    """By connection and entity: how many records, how fresh, under which names."""
    assert actor.tenant_id is not None
    found = await serving.list_entities(session, actor.tenant_id, actor)
    return Page(items=found, total=len(found))


@router.get(
    "/records",
    summary="Records of an entity or view",
    response_model=RecordFeed,
    dependencies=DATA,
)
async def records(
    actor: Reader, session: SessionDep, wanted: Annotated[RecordQuery, Query()]
) -> Response:
    """Archived and deleted records are left out unless asked for."""
    assert actor.tenant_id is not None
    return _json(await serving.list_records(session, actor.tenant_id, actor, wanted))


@router.get(
    "/records/{entity}/{key}",
    summary="One record",
    response_model=RecordDetailOut,
    dependencies=DATA,
)
async def record(
    actor: Reader,
    session: SessionDep,
    entity: EntityName,
    key: RecordKey,
    connection_id: UUID | None = None,
) -> Response:
    """Archived and deleted ones too; `connection_id` where several connections hold the key."""
    assert actor.tenant_id is not None
    return _json(
        await serving.get_record(session, actor.tenant_id, actor, entity, key, connection_id)
    )


@router.get(
    "/changes",
    summary="Changes after a version",
    response_model=ChangesOut,
    dependencies=DATA,
)
async def changes(
    actor: Reader,
    session: SessionDep,
    after: Annotated[int, Query(ge=0, le=NEWEST, description="0 to start with.")] = 0,
    entity: Annotated[list[EntityName], Query(max_length=100)] = [],  # noqa: B006 - never changed
    connection_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
) -> Response:
    """In order of version, tombstones included. None is skipped and none comes late.

    Tombstones are kept 90 days: who was away longer starts again from 0.
    """
    assert actor.tenant_id is not None
    return _json(
        await serving.list_changes(
            session,
            actor.tenant_id,
            actor,
            after,
            entities=entity,
            connection_id=connection_id,
            limit=limit,
        )
    )
