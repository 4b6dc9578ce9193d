"""A tenant's own figures: what its automations did, what failed, what was saved."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response, StreamingResponse

from bridgecore.domains.audit.service import audited
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
from bridgecore.domains.automation.schemas.clients import SavingsIn
from bridgecore.domains.automation.schemas.metrics import (
    ClientMetrics,
    ExecutionOut,
    Savings,
    WorkflowsOut,
)
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, SessionDep

router = APIRouter(prefix="/api/v1/metrics", tags=["automation"])

Reader = Annotated[Actor, Depends(requires_member("automation:read"))]
Writer = Annotated[Actor, Depends(requires_member("automation:write"))]
WorkflowId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]


def _own(actor: Actor) -> UUID:
    assert actor.tenant_id is not None  # `requires_member` lets nobody else pass
    return actor.tenant_id


@router.get("/my-metrics", summary="What your automations did")
async def my_metrics(actor: Reader, session: SessionDep, asked: AskedDep) -> ClientMetrics:
    return await service.client_metrics(session, _own(actor), asked)


@router.get(
    "/my-metrics.csv",
    summary="What your automations did over time, as CSV",
    response_class=Response,
    responses=dict(CSV),
)
async def my_metrics_csv(actor: Reader, session: SessionDep, asked: AskedDep) -> Response:
    found = await service.client_metrics(session, _own(actor), asked)
    return csv_answer("metrics", service.series_csv(found))


@router.get("/my-workflows", summary="What each of your workflows did")
async def my_workflows(actor: Reader, session: SessionDep, asked: AskedDep) -> WorkflowsOut:
    return await service.workflow_metrics(session, _own(actor), asked)


@router.get(
    "/my-workflows.csv",
    summary="What each of your workflows did, as CSV",
    response_class=Response,
    responses=dict(CSV),
)
async def my_workflows_csv(actor: Reader, session: SessionDep, asked: AskedDep) -> Response:
    found = await service.workflow_metrics(session, _own(actor), asked)
    return csv_answer("workflows", service.workflows_csv(found))


@router.put(
    "/my-workflows/{connection_id}/{workflow_id}/savings",
    summary="Say what a run of your workflow saves",
)
@audited("automation.savings_changed")
async def set_my_savings(
    actor: Writer,
    session: SessionDep,
    connection_id: UUID,
    workflow_id: WorkflowId,
    body: SavingsIn,
) -> Savings:
    """Figures of the past follow at once."""
    return await service.set_savings(session, actor, _own(actor), connection_id, workflow_id, body)


@router.get("/my-executions", summary="Your executions, newest first")
async def my_executions(
    actor: Reader,
    session: SessionDep,
    wanted: WantedDep,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Feed[ExecutionOut]:
    """With what went wrong, and a link into n8n."""
    return await service.list_executions(session, _own(actor), wanted, cursor, limit)


@router.get(
    "/my-executions.csv",
    summary="Your executions as CSV",
    response_class=StreamingResponse,
    responses=dict(CSV),
)
async def my_executions_csv(
    actor: Reader, resources: ResourcesDep, wanted: WantedDep
) -> StreamingResponse:
    return StreamingResponse(
        service.executions_csv(resources.database, _own(actor), wanted),
        media_type="text/csv; charset=utf-8",
        headers=csv_headers("executions"),
    )
