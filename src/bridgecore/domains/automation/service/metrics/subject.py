"""A client whose figures are put together: its clock, its servers, and what to read for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.n8n.server import execution_url
from bridgecore.domains.automation.models import Workflow
from bridgecore.domains.automation.repository import feeds, figures
from bridgecore.domains.automation.repository.figures import Key
from bridgecore.domains.automation.schemas.metrics import (
    ClientRef,
    ErrorGroup,
    ExecutionLink,
    Runs,
    ServerOut,
)
from bridgecore.domains.automation.schemas.periods import Period, day_span, hour_span
from bridgecore.domains.automation.service.clients import servers_of
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantOut
from bridgecore.kit.clock import utcnow


@dataclass(slots=True)
class Subject:
    """One tenant, its clock and its servers, while its figures are put together."""

    tenant: TenantOut
    zone: ZoneInfo
    first_run_at: datetime | None
    servers: Sequence[ServerOut]
    now: datetime

    @property
    def ref(self) -> ClientRef:
        return ClientRef(
            id=self.tenant.id,
            name=self.tenant.name,
            slug=self.tenant.slug,
            status=self.tenant.status.value,
            time_zone=self.zone.key,
        )

    def has(self, period: Period) -> bool:
        """Whether what is known reaches back over all of a period."""
        return self.first_run_at is not None and self.first_run_at <= period.start

    @property
    def fresh_at(self) -> datetime | None:
        read = [server.fresh_at for server in self.servers if server.is_active]
        return min((each for each in read if each is not None), default=None)

    def link(
        self, connection_id: UUID, workflow_id: str, number: int, at: datetime
    ) -> ExecutionLink:
        return ExecutionLink(
            connection_id=connection_id,
            id=str(number),
            started_at=at,
            url=self.url(connection_id, workflow_id, number),
        )

    def url(self, connection_id: UUID, workflow_id: str, number: int) -> str | None:
        for server in self.servers:
            if server.connection_id == connection_id and server.url:
                return execution_url(server.url, workflow_id, str(number))
        return None

    def server_name(self, connection_id: UUID) -> str:
        for server in self.servers:
            if server.connection_id == connection_id:
                return server.name
        return "n8n"

    def server_url(self, connection_id: UUID, workflow_id: str) -> str | None:
        for server in self.servers:
            if server.connection_id == connection_id and server.url:
                return f"{server.url}/workflow/{workflow_id}"
        return None

    async def days(
        self, session: AsyncSession, period: Period, runs: Runs, *sets: Sequence[Key]
    ) -> Sequence[Row[Any]]:
        """Counts of a period by keys up to days."""
        spans = {self.tenant.id: day_span(period, self.zone, self.now)}
        zones = {self.tenant.id: self.zone.key}
        return await figures.read(session, spans, zones, runs, *sets)

    async def hours(
        self, session: AsyncSession, period: Period, runs: Runs, *sets: Sequence[Key]
    ) -> Sequence[Row[Any]]:
        """Counts of a period by hours."""
        spans = {self.tenant.id: hour_span(period, self.zone, self.now)}
        zones = {self.tenant.id: self.zone.key}
        return await figures.read(session, spans, zones, runs, *sets)

    async def errors(
        self,
        session: AsyncSession,
        workflows: Sequence[Workflow],
        period: Period,
        runs: Runs,
        *,
        limit: int,
        each_workflow: bool = False,
    ) -> list[ErrorGroup]:
        """Equal errors, the most common first; of each workflow that one alone if asked so."""
        rows = await figures.errors(
            session, self.tenant.id, period, runs, limit=limit, each_workflow=each_workflow
        )
        names = {(each.connection_id, each.workflow_id): each.name for each in workflows}
        return [
            ErrorGroup(
                message=row.error_message,
                node=row.error_node,
                count=row.count,
                connection_id=row.connection_id,
                workflow_id=row.workflow_id,
                workflow_name=names.get((row.connection_id, row.workflow_id)),
                latest=self.link(row.connection_id, row.workflow_id, row.number, row.started_at),
            )
            for row in rows
        ]


async def subject(session: AsyncSession, tenant_id: UUID) -> Subject:
    """One client. Raises TenantNotFound."""
    tenant = await tenancy.get_tenant(session, tenant_id)
    feed = (await feeds.known(session, [tenant_id])).get(tenant_id)
    servers = (await servers_of(session, [tenant_id])).get(tenant_id, [])
    zone = ZoneInfo(feed[0] if feed else tenant.time_zone)
    return Subject(tenant, zone, feed[1] if feed else None, servers, utcnow())


def is_there(workflow: Any) -> bool:
    """Whether a workflow is one people have now."""
    return workflow.deleted_at is None and not workflow.archived and workflow.name is not None


def latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
