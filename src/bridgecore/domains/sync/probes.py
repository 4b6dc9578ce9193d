"""What may be wrong with copies: silent servers, failing reads, deletes that wait, differences."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.events import (
    CONNECTION_CHANGED,
    CONNECTION_REMOVED,
    CONNECTION_STATUS_CHANGED,
)
from bridgecore.domains.connections.schemas import (
    ConnectionFilter,
    ConnectionStatus,
    StaffConnectionOut,
)
from bridgecore.domains.sync import events, service
from bridgecore.domains.sync.schemas import ConnectionSyncOut
from bridgecore.infra.alerting import AlertSeverity, Parameters, Probe, Reading
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import isoformat

PAGE = "/connections"
_MOST_CONNECTIONS = 1_000
_REPORTS = 200
_REFUSED = frozenset({ConnectionStatus.FAILING, ConnectionStatus.REAUTHORISE})


class ServerParameters(Parameters):
    times: int = Field(2, ge=1, le=100, description="Readings in a row that failed.")


class DifferenceParameters(Parameters):
    records: int = Field(1, ge=1, le=1_000_000, description="Records that differ, unrepaired.")


async def _server(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: ServerParameters
) -> Sequence[Reading]:
    found = []
    standing = await _standing(session, resources, tenant_id)
    for connection in await _connections(session, tenant_id):
        if not connection.is_active:
            continue
        how = standing.get(connection.id)
        failures = how.failures if how is not None and how.is_enabled else 0
        refused = connection.status in _REFUSED
        error = (how.error if failures and how else None) or connection.status_detail or ""
        found.append(
            Reading(
                subject=str(connection.id),
                name=connection.name,
                # one failed reading may be a restart; a check by a person, or a refused key, is not
                firing=refused or failures >= wanted.times or (None if failures else False),
                facts={
                    "connector": connection.connector,
                    "failures": failures,
                    "error": error,
                    "what_to_do": (how.what_to_do or "") if failures and how else "",
                    "since_at": isoformat(how.failing_since)
                    if how is not None and how.failing_since
                    else None,
                },
                page=PAGE,
            )
        )
    return found


async def _failed(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: Parameters
) -> Sequence[Reading]:
    return [
        Reading(
            subject=str(each.connection_id),
            name=each.connection_name,
            # while the server itself is silent, that is told and not this
            firing=None if each.failures else bool(_trouble(each)),
            facts={
                "connector": each.connector,
                "entities": ", ".join(each.entities_in_trouble[:5]),
                "error": each.error or "",
                "what_to_do": each.what_to_do or "",
            },
            page=PAGE,
        )
        for each in (await _standing(session, resources, tenant_id)).values()
        if each.is_enabled
    ]


async def _deletes(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: Parameters
) -> Sequence[Reading]:
    return [
        Reading(
            subject=str(each.connection_id),
            name=each.connection_name,
            # a failing connection says nothing of the question that waits behind it
            firing=None
            if each.state in ("failing", "needs_person")
            else each.state == "needs_confirmation",
            facts={"connector": each.connector},
            page=PAGE,
        )
        for each in (await _standing(session, resources, tenant_id)).values()
        if each.is_enabled
    ]


async def _parity(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: DifferenceParameters
) -> Sequence[Reading]:
    known = {each.id: each for each in await _connections(session, tenant_id)}
    if not known:
        return []
    reports = await service.list_reports(
        session, tenant_id, name=None, content=None, cursor=None, limit=_REPORTS
    )
    found: dict[UUID, Reading] = {}
    for report in reports.items:
        connection = known.get(report.connection_id)
        if (
            connection is None
            or report.connection_id in found
            or report.status not in ("equal", "differs")
        ):
            continue
        found[report.connection_id] = Reading(
            subject=str(report.connection_id),
            name=connection.name,
            firing=report.status == "differs" and report.unrepaired >= wanted.records,
            facts={
                "records": report.unrepaired,
                "missing": report.missing,
                "extra": report.extra,
                "different": report.different,
                "report_id": str(report.id),
            },
            page=PAGE,
        )
    return list(found.values())


def _trouble(each: ConnectionSyncOut) -> bool:
    return bool(each.entities_in_trouble) or each.state == "needs_person"


async def _connections(session: AsyncSession, tenant_id: UUID) -> Sequence[StaffConnectionOut]:
    wanted = ConnectionFilter(tenant_id=tenant_id)
    return (await connections.list_connections(session, wanted, 0, _MOST_CONNECTIONS))[0]


async def _standing(
    session: AsyncSession, resources: Resources, tenant_id: UUID
) -> dict[UUID, ConnectionSyncOut]:
    status = await service.background_status(session, resources, tenant_id)
    return {each.connection_id: each for each in status.connections}


_RUNS = frozenset({events.RUN_FINISHED, events.RUN_FAILED, CONNECTION_REMOVED})

PROBES: Sequence[Probe] = (
    Probe(
        "server_down",
        ServerParameters,
        AlertSeverity.CRITICAL,
        _server,
        triggers=_RUNS | {CONNECTION_STATUS_CHANGED, CONNECTION_CHANGED},
        for_staff=True,
    ),
    Probe("sync_failed", Parameters, AlertSeverity.WARNING, _failed, triggers=_RUNS),
    Probe(
        "deletes_waiting",
        Parameters,
        AlertSeverity.WARNING,
        _deletes,
        triggers=_RUNS | {events.DELETES_NEED_CONFIRMATION, events.DELETES_DECIDED},
    ),
    Probe(
        "parity_differs",
        DifferenceParameters,
        AlertSeverity.NOTICE,
        _parity,
        triggers=frozenset({events.PARITY_DIFFERS, events.RUN_FINISHED, CONNECTION_REMOVED}),
    ),
)
