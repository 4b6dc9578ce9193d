"""Parameters that several routes share, and CSV answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import Response

from bridgecore.domains.automation.schemas.metrics import ExecutionFilter, Plain, Runs, Status
from bridgecore.domains.automation.schemas.periods import Interval
from bridgecore.domains.automation.service import Asked
from bridgecore.kit.clock import Moment

Days = Annotated[
    int,
    Query(
        ge=1,
        le=400,
        description="Whole days of the tenant's calendar, today included; unless `from`, `to`.",
    ),
]
From = Annotated[Moment | None, Query(alias="from", description="First moment of the period.")]
To = Annotated[Moment | None, Query(alias="to", description="First moment after the period.")]
RunsQuery = Annotated[Runs, Query(description="Which executions are counted.")]
Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=500)]

CSV: Mapping[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "CSV, UTF-8"}
}
CSV_HEADERS = {"Cache-Control": "no-store"}


def asked(
    start: From = None,
    end: To = None,
    days: Days = 30,
    interval: Annotated[Interval | None, Query()] = None,
    runs: RunsQuery = Runs.PRODUCTION,
) -> Asked:
    return Asked(start, end, days, interval, runs)


def wanted(
    status: Annotated[list[Status] | None, Query(max_length=8)] = None,
    runs: RunsQuery = Runs.ALL,
    workflow_id: Annotated[Plain | None, Query()] = None,
    connection_id: UUID | None = None,
    start: From = None,
    end: To = None,
) -> ExecutionFilter:
    return ExecutionFilter(
        status=status,
        runs=runs,
        workflow_id=workflow_id,
        connection_id=connection_id,
        start=start,
        end=end,
    )


AskedDep = Annotated[Asked, Depends(asked)]
WantedDep = Annotated[ExecutionFilter, Depends(wanted)]


def csv_answer(name: str, body: bytes) -> Response:
    return Response(body, media_type="text/csv; charset=utf-8", headers=csv_headers(name))


def csv_headers(name: str) -> dict[str, str]:
    return {**CSV_HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'}
