"""Asking n8n why executions failed: its lists don't tell, and one answer can be megabytes."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.errors import ConnectorError
from bridgecore.connectors.n8n import Failure, N8nConnector
from bridgecore.domains.automation.repository import failures as repository
from bridgecore.domains.connections import service as connections
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

AT_A_TIME = 100
"""Executions of one server that one round asks about: the newest ones, so none hold them up."""
_AT_ONCE = 4
_SERVERS_AT_ONCE = 16

log = structlog.get_logger(__name__)


async def explain_failures(resources: Resources) -> int:
    """Ask every server about failures nobody has asked about yet; how many were answered."""
    async with resources.database.platform() as session:
        waiting = await repository.connections_with_unexplained(session)
    room = asyncio.Semaphore(_SERVERS_AT_ONCE)

    async def ask(tenant_id: UUID, connection_id: UUID) -> int:
        async with room:
            return await explain_server(resources, tenant_id, connection_id)

    return sum(await asyncio.gather(*(ask(*each) for each in waiting)))


async def explain_server(resources: Resources, tenant_id: UUID, connection_id: UUID) -> int:
    """Ask one server. One that can't be asked now is asked again in the next round."""
    async with resources.database.tenant(tenant_id) as session:
        numbers = await repository.unexplained(session, tenant_id, connection_id, AT_A_TIME)
        try:
            source = await connections.source(session, resources, tenant_id, connection_id)
        except ProblemError:
            return 0
    connector = source.open(resources)
    if not isinstance(connector, N8nConnector):
        return 0
    explained = 0
    try:
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            failures = await asyncio.gather(*(connector.failure_of(str(each)) for each in some))
            async with resources.database.tenant(tenant_id) as session:
                for number, failure in zip(some, failures, strict=True):
                    await _keep(session, tenant_id, connection_id, number, failure)
            explained += len(some)
    except ConnectorError as error:
        log.info("failures_not_explained", connection=str(connection_id), error=error.message)
    finally:
        await connector.close()
    return explained


async def _keep(
    session: AsyncSession,
    tenant_id: UUID,
    connection_id: UUID,
    number: int,
    failure: Failure | None,
) -> None:
    await repository.explain(
        session,
        tenant_id,
        connection_id,
        number,
        message=failure.message if failure else None,
        name=failure.name if failure else None,
        node=failure.node if failure else None,
        description=failure.description if failure else None,
        at=utcnow(),
    )
