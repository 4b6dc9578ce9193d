"""Figures of every client, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response, StreamingResponse

from bridgecore.domains.automation import service
from bridgecore.domains.automation.router.parameters import (
    CSV,
    AskedDep,
    Cursor,
    Limit,
    WantedDep,
    csv_answer,
    csv_headers,
)
from bridgecore.domains.automation.schemas.metrics import (
    ClientMetrics,
    ExecutionOut,
    Overview,
    WorkflowsOut,
)
from bridgecore.infra.auth import Actor, requires_staff
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/metrics", tags=["automation"])

Reader = Annotated[Actor, Depends(requires_staff("automation:read"))]


@router.get("/all", summary="Every client, what needs attention first")
async def overview(actor: Reader, session: SessionDep, asked: AskedDep) -> Overview:
    return await service.overview(session, asked)


@router.get("/all.csv", summary="Every client as CSV", response_class=Response, responses=dict(CSV))
async def overview_csv(actor: Reader, session: SessionDep, asked: AskedDep) -> Response:
    return csv_answer("clients", service.overview_csv(await service.overview(session, asked)))


@router.get("/client/{client_id}", summary="Figures of one client")
async def client(
    actor: Reader, session: SessionDep, client_id: UUID, asked: AskedDep
) -> ClientMetrics:
    return await service.client_metrics(session, client_id, asked)


@router.get(
    "/client/{client_id}/series.csv",
    summary="Figures of one client over time, as CSV",
    response_class=Response,
    responses=dict(CSV),
)
async def client_csv(
    actor: Reader, session: SessionDep, client_id: UUID, asked: AskedDep
) -> Response:
    found = await service.client_metrics(session, client_id, asked)
    return csv_answer("metrics", service.series_csv(found))


@router.get("/client/{client_id}/workflows", summary="Figures of each workflow of a client")
async def workflows(
    actor: Reader, session: SessionDep, client_id: UUID, asked: AskedDep
) -> WorkflowsOut:
    return await service.workflow_metrics(session, client_id, asked)


@router.get(
    "/client/{client_id}/workflows.csv",
    summary="Figures of each workflow of a client, as CSV",
    response_class=Response,
    responses=dict(CSV),
)
async def workflows_csv(
    actor: Reader, session: SessionDep, client_id: UUID, asked: AskedDep
) -> Response:
    found = await service.workflow_metrics(session, client_id, asked)
    return csv_answer("workflows", service.workflows_csv(found))


@router.get("/client/{client_id}/executions", summary="Executions of a client, newest first")
async def executions(
    actor: Reader,
    session: SessionDep,
    client_id: UUID,
    wanted: WantedDep,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Feed[ExecutionOut]:
    """With what went wrong, and a link into n8n."""
    return await service.list_executions(session, client_id, wanted, cursor, limit)


@router.get(
    "/client/{client_id}/executions.csv",
    summary="Executions of a client as CSV",
    response_class=StreamingResponse,
    responses=dict(CSV),
)
async def executions_csv(
    actor: Reader, session: SessionDep, resources: ResourcesDep, client_id: UUID, wanted: WantedDep
) -> StreamingResponse:
    await service.get_client(session, client_id)
    return StreamingResponse(
        service.executions_csv(resources.database, client_id, wanted),
        media_type="text/csv; charset=utf-8",
        headers=csv_headers("executions"),
    )
