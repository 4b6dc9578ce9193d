"""Whether the lake equals its sources: reports, what differs, and its repair."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.sync import service
from bridgecore.domains.sync.router.parts import (
    ConnectionName,
    Cursor,
    EntityQuery,
    LakeReader,
    Limit,
    OptionalConnection,
    Reader,
    Writer,
)
from bridgecore.domains.sync.schemas import (
    Content,
    DifferenceOut,
    ParityIn,
    ParityReportOut,
    RepairIn,
    RunOut,
)
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1", tags=["sync"], route_class=IdempotentRoute)


@router.get("/lake/parity", summary="Parity reports, newest first", tags=["lake"])
async def list_reports(
    actor: LakeReader,
    session: SessionDep,
    connection: OptionalConnection = None,
    content: Annotated[
        Content | None,
        Query(description="Only reports that compared so much: none is counts and times alone."),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Feed[ParityReportOut]:
    """Every copy is compared daily; `POST /api/v1/integrations/{connection}/sync/parity` does it
    at any time."""
    assert actor.tenant_id is not None
    return await service.list_reports(
        session,
        actor.tenant_id,
        name=connection,
        content=content,
        cursor=cursor,
        limit=limit,
    )


@router.get("/lake/parity/{report_id}", summary="Get a parity report", tags=["lake"])
async def get_report(actor: LakeReader, session: SessionDep, report_id: UUID) -> ParityReportOut:
    assert actor.tenant_id is not None
    return await service.get_report(session, actor.tenant_id, report_id)


@router.get(
    "/lake/parity/{report_id}/differences",
    summary="The records a parity report found to differ",
    tags=["lake"],
)
async def list_differences(
    actor: LakeReader,
    session: SessionDep,
    report_id: UUID,
    entity: EntityQuery = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Feed[DifferenceOut]:
    """missing: not in the lake; extra: no longer in the source; different: of other content."""
    assert actor.tenant_id is not None
    return await service.list_differences(
        session, actor.tenant_id, report_id, entity=entity, cursor=cursor, limit=limit
    )


@router.get("/integrations/{connection}/sync/parity", summary="A connection's parity reports")
async def list_connection_reports(
    actor: Reader,
    session: SessionDep,
    connection: ConnectionName,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Feed[ParityReportOut]:
    assert actor.tenant_id is not None
    return await service.list_reports(
        session, actor.tenant_id, name=connection, content=None, cursor=cursor, limit=limit
    )


@router.post(
    "/integrations/{connection}/sync/parity",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Compare a connection's copy with its source now",
)
@audited("sync.requested")
async def compare(
    actor: Writer, session: SessionDep, connection: ConnectionName, body: ParityIn | None = None
) -> RunOut:
    """The run's `options.report_id` is the report once it has ended."""
    assert actor.tenant_id is not None
    return await service.compare(session, actor, actor.tenant_id, connection, body or ParityIn())


@router.post(
    "/integrations/{connection}/sync/repair",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Read records that differ again, exactly those",
)
@audited("sync.requested")
async def repair(
    actor: Writer, session: SessionDep, connection: ConnectionName, body: RepairIn | None = None
) -> RunOut:
    assert actor.tenant_id is not None
    return await service.repair(session, actor, actor.tenant_id, connection, body or RepairIn())
