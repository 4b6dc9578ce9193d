"""One connection's synchronisation: how it stands, its plan, what could be planned, runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from bridgecore.domains.audit.service import audited
from bridgecore.domains.sync import service
from bridgecore.domains.sync.router.parts import ConnectionName, Reader, Writer
from bridgecore.domains.sync.schemas import (
    ConnectionSyncOut,
    DiscoveryOut,
    EntityName,
    MatchedPeopleOut,
    RunIn,
    RunOut,
    SyncPlanChange,
    SyncPlanOut,
)
from bridgecore.infra.idempotency import IdempotentRoute
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import SessionDep

router = APIRouter(prefix="/api/v1/integrations", tags=["sync"], route_class=IdempotentRoute)
# asks the source, so it holds no transaction meanwhile
asking = APIRouter(prefix="/api/v1/integrations", tags=["sync"])


@router.get("/{connection}/sync", summary="How a connection's synchronisation stands")
async def connection_standing(
    actor: Reader, session: SessionDep, connection: ConnectionName
) -> ConnectionSyncOut:
    assert actor.tenant_id is not None
    return await service.connection_standing(session, actor.tenant_id, connection)


@router.get("/{connection}/sync/plan", summary="What is synchronised of a connection")
async def get_plan(actor: Reader, session: SessionDep, connection: ConnectionName) -> SyncPlanOut:
    assert actor.tenant_id is not None
    return await service.get_plan(session, actor.tenant_id, connection)


@router.put("/{connection}/sync/plan", summary="Change what is synchronised, and how often")
@audited("sync.plan_changed")
async def change_plan(
    actor: Writer, session: SessionDep, connection: ConnectionName, body: SyncPlanChange
) -> SyncPlanOut:
    """`entities`, where given, is the whole list: one left out is no longer synchronised, and
    what was read of it stays. An entity whose fields change is read from the start again."""
    assert actor.tenant_id is not None
    return await service.change_plan(session, actor, actor.tenant_id, connection, body)


@asking.get("/{connection}/sync/discover", summary="What a connection's source has")
async def discover(
    actor: Reader,
    resources: ResourcesDep,
    connection: ConnectionName,
    entity: Annotated[
        list[EntityName] | None,
        Query(max_length=20, description="Tell of these alone, with their fields."),
    ] = None,
) -> DiscoveryOut:
    assert actor.tenant_id is not None
    return await service.discover(resources, actor.tenant_id, connection, entity or ())


@router.post(
    "/{connection}/sync/trigger",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Synchronise a connection now",
)
@audited("sync.requested")
async def trigger(
    actor: Writer, session: SessionDep, connection: ConnectionName, body: RunIn | None = None
) -> RunOut:
    """It waits for a run under way. Deletions are looked for as well."""
    assert actor.tenant_id is not None
    return await service.trigger(session, actor, actor.tenant_id, connection, body or RunIn())


@asking.post("/odoo/sync-users", summary="Match members to the users of Odoo by email")
@audited("member.changed")
async def match_people(actor: Writer, resources: ResourcesDep) -> MatchedPeopleOut:
    """Nobody is made or taken away, here or there. May be repeated."""
    assert actor.tenant_id is not None
    return await service.match_people(resources, actor, actor.tenant_id)
