"""What waits for a person or for another try: records set aside, removals that stopped to ask."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.sync import service
from bridgecore.domains.sync.router.parts import (
    ConnectionName,
    Cursor,
    EntityQuery,
    Limit,
    Reader,
    Writer,
)
from bridgecore.domains.sync.schemas import (
    DecisionIn,
    RetriedOut,
    RunOut,
    SetAsideOut,
    SetAsideRetryIn,
)
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/integrations", tags=["sync"], route_class=IdempotentRoute)


@router.get("/sync/set-asides", summary="Records that could not be read or stored")
async def list_set_asides(
    actor: Reader,
    session: SessionDep,
    connection_id: UUID | None = None,
    entity: EntityQuery = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Feed[SetAsideOut]:
    """Each is tried again by itself, less and less often; none of them stops a run."""
    assert actor.tenant_id is not None
    return await service.list_set_asides(
        session,
        actor.tenant_id,
        connection_id=connection_id,
        entity=entity,
        cursor=cursor,
        limit=limit,
    )


@router.post("/{connection}/sync/set-asides/retry", summary="Try records set aside again now")
@audited("sync.requested")
async def retry_set_asides(
    actor: Writer,
    session: SessionDep,
    connection: ConnectionName,
    body: SetAsideRetryIn | None = None,
) -> RetriedOut:
    assert actor.tenant_id is not None
    return await service.retry_set_asides(
        session, actor, actor.tenant_id, connection, body or SetAsideRetryIn()
    )


@router.post(
    "/{connection}/sync/deletes",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Confirm or refuse a removal that stopped to ask",
)
@audited("sync.deletes_decided", "sync.requested")
async def decide(
    actor: Writer, session: SessionDep, connection: ConnectionName, body: DecisionIn
) -> RunOut | None:
    """Confirmed, a run removes what is gone by then; refused, the records stay in the lake."""
    assert actor.tenant_id is not None
    return await service.decide(session, actor, actor.tenant_id, connection, body)
