"""Runs as people ask for them, watch them and end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.errors import ConnectionNotFound
from bridgecore.domains.connections.schemas import ConnectionOut
from bridgecore.domains.sync import events
from bridgecore.domains.sync.errors import (
    EntityNotPlanned,
    NothingToDecide,
    RunEnded,
    RunNotFound,
)
from bridgecore.domains.sync.models import SyncRun
from bridgecore.domains.sync.repository import claims, plans, runs, set_asides
from bridgecore.domains.sync.schemas import (
    DecisionIn,
    RetriedOut,
    RunFilter,
    RunIn,
    RunOut,
    SetAsideOut,
    SetAsideRetryIn,
    StartedOut,
)
from bridgecore.domains.sync.service.plans import planned
from bridgecore.infra.auth import Actor
from bridgecore.infra.web import Feed
from bridgecore.kit.clock import isoformat, utcnow
from bridgecore.kit.cursors import decode_cursor, encode_cursor

_RUNS, _ASIDES = "sync_runs", "sync_set_asides"
RUNS_KEPT = timedelta(days=90)
HINT_RUNS_KEPT = timedelta(days=3)


def run_out(row: SyncRun) -> RunOut:
    seconds = (
        (row.finished_at - row.started_at).total_seconds()
        if row.started_at is not None and row.finished_at is not None and not row.repeated
        else None
    )
    return RunOut(
        id=row.id,
        connection_id=row.connection_id,
        connector=row.connector,
        kind=row.kind,
        trigger=row.trigger,
        triggered_by=row.requested_by,
        status=row.status,
        options=row.options,
        requested_at=row.requested_at,
        started_at=row.started_at,
        completed_at=row.finished_at,
        duration_seconds=seconds,
        resumed=row.resumed,
        repeated=row.repeated,
        records_read=row.records_read,
        changed=row.changed,
        removed=row.removed,
        set_aside=row.set_aside,
        stats=row.stats,
        error_message=row.error,
        what_to_do=row.what_to_do,
    )


async def request(
    session: AsyncSession,
    actor: Actor | None,
    tenant_id: UUID,
    connection: ConnectionOut,
    kind: str,
    options: Mapping[str, Any],
    *,
    trigger: str = "manual",
) -> RunOut:
    """Ask for a run; an equal one that waits already is the answer. Engines are woken.

    Raises EntityNotPlanned for `options["entities"]` that the plan does not have.
    """
    # the plan's lock keeps two requests from each making one
    plan = await planned(session, tenant_id, connection, lock=True)
    asked = {key: value for key, value in options.items() if value}
    if names := asked.get("entities"):
        known = {row.entity for row in await plans.entities(session, tenant_id, connection.id)}
        if plan.planned_at is not None and (unknown := sorted(set(names) - known)):
            raise EntityNotPlanned(
                f"The plan has no {', '.join(unknown)}; add it to the plan first."
            )
    for waiting in await runs.unfinished(session, tenant_id, connection.id):
        if waiting.status == "queued" and (waiting.kind, waiting.options) == (kind, asked):
            return run_out(waiting)
    row = await runs.add_run(
        session,
        {
            "tenant_id": tenant_id,
            "connection_id": connection.id,
            "connector": connection.connector,
            "kind": kind,
            "trigger": trigger,
            "status": "queued",
            "options": asked,
            "requested_by": actor.id if actor is not None else None,
        },
    )
    if trigger != "schedule":
        await audit.record(
            session,
            actor,
            events.REQUESTED,
            target_type="connection",
            target_id=connection.id,
            tenant_id=tenant_id,
            changes={"kind": kind, **asked},
        )
    await claims.wake(session)
    return run_out(row)


async def trigger(
    session: AsyncSession, actor: Actor | None, tenant_id: UUID, name: str, wanted: RunIn
) -> RunOut:
    """Raises ConnectionNotFound, EntityNotPlanned."""
    connection = await connections.named_connection(session, tenant_id, name)
    options = {"entities": sorted(set(wanted.entities or ())), "full": wanted.full}
    return await request(session, actor, tenant_id, connection, "sync", options)


async def start_all(
    session: AsyncSession,
    actor: Actor,
    *,
    tenant_id: UUID | None,
    connector: str | None,
    full: bool,
) -> StartedOut:
    """A run of every enabled connection the session sees; staff's over all tenants."""
    trigger = "manual" if actor.tenant_id is not None else "staff"
    started = []
    for plan in await plans.plans(session, tenant_id):
        if not plan.is_enabled or connector not in (None, plan.connector):
            continue
        try:
            connection = await connections.get_connection(
                session, plan.tenant_id, plan.connection_id
            )
        except ConnectionNotFound:
            continue  # removed; its plan goes in a moment
        run = await request(
            session,
            actor,
            plan.tenant_id,
            connection,
            "sync",
            {"full": full},
            trigger=trigger,
        )
        started.append(run.id)
    return StartedOut(started=len(started), sync_ids=started[:1_000])


async def get_run(session: AsyncSession, tenant_id: UUID, run_id: UUID) -> RunOut:
    """Raises RunNotFound."""
    return run_out(await _found(session, tenant_id, run_id))


async def cancel(session: AsyncSession, actor: Actor, tenant_id: UUID, run_id: UUID) -> RunOut:
    """End a run: at once if it waits, else after the page it is at. What it stored stays.

    Raises RunNotFound, RunEnded.
    """
    row = await _found(session, tenant_id, run_id, lock=True)
    if row.status not in ("queued", "running"):
        raise RunEnded
    row.cancel_requested_at = row.cancel_requested_at or utcnow()
    if row.status == "queued":
        row.status = "cancelled"
        row.finished_at = row.cancel_requested_at
    await session.flush()
    await audit.record(session, actor, events.CANCELLED, target_type="sync_run", target_id=run_id)
    await claims.wake(session, f"cancel:{run_id}")
    return run_out(row)


async def logs(
    session: AsyncSession,
    tenant_id: UUID,
    wanted: RunFilter,
    cursor: str | None,
    limit: int,
) -> Feed[RunOut]:
    """Runs newest first. Raises InvalidCursor."""
    before: UUID | None = decode_cursor(_RUNS, cursor, [UUID])[0] if cursor else None
    rows = await runs.page(session, tenant_id, wanted, before, limit + 1)
    more = len(rows) > limit
    return Feed(
        items=[run_out(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_RUNS, [rows[limit - 1].id]) if more else None,
    )


async def _found(
    session: AsyncSession, tenant_id: UUID, run_id: UUID, *, lock: bool = False
) -> SyncRun:
    row = await runs.run(session, run_id, lock=lock)
    if row is None or row.tenant_id != tenant_id:
        raise RunNotFound
    return row


# ── set-asides and questions ───────────────────────────────────────────────────────────────────


async def list_set_asides(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    connection_id: UUID | None,
    entity: str | None,
    cursor: str | None,
    limit: int,
) -> Feed[SetAsideOut]:
    """Records that could not be had. Raises InvalidCursor."""
    after: tuple[UUID, str, str] | None = None
    if cursor:
        connection, name, key = decode_cursor(_ASIDES, cursor, [UUID, str, str])
        after = (connection, name, key)
    rows = await set_asides.page(
        session,
        tenant_id,
        connection_id=connection_id,
        entity=entity,
        after=after,
        limit=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Feed(
        items=[SetAsideOut.model_validate(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_ASIDES, [last.connection_id, last.entity, last.key])
        if last
        else None,
    )


async def retry_set_asides(
    session: AsyncSession, actor: Actor, tenant_id: UUID, name: str, wanted: SetAsideRetryIn
) -> RetriedOut:
    """Try records again at once. Raises ConnectionNotFound."""
    connection = await connections.named_connection(session, tenant_id, name)
    count = await set_asides.make_due(session, tenant_id, connection.id, wanted.entity, wanted.keys)
    if not count:
        return RetriedOut(count=0, sync_id=None)
    run = await request(session, actor, tenant_id, connection, "sync", {})
    return RetriedOut(count=count, sync_id=run.id)


async def decide(
    session: AsyncSession, actor: Actor, tenant_id: UUID, name: str, wanted: DecisionIn
) -> RunOut | None:
    """Settle whether a removal that stopped to ask is done. Confirmed, a run does it.

    Raises ConnectionNotFound, EntityNotPlanned, NothingToDecide.
    """
    connection = await connections.named_connection(session, tenant_id, name)
    row = await plans.entity(session, tenant_id, connection.id, wanted.entity, lock=True)
    if row is None:
        raise EntityNotPlanned
    if row.deletes is None or row.deletes.get("decision") is not None:
        raise NothingToDecide
    decision = "confirmed" if wanted.decision == "confirm" else "refused"
    row.deletes = {
        **row.deletes,
        "decision": decision,
        "decided_by": actor.email,
        "decided_at": isoformat(utcnow()),
    }
    row.state = "ok"
    await session.flush()
    await audit.record(
        session,
        actor,
        events.DELETES_DECIDED,
        target_type="connection",
        target_id=connection.id,
        changes={
            "entity": wanted.entity,
            "decision": decision,
            "count": row.deletes["count"],
            "of": row.deletes["of"],
        },
    )
    if decision == "refused":
        return None
    return await request(
        session, actor, tenant_id, connection, "sync", {"entities": [wanted.entity]}
    )


async def forget_old(session: AsyncSession) -> int:
    """Delete old history. Needs a platform session."""
    now = utcnow()
    return await runs.forget_before(session, now - RUNS_KEPT, now - HINT_RUNS_KEPT)


async def ask_for_all(session: AsyncSession, kind: str, options: Mapping[str, Any]) -> int:
    """Ask for a run of every connection in good order. Needs a platform session."""
    waiting: Sequence[Any] = await runs.idle_connections(session, kind)
    for plan in waiting:
        await runs.add_run(
            session,
            {
                "tenant_id": plan.tenant_id,
                "connection_id": plan.connection_id,
                "connector": plan.connector,
                "kind": kind,
                "trigger": "schedule",
                "status": "queued",
                "options": dict(options),
            },
        )
    await claims.wake(session)
    return len(waiting)
