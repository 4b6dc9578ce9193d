"""Plans: made with a connection, shown, changed, and what a source could be asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Entity, EntityFlag
from bridgecore.connectors.errors import ConnectorError
from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionFilter, ConnectionOut
from bridgecore.domains.lake import service as lake
from bridgecore.domains.sync import events
from bridgecore.domains.sync.errors import SourceRefused
from bridgecore.domains.sync.models import SyncEntity, SyncPlan
from bridgecore.domains.sync.repository import claims, plans, set_asides
from bridgecore.domains.sync.schemas import (
    DeletesOut,
    DiscoveryOut,
    DriftOut,
    FoundEntity,
    FoundField,
    FoundGroup,
    PlannedEntityIn,
    PlannedEntityOut,
    SyncPlanChange,
    SyncPlanOut,
)
from bridgecore.domains.sync.service.faults import fault_of
from bridgecore.domains.sync.service.schema import described
from bridgecore.infra.auth import Actor
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

INTERVALS = {"odoo": 300, "moysklad": 900, "n8n": 60}
"""Seconds between runs by default (from the requirement documents)."""
OTHER_INTERVAL = 300
SWEEP_SECONDS = 900
DELETE_SHARE = 0.2
DELETE_FLOOR = 50
DISCOVERY_SECONDS = 20.0


async def ensure_plan(
    session: AsyncSession, tenant_id: UUID, connection_id: UUID, connector: str
) -> None:
    """Give a connection its default plan, if it has none; it is due at once."""
    await plans.add_plan(
        session,
        tenant_id,
        connection_id,
        connector,
        interval_seconds=INTERVALS.get(connector, OTHER_INTERVAL),
        sweep_seconds=SWEEP_SECONDS,
        delete_share=DELETE_SHARE,
        delete_floor=DELETE_FLOOR,
    )
    await claims.wake(session)


async def ensure_plans(session: AsyncSession) -> None:
    """Plans for connections that were made before there were any. Needs a platform session."""
    known = {plan.connection_id for plan in await plans.plans(session)}
    skip = 0
    while True:
        rows, _ = await connections.list_connections(session, ConnectionFilter(), skip, 1_000)
        for row in rows:
            if row.id not in known:
                await ensure_plan(session, row.tenant_id, row.id, row.connector)
        if len(rows) < 1_000:
            return
        skip += 1_000


async def planned(
    session: AsyncSession, tenant_id: UUID, connection: ConnectionOut, *, lock: bool = False
) -> SyncPlan:
    """The connection's plan, made if it has none yet."""
    found = await plans.plan(session, tenant_id, connection.id, lock=lock)
    if found is None:
        await ensure_plan(session, tenant_id, connection.id, connection.connector)
        found = await plans.plan(session, tenant_id, connection.id, lock=lock)
    assert found is not None
    return found


async def plan_of(session: AsyncSession, tenant_id: UUID, connection: ConnectionOut) -> SyncPlan:
    """The connection's plan, or the one it would be given."""
    found = await plans.plan(session, tenant_id, connection.id)
    return found or SyncPlan(
        tenant_id=tenant_id,
        connection_id=connection.id,
        connector=connection.connector,
        is_enabled=True,
        interval_seconds=INTERVALS.get(connection.connector, OTHER_INTERVAL),
        sweep_seconds=SWEEP_SECONDS,
        delete_share=DELETE_SHARE,
        delete_floor=DELETE_FLOOR,
        failures=0,
        needs_person=False,
    )


async def get_plan(session: AsyncSession, tenant_id: UUID, name: str) -> SyncPlanOut:
    """Raises ConnectionNotFound."""
    connection = await connections.named_connection(session, tenant_id, name)
    return await _shown(session, await plan_of(session, tenant_id, connection))


async def change_plan(
    session: AsyncSession, actor: Actor, tenant_id: UUID, name: str, wanted: SyncPlanChange
) -> SyncPlanOut:
    """Only what is given changes. An entity whose fields change is read from the start again.

    Raises ConnectionNotFound, ValidationFailed.
    """
    connection = await connections.named_connection(session, tenant_id, name)
    plan = await planned(session, tenant_id, connection, lock=True)
    given = wanted.model_dump(exclude_unset=True, exclude={"entities"})
    given = {key: value for key, value in given.items() if value is not None}
    changes = audit.difference({key: getattr(plan, key) for key in given}, given)
    for key, value in given.items():
        setattr(plan, key, value)
    if "is_enabled" in changes:
        plan.due_at = utcnow() if plan.is_enabled else None
    if "interval_seconds" in changes and plan.is_enabled:
        plan.due_at = utcnow()
    if wanted.entities is not None:
        changes["entities"] = await _set_entities(session, plan, wanted.entities)
        plan.planned_at = plan.planned_at or utcnow()
        if plan.is_enabled:
            plan.due_at = utcnow()
    plan.updated_at = utcnow()
    await session.flush()
    await audit.record(
        session,
        actor,
        events.PLAN_CHANGED,
        target_type="connection",
        target_id=connection.id,
        changes=changes,
    )
    await claims.wake(session)
    session.expire_all()
    await session.refresh(plan)
    return await _shown(session, plan)


async def _set_entities(
    session: AsyncSession, plan: SyncPlan, wanted: Sequence[PlannedEntityIn]
) -> list[Any]:
    names = [each.entity for each in wanted]
    if len(set(names)) < len(names):
        raise ValidationFailed("An entity is named more than once in `entities`.")
    rows = {
        row.entity: row for row in await plans.entities(session, plan.tenant_id, plan.connection_id)
    }
    for place, each in enumerate(wanted):
        fields = list(dict.fromkeys(each.fields)) if each.fields is not None else None
        if fields == []:
            raise ValidationFailed(f"{each.entity}: name at least one field, or leave them out.")
        row = rows.get(each.entity)
        if row is None:
            await plans.add_entity(
                session,
                plan.tenant_id,
                plan.connection_id,
                each.entity,
                {"is_enabled": each.is_enabled, "fields": fields, "place": place},
            )
            continue
        values: dict[str, Any] = {"is_enabled": each.is_enabled, "place": place}
        if row.fields != fields:
            # every record is to hold the same fields
            values |= {"fields": fields, "checkpoint": None, "source_seen_at": None}
            values["position"] = row.position + 1
        await plans.save_entity(session, plan.tenant_id, plan.connection_id, each.entity, values)
    for name in rows.keys() - set(names):
        # the next run takes its records out of the lake; put back, it is read from the start
        await plans.save_entity(
            session, plan.tenant_id, plan.connection_id, name, {"is_enabled": False}
        )
    return [sorted(rows), sorted(names)]


async def _shown(session: AsyncSession, plan: SyncPlan) -> SyncPlanOut:
    rows = await plans.entities(session, plan.tenant_id, plan.connection_id)
    aside = await set_asides.counts(session, plan.tenant_id, plan.connection_id)
    held = {
        state.entity: state.records
        for state in await lake.entities(session, plan.tenant_id, connection_id=plan.connection_id)
    }
    now = utcnow()
    return SyncPlanOut(
        connection_id=plan.connection_id,
        connector=plan.connector,
        is_enabled=plan.is_enabled,
        interval_seconds=plan.interval_seconds,
        sweep_seconds=plan.sweep_seconds,
        delete_share=plan.delete_share,
        delete_floor=plan.delete_floor,
        entities=[
            _entity_out(
                row, aside.get((row.connection_id, row.entity), 0), held.get(row.entity), now
            )
            for row in rows
        ],
    )


def _entity_out(
    row: SyncEntity, aside: int, records: int | None, now: datetime
) -> PlannedEntityOut:
    return PlannedEntityOut(
        entity=row.entity,
        title=row.title,
        group=row.group,
        is_enabled=row.is_enabled,
        fields=row.fields,
        state=row.state,
        error=row.error,
        what_to_do=row.what_to_do,
        retry_at=row.retry_at,
        loaded_at=row.loaded_at,
        caught_up_at=row.caught_up_at,
        lag_seconds=(now - row.caught_up_at).total_seconds() if row.caught_up_at else None,
        swept_at=row.swept_at,
        set_aside=aside,
        records=records,
        drift=[DriftOut.model_validate(each) for each in row.drift],
        deletes=DeletesOut.model_validate(row.deletes) if row.deletes else None,
    )


async def discover(
    resources: Resources, tenant_id: UUID, name: str, names: Sequence[str]
) -> DiscoveryOut:
    """What the source has, in groups; of the entities named, their fields too.

    Holds no transaction while the source is asked. Raises ConnectionNotFound, ConnectionMissing,
    SourceRefused.
    """
    async with resources.database.tenant(tenant_id) as session:
        connection = await connections.named_connection(session, tenant_id, name)
        source = await connections.source(session, resources, tenant_id, connection.id)
        rows = await plans.entities(session, tenant_id, connection.id)
    enabled = {row.entity for row in rows if row.is_enabled}
    opened = None
    try:
        opened = source.open(resources)
        async with asyncio.timeout(DISCOVERY_SECONDS):
            found = await opened.discover(names)
    except ConnectorError as error:
        fault = fault_of(error, "the list of its records")
        raise SourceRefused(f"{fault.error} {fault.what_to_do}") from None
    except TimeoutError:
        raise SourceRefused(
            "The source did not tell in time what it has. Try again; if it stays so, ask whoever"
            " runs it why it is slow.",
        ) from None
    finally:
        if opened is not None:
            await opened.close()
    groups: dict[str, list[FoundEntity]] = {}
    for each in found:
        groups.setdefault(each.group or "Other", []).append(_found_entity(each, enabled))
    return DiscoveryOut(
        connection_id=connection.id,
        groups=[
            FoundGroup(group=group, entities=sorted(entities, key=lambda entity: entity.title))
            for group, entities in sorted(groups.items())
        ],
    )


def _found_entity(entity: Entity, enabled: set[str]) -> FoundEntity:
    return FoundEntity(
        entity=entity.name,
        title=entity.title,
        group=entity.group,
        planned=entity.name in enabled,
        incremental=EntityFlag.INCREMENTAL in entity.flags,
        finds_deletions=bool(entity.flags & (EntityFlag.BANDED | EntityFlag.LISTS_KEYS)),
        fields=[
            FoundField(name=name, **about) for name, about in sorted(described(entity).items())
        ],
    )
