"""The columns of counts: how they are made from executions, and how they are added up."""

from __future__ import annotations

from typing import Any

import orjson

NAMES = (
    "executions",
    "success",
    "error",
    "crashed",
    "canceled",
    "waiting",
    "running",
    "unknown",
    "recovered",
    "waited",
    "timed",
    "duration_sum",
    "duration_max",
)
COLUMNS = ", ".join(NAMES)

_OF = {
    "executions": "count(*)",
    "success": "count(*) FILTER (WHERE e.status = 'success')",
    "error": "count(*) FILTER (WHERE e.failed)",
    "crashed": "count(*) FILTER (WHERE e.status = 'crashed')",
    "canceled": "count(*) FILTER (WHERE e.status = 'canceled')",
    "waiting": "count(*) FILTER (WHERE e.status = 'waiting')",
    "running": "count(*) FILTER (WHERE e.status IN ('running', 'new'))",
    "unknown": "count(*) FILTER (WHERE e.status = 'unknown')",
    "recovered": "count(*) FILTER (WHERE e.failed AND e.recovered_by IS NOT NULL)",
    "waited": "count(*) FILTER (WHERE e.waited)",
    "timed": "count(*) FILTER (WHERE e.timed)",
    "duration_sum": "coalesce(sum(e.duration_ms) FILTER (WHERE e.timed), 0)::bigint",
    "duration_max": "coalesce(max(e.duration_ms) FILTER (WHERE e.timed), 0)",
}
OF_EXECUTIONS = ", ".join(f"{_OF[name]} AS {name}" for name in NAMES)
"""Of `automation_executions e`."""

ADDED = ", ".join(
    f"coalesce(max({name}), 0) AS {name}"
    if name == "duration_max"
    else f"coalesce(sum({name}), 0)::bigint AS {name}"
    for name in NAMES
)
"""Of rows that have the columns already."""


def as_json(value: Any) -> str:
    return orjson.dumps(value).decode()
