"""The error log: groups of equal errors, and their lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row, Select, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage.models import ErrorGroup, ErrorLog
from bridgecore.domains.usage.schemas import ErrorFilter
from bridgecore.domains.usage.schemas.periods import DAY, floor_day
from bridgecore.kit.ids import uuid7


@dataclass(slots=True)
class Failure:
    """One line to be written. `occurrences` grows while equal ones are folded into it."""

    occurred_at: datetime
    id: UUID
    tenant_id: UUID | None
    fingerprint: str
    severity: str
    code: str
    status: int
    message: str
    method: str
    route: str
    model: str
    operation: str
    correlation_id: str
    actor_id: UUID | None
    occurrences: int
    context: dict[str, Any]


_GROUP_TYPES = {
    "id": "uuid",
    "tenant_id": "uuid",
    "fingerprint": "text",
    "severity": "text",
    "code": "text",
    "status_code": "smallint",
    "message": "text",
    "method": "text",
    "route": "text",
    "model": "text",
    "occurrences": "bigint",
    "first_seen": "timestamptz",
    "last_seen": "timestamptz",
}
# what comes again after it was resolved is open again; the notes stay to be read
_UPSERT_GROUPS = text(
    f"""
    INSERT INTO error_groups AS known ({", ".join(_GROUP_TYPES)})
    SELECT * FROM unnest({", ".join(f"CAST(:{n} AS {t}[])" for n, t in _GROUP_TYPES.items())})
    ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
        occurrences = known.occurrences + excluded.occurrences,
        first_seen = least(known.first_seen, excluded.first_seen),
        last_seen = greatest(known.last_seen, excluded.last_seen),
        message = CASE WHEN excluded.last_seen >= known.last_seen
                       THEN excluded.message ELSE known.message END,
        severity = excluded.severity,
        reopened_at = CASE WHEN known.resolved_at < excluded.last_seen
                           THEN excluded.last_seen ELSE known.reopened_at END,
        resolved_at = CASE WHEN known.resolved_at < excluded.last_seen
                           THEN NULL ELSE known.resolved_at END,
        resolved_by = CASE WHEN known.resolved_at < excluded.last_seen
                           THEN NULL ELSE known.resolved_by END
    RETURNING id, tenant_id, fingerprint
    """  # noqa: S608 - names of ours
)
_LINE_TYPES = {
    "occurred_at": "timestamptz",
    "id": "uuid",
    "group_id": "uuid",
    "tenant_id": "uuid",
    "fingerprint": "text",
    "severity": "text",
    "code": "text",
    "status": "smallint",
    "message": "text",
    "method": "text",
    "route": "text",
    "model": "text",
    "operation": "text",
    "correlation_id": "text",
    "actor_id": "uuid",
    "occurrences": "int",
    "context": "jsonb",
}
_INSERT_LINES = text(
    f"INSERT INTO error_logs ({', '.join(_LINE_TYPES)}) SELECT * FROM unnest("  # noqa: S608
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _LINE_TYPES.items())
    + ")"
)


_ADD_TO_DAYS = text(
    """
    INSERT INTO error_daily AS known (group_id, day, severity, tenant_id, occurrences)
    SELECT * FROM unnest(CAST(:groups AS uuid[]), CAST(:days AS date[]),
                         CAST(:severities AS text[]), CAST(:tenants AS uuid[]),
                         CAST(:occurrences AS bigint[]))
    ON CONFLICT (group_id, day, severity)
    DO UPDATE SET occurrences = known.occurrences + excluded.occurrences
    """
)


async def insert(session: AsyncSession, failures: Sequence[Failure]) -> None:
    """Write lines, and add them to their groups. Needs a platform session."""
    together: dict[tuple[UUID | None, str], list[Failure]] = {}
    for failure in failures:
        together.setdefault((failure.tenant_id, failure.fingerprint), []).append(failure)
    # always in one order, so that two processes never wait for each other in a circle
    ordered = sorted(together.items(), key=lambda item: (str(item[0][0]), item[0][1]))
    columns: dict[str, list[Any]] = {name: [] for name in _GROUP_TYPES}
    for (tenant_id, fingerprint), lines in ordered:
        latest = max(lines, key=lambda line: line.occurred_at)
        for name, value in {
            "id": uuid7(),
            "tenant_id": tenant_id,
            "fingerprint": fingerprint,
            "severity": latest.severity,
            "code": latest.code,
            "status_code": latest.status,
            "message": latest.message,
            "method": latest.method,
            "route": latest.route,
            "model": latest.model,
            "occurrences": sum(line.occurrences for line in lines),
            "first_seen": min(line.occurred_at for line in lines),
            "last_seen": latest.occurred_at,
        }.items():
            columns[name].append(value)
    groups = {
        (row.tenant_id, row.fingerprint): row.id
        for row in await session.execute(_UPSERT_GROUPS, columns)
    }
    await session.execute(
        _INSERT_LINES,
        {name: [_value(failure, name, groups) for failure in failures] for name in _LINE_TYPES},
    )
    await _add_to_days(session, failures, groups)


async def _add_to_days(
    session: AsyncSession,
    failures: Sequence[Failure],
    groups: Mapping[tuple[UUID | None, str], UUID],
) -> None:
    days: Counter[tuple[UUID, date, str, UUID | None]] = Counter()
    for line in failures:
        day = line.occurred_at.astimezone(UTC).date()
        group_id = groups[line.tenant_id, line.fingerprint]
        days[group_id, day, line.severity, line.tenant_id] += line.occurrences
    # in one order, as with the groups
    keys = sorted(days, key=lambda key: (key[0], key[1], key[2]))
    await session.execute(
        _ADD_TO_DAYS,
        {
            "groups": [key[0] for key in keys],
            "days": [key[1] for key in keys],
            "severities": [key[2] for key in keys],
            "tenants": [key[3] for key in keys],
            "occurrences": [days[key] for key in keys],
        },
    )


def _value(failure: Failure, name: str, groups: Mapping[tuple[UUID | None, str], UUID]) -> Any:
    if name == "group_id":
        return groups[failure.tenant_id, failure.fingerprint]
    if name == "context":
        return Jsonb(failure.context)
    return getattr(failure, name)


async def page(
    session: AsyncSession,
    wanted: ErrorFilter,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[ErrorGroup]:
    """Groups, those seen last first, behind `before`."""
    query = _filtered_groups(select(ErrorGroup), wanted)
    if before is not None:
        query = query.where(tuple_(ErrorGroup.last_seen, ErrorGroup.id) < before)
    query = query.order_by(ErrorGroup.last_seen.desc(), ErrorGroup.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def group(session: AsyncSession, any_id: UUID, *, lock: bool = False) -> ErrorGroup | None:
    """The group of this id, or the one that the line of this id belongs to."""
    query = select(ErrorGroup).where(ErrorGroup.id == any_id)
    of_line = select(ErrorGroup).where(
        ErrorGroup.id == select(ErrorLog.group_id).where(ErrorLog.id == any_id).scalar_subquery()
    )
    if lock:
        query, of_line = query.with_for_update(), of_line.with_for_update()
    found: ErrorGroup | None = await session.scalar(query) or await session.scalar(of_line)
    return found


async def lines(session: AsyncSession, group_id: UUID, limit: int) -> Sequence[ErrorLog]:
    """The latest lines of a group."""
    query = (
        select(ErrorLog)
        .where(ErrorLog.group_id == group_id)
        .order_by(ErrorLog.occurred_at.desc(), ErrorLog.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def summed(
    session: AsyncSession, tenant_id: UUID | None, start: datetime, end: datetime, limit: int
) -> tuple[Sequence[tuple[str, str, int]], Sequence[UUID]]:
    """Severity, code and number of the errors in [start, end); and the groups with most of them.

    Whole days come from the sums of days, the edges from the lines.
    """
    first = floor_day(start) + (DAY if start > floor_day(start) else timedelta())
    last = max(first, floor_day(end))
    bound: dict[str, Any] = {
        "start": start,
        "end": end,
        "first": min(first, end),
        "last": max(last, start),
        "first_day": first.date(),
        "last_day": last.date(),
        "limit": limit,
    }
    own = ""
    if tenant_id is not None:
        bound["tenant_id"] = tenant_id
        own = " AND tenant_id = :tenant_id"
    rows = await session.execute(
        text(
            f"""
            WITH pieces AS (
                SELECT group_id, severity, occurrences FROM error_daily
                 WHERE day >= :first_day AND day < :last_day{own}
                UNION ALL
                SELECT group_id, severity, occurrences FROM error_logs
                 WHERE occurred_at >= :start AND occurred_at < :first{own}
                UNION ALL
                SELECT group_id, severity, occurrences FROM error_logs
                 WHERE occurred_at >= :last AND occurred_at < :end{own}),
            found AS MATERIALIZED (
                SELECT group_id, severity, sum(occurrences::float8)::bigint AS occurrences
                  FROM pieces GROUP BY group_id, severity)
            (SELECT found.severity, coalesce(error_groups.code, '') AS code,
                    sum(found.occurrences)::bigint AS occurrences, NULL::uuid AS group_id
               FROM found LEFT JOIN error_groups ON error_groups.id = found.group_id
              GROUP BY 1, 2)
            UNION ALL
            (SELECT NULL, NULL, sum(occurrences)::bigint, group_id
               FROM found GROUP BY group_id ORDER BY 3 DESC, group_id LIMIT :limit)
            """  # noqa: S608 - names of ours
        ),
        bound,
    )
    counts: list[tuple[str, str, int]] = []
    often: list[tuple[int, UUID]] = []
    for row in rows:
        if row.group_id is None:
            counts.append((row.severity, row.code, row.occurrences))
        else:
            often.append((row.occurrences, row.group_id))
    often.sort(key=lambda one: (-one[0], one[1]))
    return counts, [group_id for _, group_id in often]


async def groups_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[ErrorGroup]:
    """Those that exist, in the order of `ids`."""
    found = {
        group.id: group
        for group in await session.scalars(select(ErrorGroup).where(ErrorGroup.id.in_(ids)))
    }
    return [found[each] for each in ids if each in found]


async def open_by_severity(session: AsyncSession, tenant_id: UUID | None) -> dict[str, int]:
    query = (
        select(ErrorGroup.severity, func.count())
        .where(ErrorGroup.resolved_at.is_(None))
        .group_by(ErrorGroup.severity)
    )
    if tenant_id is not None:
        query = query.where(ErrorGroup.tenant_id == tenant_id)
    return {row[0]: row[1] for row in await session.execute(query)}


EXPORTED = (
    *(column.key for column in ErrorLog.__table__.columns if column.key != "context"),
    "resolved_at",
    "resolution_notes",
)


async def stream(
    session: AsyncSession, wanted: ErrorFilter, start: datetime, end: datetime
) -> AsyncIterator[Sequence[Row[Any]]]:
    """All lines of [start, end) with how they were resolved, newest first, in parts."""
    columns = [column for column in ErrorLog.__table__.columns if column.key != "context"]
    query: Select[Any] = (
        select(*columns, ErrorGroup.resolved_at, ErrorGroup.resolution_notes)
        .join(ErrorGroup, ErrorGroup.id == ErrorLog.group_id)
        .where(ErrorLog.occurred_at >= start, ErrorLog.occurred_at < end)
        .order_by(ErrorLog.occurred_at.desc(), ErrorLog.id.desc())
        .execution_options(yield_per=1000)
    )
    query = _filtered(query, wanted, ErrorLog)
    if wanted.unresolved_only:
        query = query.where(ErrorGroup.resolved_at.is_(None))
    result = await session.stream(query)
    async for part in result.partitions():
        yield part


def _filtered_groups(query: Select[Any], wanted: ErrorFilter) -> Select[Any]:
    query = _filtered(query, wanted, ErrorGroup)
    if wanted.unresolved_only:
        query = query.where(ErrorGroup.resolved_at.is_(None))
    if wanted.start is not None:
        query = query.where(ErrorGroup.last_seen >= wanted.start)
    if wanted.end is not None:
        query = query.where(ErrorGroup.first_seen < wanted.end)
    return query


def _filtered(
    query: Select[Any], wanted: ErrorFilter, table: type[ErrorGroup] | type[ErrorLog]
) -> Select[Any]:
    if wanted.tenant_id is not None:
        query = query.where(table.tenant_id == wanted.tenant_id)
    if wanted.severity is not None:
        query = query.where(table.severity == wanted.severity)
    if wanted.code is not None:
        query = query.where(table.code == wanted.code)
    if wanted.search:
        query = query.where(
            or_(
                table.message.icontains(wanted.search, autoescape=True),
                table.route.icontains(wanted.search, autoescape=True),
            )
        )
    return query


async def forget_groups(session: AsyncSession, before: datetime) -> int:
    """Delete groups last seen before `before`; their lines are gone. Returns how many went.

    Sums of days before it go too.
    """
    await session.execute(text("DELETE FROM error_daily WHERE day < :day"), {"day": before.date()})
    result = await session.execute(
        text("DELETE FROM error_groups WHERE last_seen < :before"), {"before": before}
    )
    return int(getattr(result, "rowcount", 0))
