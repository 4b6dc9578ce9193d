"""Errors: found, resolved with notes, opened again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.usage.errors import ErrorNotFound
from bridgecore.domains.usage.models import ErrorGroup
from bridgecore.domains.usage.repository import failures
from bridgecore.domains.usage.schemas import (
    ErrorDetailOut,
    ErrorFilter,
    ErrorGroupOut,
    ErrorLineOut,
    ErrorPage,
    ErrorSeverity,
    ErrorSummaryOut,
    Period,
)
from bridgecore.domains.usage.service.analytics import open_errors
from bridgecore.infra.auth import Actor
from bridgecore.kit.clock import utcnow
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_CURSOR = "errors"
_LINES_SHOWN = 50
_FREQUENT_SHOWN = 10
_COLUMNS = tuple(ErrorGroupOut.model_fields.keys() - {"tenant_name", "resolved"})


async def list_errors(session: AsyncSession, wanted: ErrorFilter) -> ErrorPage:
    """Errors, those seen last first. Raises InvalidCursor."""
    before = None
    if wanted.cursor is not None:
        moment, group_id = decode_cursor(_CURSOR, wanted.cursor, [datetime, UUID])
        before = (moment, group_id)
    now = utcnow()
    rows = await failures.page(session, wanted, before, wanted.limit + 1)
    last = rows[wanted.limit - 1] if len(rows) > wanted.limit else None
    return ErrorPage(
        items=await _named(session, rows[: wanted.limit]),
        next_cursor=encode_cursor(_CURSOR, [last.last_seen, last.id]) if last else None,
        as_of=now,
    )


async def error_detail(session: AsyncSession, error_id: UUID) -> ErrorDetailOut:
    """An error by its id, or by that of one of its lines. Raises ErrorNotFound."""
    group = await _group(session, error_id)
    lines = await failures.lines(session, group.id, _LINES_SHOWN)
    return ErrorDetailOut(
        **(await _named(session, [group]))[0].model_dump(),
        lines=[ErrorLineOut.model_validate(line) for line in lines],
    )


async def error_summary(
    session: AsyncSession, tenant_id: UUID | None, period: Period
) -> ErrorSummaryOut:
    by_severity = dict.fromkeys((severity.value for severity in ErrorSeverity), 0)
    by_code: dict[str, int] = {}
    counts, often = await failures.summed(
        session, tenant_id, period.start, period.end, _FREQUENT_SHOWN
    )
    for severity, code, count in counts:
        by_severity[severity] += count
        by_code[code] = by_code.get(code, 0) + count
    frequent = await failures.groups_by_id(session, often)
    return ErrorSummaryOut(
        from_=period.start,
        to=period.end,
        as_of=utcnow(),
        tenant_id=tenant_id,
        occurrences=sum(by_severity.values()),
        by_severity=by_severity,
        by_code=dict(sorted(by_code.items(), key=lambda item: (-item[1], item[0]))),
        open_errors=await open_errors(session, tenant_id),
        most_frequent=await _named(session, frequent),
    )


async def resolve_error(
    session: AsyncSession, actor: Actor, error_id: UUID, notes: str
) -> ErrorGroupOut:
    """Mark an error as resolved; it opens again by itself if it comes again.

    Resolving once more replaces the notes. Raises ErrorNotFound.
    """
    group = await _group(session, error_id, lock=True)
    before = {"resolved": group.resolved_at is not None, "notes": group.resolution_notes}
    group.resolved_at = group.resolved_at or utcnow()
    group.resolved_by = actor.id
    group.resolution_notes = notes
    await session.flush()
    await audit.record(
        session,
        actor,
        "error.resolved",
        target_type="error",
        target_id=group.id,
        tenant_id=group.tenant_id,
        changes=audit.difference(before, {"resolved": True, "notes": notes}),
    )
    return (await _named(session, [group]))[0]


async def reopen_error(
    session: AsyncSession, actor: Actor, error_id: UUID, reason: str
) -> ErrorGroupOut:
    """Take a resolution back; the notes stay to be read. Raises ErrorNotFound."""
    group = await _group(session, error_id, lock=True)
    if group.resolved_at is not None:
        group.resolved_at = None
        group.resolved_by = None
        group.reopened_at = utcnow()
    await session.flush()
    await audit.record(
        session,
        actor,
        "error.reopened",
        target_type="error",
        target_id=group.id,
        tenant_id=group.tenant_id,
        reason=reason or None,
    )
    return (await _named(session, [group]))[0]


async def _group(session: AsyncSession, error_id: UUID, *, lock: bool = False) -> ErrorGroup:
    group = await failures.group(session, error_id, lock=lock)
    if group is None:
        raise ErrorNotFound
    return group


async def _named(session: AsyncSession, groups: Sequence[ErrorGroup]) -> list[ErrorGroupOut]:
    names = await tenancy.names(session, {each.tenant_id for each in groups if each.tenant_id})
    return [
        ErrorGroupOut(
            **{name: getattr(each, name) for name in _COLUMNS},
            tenant_name=names.get(each.tenant_id) if each.tenant_id else None,
            resolved=each.resolved_at is not None,
        )
        for each in groups
    ]
