"""Parity reports as people ask for them, read them and have them repaired."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service as connections
from bridgecore.domains.sync.errors import ReportNotFound
from bridgecore.domains.sync.models import SyncParityReport
from bridgecore.domains.sync.repository import parity
from bridgecore.domains.sync.schemas import (
    DifferenceOut,
    ParityIn,
    ParityReportOut,
    RepairIn,
    RunOut,
)
from bridgecore.domains.sync.service.runs import request
from bridgecore.infra.auth import Actor
from bridgecore.infra.web import Feed
from bridgecore.kit.clock import utcnow
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_REPORTS, _DIFFERENCES = "sync_parity", "sync_differences"
REPORTS_KEPT = timedelta(days=90)


async def compare(
    session: AsyncSession, actor: Actor | None, tenant_id: UUID, name: str, wanted: ParityIn
) -> RunOut:
    """Ask for a comparison. Raises ConnectionNotFound, EntityNotPlanned."""
    connection = await connections.named_connection(session, tenant_id, name)
    options = {"content": wanted.content, "entities": sorted(set(wanted.entities or ()))}
    return await request(session, actor, tenant_id, connection, "parity", options)


async def repair(
    session: AsyncSession, actor: Actor | None, tenant_id: UUID, name: str, wanted: RepairIn
) -> RunOut:
    """Ask for records that differ to be read again, exactly those.

    Raises ConnectionNotFound, EntityNotPlanned, ReportNotFound.
    """
    connection = await connections.named_connection(session, tenant_id, name)
    if wanted.keys:
        options = {"keys": wanted.keys, "entities": sorted(wanted.keys)}
        return await request(session, actor, tenant_id, connection, "repair", options)
    if wanted.report_id is not None:
        report = await found(session, tenant_id, wanted.report_id)
        if report.connection_id != connection.id:
            raise ReportNotFound
    else:
        latest = await parity.latest_with_differences(session, tenant_id, connection.id)
        if latest is None:
            raise ReportNotFound(
                "No parity report of this connection lists anything to repair; make one first."
            )
        report = latest
    options_of_report = {"report_id": str(report.id)}
    return await request(session, actor, tenant_id, connection, "repair", options_of_report)


async def list_reports(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    name: str | None,
    content: str | None,
    cursor: str | None,
    limit: int,
) -> Feed[ParityReportOut]:
    """Reports newest first. Raises ConnectionNotFound, InvalidCursor."""
    connection_id = None
    if name is not None:
        connection_id = (await connections.named_connection(session, tenant_id, name)).id
    before: UUID | None = decode_cursor(_REPORTS, cursor, [UUID])[0] if cursor else None
    rows = await parity.page(
        session,
        tenant_id,
        connection_id=connection_id,
        content=content,
        before=before,
        limit=limit + 1,
    )
    shown = rows[:limit]
    left = await parity.open_counts(session, [row.id for row in shown])
    return Feed(
        items=[_out(row, left.get(row.id, 0)) for row in shown],
        next_cursor=encode_cursor(_REPORTS, [shown[-1].id]) if len(rows) > limit else None,
    )


async def get_report(session: AsyncSession, tenant_id: UUID, report_id: UUID) -> ParityReportOut:
    """Raises ReportNotFound."""
    row = await found(session, tenant_id, report_id)
    left = await parity.open_counts(session, [report_id])
    return _out(row, left.get(report_id, 0))


async def list_differences(
    session: AsyncSession,
    tenant_id: UUID,
    report_id: UUID,
    *,
    entity: str | None,
    cursor: str | None,
    limit: int,
) -> Feed[DifferenceOut]:
    """The records a report lists. Raises ReportNotFound, InvalidCursor."""
    await found(session, tenant_id, report_id)
    after: tuple[str, str] | None = None
    if cursor:
        name, key = decode_cursor(_DIFFERENCES, cursor, [str, str])
        after = (name, key)
    rows = await parity.differences(
        session, tenant_id, report_id, entity=entity, after=after, limit=limit + 1
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Feed(
        items=[DifferenceOut.model_validate(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_DIFFERENCES, [last.entity, last.key]) if last else None,
    )


async def found(session: AsyncSession, tenant_id: UUID, report_id: UUID) -> SyncParityReport:
    """Raises ReportNotFound."""
    row = await parity.report(session, report_id)
    if row is None or row.tenant_id != tenant_id:
        raise ReportNotFound
    return row


async def forget_old_reports(session: AsyncSession) -> int:
    """Delete old reports. Needs a platform session."""
    return await parity.forget_before(session, utcnow() - REPORTS_KEPT)


def _out(row: SyncParityReport, unrepaired: int) -> ParityReportOut:
    told = ParityReportOut.model_validate(row)
    return told.model_copy(update={"unrepaired": unrepaired})
