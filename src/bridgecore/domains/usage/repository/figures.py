"""Figures of any period, read from days, hours and the log, whichever there are.

Each piece of the period (`schemas.periods.Pieces`) is one branch of a UNION; the branches have
the same columns and are added up. So what is read does not grow with the number of requests, but
for the hours that have no figures yet.
"""

# ruff: noqa: S608 - statements are put together from names of ours; values are bound

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.models import Grain
from bridgecore.domains.usage.repository.measures import (
    ADDED,
    COLUMNS,
    COUNTS_OF_LOG,
    HISTOGRAM_ADDED,
    HISTOGRAM_OF_LOG,
    LOG_ROW,
    OF_LOG,
)
from bridgecore.domains.usage.schemas import Pieces, Subject


class Key(Enum):
    """What figures are told apart by: how it is read from days, hours and the log."""

    TENANT = ("tenant_id", "tenant_id", "tenant_id", "tenant_id")
    METHOD = ("method", "method", "method", "method")
    ROUTE = ("route", "route", "route", "route")
    MODEL = ("model", "model", "model", "model")
    HOUR = (
        "start",
        "day::timestamp AT TIME ZONE 'UTC'",
        "hour",
        "date_trunc('hour', occurred_at, 'UTC')",
    )
    DAY = (
        "start",
        "day::timestamp AT TIME ZONE 'UTC'",
        "date_trunc('day', hour, 'UTC')",
        "date_trunc('day', occurred_at, 'UTC')",
    )
    HOUR_OF_DAY = (
        "hour_of_day",
        "0",
        "extract(hour FROM hour AT TIME ZONE 'UTC')::int",
        "extract(hour FROM occurred_at AT TIME ZONE 'UTC')::int",
    )


ENDPOINT = (Key.METHOD, Key.ROUTE)


_OF_ENDPOINT = frozenset({Key.METHOD, Key.ROUTE, Key.MODEL})
_BY_TIME = frozenset({Key.HOUR, Key.DAY})
EVERYONE = Subject()


async def rollups(
    session: AsyncSession, start: datetime, end: datetime
) -> tuple[set[datetime], set[datetime]]:
    """The beginnings of the days, and of the hours, in [start, end) that have fresh figures."""
    rows = await session.execute(
        text(
            "SELECT kind, start FROM usage_rollups"
            " WHERE start >= date_trunc('day', CAST(:start AS timestamptz), 'UTC')"
            " AND start < :end AND NOT stale"
        ),
        {"start": start, "end": end},
    )
    days: set[datetime] = set()
    hours: set[datetime] = set()
    for kind, moment in rows:
        (days if kind == "day" else hours).add(moment.astimezone(UTC))
    return days, hours


async def read(
    session: AsyncSession,
    pieces: Pieces,
    subject: Subject = EVERYONE,
    keys: Sequence[Key] = (),
    *,
    among: Sequence[UUID] | None = None,
    histogram: bool = True,
    order_by: str = "",
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """Rows of `keys` and the columns of figures; with no keys exactly one row.

    `among`: of these tenants alone. `histogram` False leaves out what percentiles of longer times
    need, which is most of the work.
    """
    names = [key.value[0] for key in keys]
    grain = _grain(subject, keys)
    where = _where(subject)
    if among is not None:
        where += " AND tenant_id = ANY(:among)"
    if Key.MODEL in keys:
        where += " AND model <> ''"  # requests that touched a model
    parameters: dict[str, Any] = {
        "grain": grain.value,
        "tenant_id": subject.tenant_id,
        "method": subject.method,
        "route": subject.route,
        "model": subject.model,
        "among": None if among is None else list(among),
    }
    branches: list[str] = []
    kept = ", histogram" if histogram else ""
    if pieces.days:
        parameters["days"] = pieces.days
        branches.append(
            f"SELECT {_keys(keys, 1)}{COLUMNS}{kept} FROM usage_daily"
            f" WHERE grain = :grain AND day = ANY(:days){where}"
        )
    if pieces.hours:
        parameters["hours"] = pieces.hours
        branches.append(
            f"SELECT {_keys(keys, 2)}{COLUMNS}{kept} FROM usage_hourly"
            f" WHERE grain = :grain AND hour = ANY(:hours){where}"
        )
    made = f", {HISTOGRAM_OF_LOG}" if histogram else ""
    alone = len(pieces.days) + len(pieces.hours) + len(pieces.ranges) == 1
    of_log = OF_LOG if alone or _BY_TIME.intersection(keys) else COUNTS_OF_LOG
    groups = ", ".join(str(number) for number in range(1, len(keys) + 1))
    for number, (start, end) in enumerate(pieces.ranges):
        parameters[f"from_{number}"], parameters[f"to_{number}"] = start, end
        # figures of the log are of tenants; what staff do is in the log alone
        branches.append(
            f"SELECT {_keys(keys, 3)}{of_log}{made} FROM (SELECT {LOG_ROW} FROM usage_logs"
            f" WHERE occurred_at >= :from_{number} AND occurred_at < :to_{number}"
            f" AND tenant_id IS NOT NULL{where}) AS log"
            + (f" GROUP BY {groups}" if keys else " HAVING count(*) > 0")
        )
    columns = ", ".join([*names, COLUMNS]) + kept
    empty = f"SELECT {_nothing(keys)}{_EMPTY}{', NULL::int[]' if histogram else ''} WHERE false"
    union = "\nUNION ALL ".join(branches or [empty])
    statement = (
        f"SELECT {''.join(name + ', ' for name in names)}{ADDED}"
        + (f", {HISTOGRAM_ADDED}" if histogram else "")
        + f"\nFROM ({union}) AS pieces ({columns})"
        + (f"\nGROUP BY {', '.join(names)}" if names else "")
        + (f"\nORDER BY {order_by}" if order_by else "")
        + (f"\nLIMIT {limit:d}" if limit is not None else "")
    )
    bound = {name: value for name, value in parameters.items() if f":{name}" in statement}
    return (await session.execute(text(statement), bound)).all()


def _grain(subject: Subject, keys: Sequence[Key]) -> Grain:
    """The coarsest rows that can answer."""
    endpoint = subject.by_endpoint or any(key in _OF_ENDPOINT for key in keys)
    if subject.tenant_id is not None or Key.TENANT in keys:
        return Grain.TENANT_ENDPOINT if endpoint else Grain.TENANT
    return Grain.PLATFORM_ENDPOINT if endpoint else Grain.PLATFORM


def _keys(keys: Sequence[Key], source: int) -> str:
    return "".join(f"{key.value[source]} AS {key.value[0]}, " for key in keys)


_TYPES = {"tenant_id": "uuid", "start": "timestamptz", "hour_of_day": "int"}
_EMPTY = ", ".join(
    "NULL::float8" if name.startswith(("duration", "p5", "p9")) else "NULL::bigint"
    for name in COLUMNS.split(", ")
)


def _nothing(keys: Sequence[Key]) -> str:
    return "".join(f"NULL::{_TYPES.get(key.value[0], 'text')}, " for key in keys)


def _where(subject: Subject) -> str:
    return "".join(
        f" AND {name} = :{name}"
        for name in ("tenant_id", "method", "route", "model")
        if getattr(subject, name) is not None
    )


async def busiest_tenants(
    session: AsyncSession, pieces: Pieces, subject: Subject, limit: int
) -> Sequence[UUID]:
    """The tenants that asked most for `subject`; only requests are added up for it."""
    grain = Grain.TENANT_ENDPOINT if subject.by_endpoint else Grain.TENANT
    where = _where(subject)
    parameters: dict[str, Any] = {
        "limit": limit,
        "method": subject.method,
        "route": subject.route,
        "model": subject.model,
    }
    branches: list[str] = []
    # the grain is written out, so that indexes of it alone can be used
    for table, column, name, values in (
        ("usage_daily", "day", "days", pieces.days),
        ("usage_hourly", "hour", "hours", pieces.hours),
    ):
        if values:
            parameters[name] = values
            branches.append(
                f"SELECT tenant_id, requests FROM {table}"
                f" WHERE grain = '{grain.value}' AND {column} = ANY(:{name}){where}"
            )
    for number, (start, end) in enumerate(pieces.ranges):
        parameters[f"from_{number}"], parameters[f"to_{number}"] = start, end
        branches.append(
            f"SELECT tenant_id, count(*) FROM usage_logs WHERE occurred_at >= :from_{number}"
            f" AND occurred_at < :to_{number} AND tenant_id IS NOT NULL{where} GROUP BY 1"
        )
    if not branches:
        return []
    union = "\nUNION ALL ".join(branches)
    statement = (
        f"SELECT tenant_id FROM ({union}) AS pieces (tenant_id, requests)"
        " GROUP BY 1 ORDER BY sum(requests) DESC, 1 LIMIT :limit"
    )
    bound = {name: value for name, value in parameters.items() if f":{name}" in statement}
    return (await session.scalars(text(statement), bound)).all()


async def count_active_tenants(session: AsyncSession, pieces: Pieces) -> int:
    """How many tenants made a request."""
    branches: list[str] = []
    parameters: dict[str, Any] = {"grain": Grain.TENANT.value}
    if pieces.days:
        parameters["days"] = pieces.days
        branches.append(
            "SELECT tenant_id FROM usage_daily WHERE grain = :grain AND day = ANY(:days)"
        )
    if pieces.hours:
        parameters["hours"] = pieces.hours
        branches.append(
            "SELECT tenant_id FROM usage_hourly WHERE grain = :grain AND hour = ANY(:hours)"
        )
    for number, (start, end) in enumerate(pieces.ranges):
        parameters[f"from_{number}"], parameters[f"to_{number}"] = start, end
        branches.append(
            f"SELECT tenant_id FROM usage_logs WHERE occurred_at >= :from_{number}"
            f" AND occurred_at < :to_{number} AND tenant_id IS NOT NULL"
        )
    if not branches:
        return 0
    union = "\nUNION ALL ".join(branches)
    bound = {name: value for name, value in parameters.items() if f":{name}" in union}
    return int(
        await session.scalar(
            text(f"SELECT count(DISTINCT tenant_id) FROM ({union}) AS seen"), bound
        )
        or 0
    )
