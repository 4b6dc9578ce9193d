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
    "executions": "(count(*))::int",
    "success": "(count(*) FILTER (WHERE e.status = 'success'))::int",
    "error": "(count(*) FILTER (WHERE e.failed))::int",
    "crashed": "(count(*) FILTER (WHERE e.status = 'crashed'))::int",
    "canceled": "(count(*) FILTER (WHERE e.status = 'canceled'))::int",
    "waiting": "(count(*) FILTER (WHERE e.status = 'waiting'))::int",
    "running": "(count(*) FILTER (WHERE e.status IN ('running', 'new')))::int",
    "unknown": "(count(*) FILTER (WHERE e.status = 'unknown'))::int",
    "recovered": "(count(*) FILTER (WHERE e.failed AND e.recovered_by IS NOT NULL))::int",
    "waited": "(count(*) FILTER (WHERE e.waited))::int",
    "timed": "(count(*) FILTER (WHERE e.timed))::int",
    "duration_sum": "coalesce(sum(e.duration_ms) FILTER (WHERE e.timed), 0)::bigint",
    "duration_max": "coalesce(max(e.duration_ms) FILTER (WHERE e.timed), 0)",
}
OF_EXECUTIONS = ", ".join(f"{_OF[name]} AS {name}" for name in NAMES)
"""Of `automation_executions e`."""

_SUMS = {
    # a sum of bigint is a numeric, which is slow; milliseconds of ages are exact in a double
    "duration_sum": "coalesce(sum(duration_sum::float8), 0)::bigint",
    "duration_max": "coalesce(max(duration_max), 0)",
}
ADDED = ", ".join(f"{_SUMS.get(name, f'coalesce(sum({name}), 0)')} AS {name}" for name in NAMES)
"""Of rows that have the columns already."""


def as_json(value: Any) -> str:
    return orjson.dumps(value).decode()
