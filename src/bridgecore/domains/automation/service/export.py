"""Figures and executions as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bridgecore.domains.automation.schemas.metrics import (
    ClientMetrics,
    ExecutionFigures,
    ExecutionFilter,
    ExecutionOut,
    Overview,
    WorkflowsOut,
)
from bridgecore.domains.automation.service.executions import export_executions
from bridgecore.infra.db import Database
from bridgecore.kit.clock import isoformat

# what makes spreadsheets take a cell for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_FIGURES = tuple(name for name in ExecutionFigures.model_fields if name != "money_saved")
_BUCKET = (
    "start",
    "executions",
    "success",
    "error",
    "canceled",
    "success_rate",
    "average_ms",
    "max_ms",
)


def series_csv(found: ClientMetrics) -> bytes:
    """One line an hour, day, week or month."""
    return _csv(_BUCKET, ([getattr(row, name) for name in _BUCKET] for row in found.series))


def workflows_csv(found: WorkflowsOut) -> bytes:
    """One line a workflow."""
    return _csv(
        ("server", "workflow_id", "name", "active", *_FIGURES, "money_saved", "last_run_at"),
        (
            [
                row.server,
                row.workflow_id,
                row.name,
                row.active,
                *_of(row.figures),
                row.last_run_at,
            ]
            for row in found.workflows
        ),
    )


def overview_csv(found: Overview) -> bytes:
    """One line a client."""
    return _csv(
        ("client_id", "client", *_FIGURES, "money_saved", "last_run_at", "attention"),
        (
            [
                row.client.id,
                row.client.name,
                *_of(row.figures),
                row.last_run_at,
                "; ".join(each.text for each in row.attention),
            ]
            for row in found.clients
        ),
    )


async def executions_csv(
    database: Database, tenant_id: UUID, wanted: ExecutionFilter
) -> AsyncIterator[bytes]:
    """One line an execution, the newest first; the whole of it is never in memory."""
    names = tuple(ExecutionOut.model_fields)
    yield _csv(names, ())
    async for some in export_executions(database, tenant_id, wanted):
        yield _lines([getattr(row, name) for name in names] for row in some)


def _of(figures: ExecutionFigures) -> list[object]:
    money = " ".join(f"{each.amount} {each.currency}" for each in figures.money_saved)
    return [*(getattr(figures, name) for name in _FIGURES), money]


def _csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    return _lines([names]) + _lines(rows)


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return isoformat(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
