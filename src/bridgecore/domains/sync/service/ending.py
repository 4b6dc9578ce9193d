"""How a run ends: what it leaves on the plan, its entities and the history, and what is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.errors import Reauthorise
from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionStatus
from bridgecore.domains.lake import service as lake
from bridgecore.domains.sync import events
from bridgecore.domains.sync.errors import LeaseLost
from bridgecore.domains.sync.repository import plans, runs
from bridgecore.domains.sync.service.faults import ASLEEP, Fault, SourceDown, wait_after
from bridgecore.domains.sync.service.run import Run
from bridgecore.infra.outbox import announce


async def store_progress(run: Run, session: AsyncSession) -> None:
    """Write how far the run has come, so that it can be watched and taken up."""
    await runs.put_run(session, _row(run, "running"))
    run.stored = True


def _row(run: Run, status: str, **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": run.id,
        "tenant_id": run.tenant_id,
        "connection_id": run.connection_id,
        "connector": run.plan.connector,
        "kind": run.kind,
        "trigger": run.trigger,
        "status": status,
        "options": run.options,
        "requested_by": run.requested_by,
        "requested_at": run.requested_at or run.started_at,
        "started_at": run.started_at,
        "resumed": run.resumed,
        "stats": run.shown_stats(),
        "records_read": run.total("read"),
        "changed": run.total("changed"),
        "removed": run.total("removed"),
        "set_aside": run.total("set_aside"),
    }
    return {**values, **more}


async def finish(run: Run, *, down: SourceDown | None = None, cancelled: bool = False) -> None:
    now = run.clock.now()
    plan = run.plan
    was_failing = plan.failures > 0 or plan.needs_person
    status = _status(run, down, cancelled)
    values = _plan_values(run, down, cancelled, now)
    quiet = (
        status == "completed"
        and not run.asked_for
        and not was_failing
        and not (run.total("changed") or run.total("removed") or run.total("set_aside"))
    )
    told = down.fault if down is not None else _first_fault(run)
    async with run.tenant() as session:
        for name in sorted(run.dirty):
            # a plan that was changed meanwhile stays as it was changed
            await plans.save_entity(
                session,
                run.tenant_id,
                run.connection_id,
                name,
                _entity_values(run, name),
                position=run.entities[name].position,
            )
        if not await plans.release(
            session, run.tenant_id, run.connection_id, run.claim.token, values
        ):
            raise LeaseLost
        unheard = quiet and not run.stored
        if not unheard or (
            run.trigger != "hint"
            and not await runs.repeat_quiet(session, run.tenant_id, run.connection_id, now)
        ):
            await runs.put_run(
                session,
                _row(
                    run,
                    status,
                    finished_at=now,
                    error=told.error if told else None,
                    what_to_do=told.what_to_do if told else None,
                ),
            )
        await _announce(run, status, told, was_failing=was_failing, quiet=quiet, session=session)
    if run.total("changed") or run.total("removed"):
        # so that the next run knows whether there is room, and who has come to the cap is told now
        await lake.measure_storage(run.resources.database, run.tenant_id)
    if down is not None and down.person and isinstance(down.__cause__, Reauthorise):
        await connections.note_status(
            run.resources,
            run.tenant_id,
            run.connection_id,
            ConnectionStatus.REAUTHORISE,
            down.fault.error,
        )
    elif status == "completed" and was_failing:
        await connections.note_status(
            run.resources, run.tenant_id, run.connection_id, ConnectionStatus.OK
        )


def _status(run: Run, down: SourceDown | None, cancelled: bool) -> str:
    if cancelled:
        return "cancelled"
    if down is not None:
        return "failed"
    if any(row.state == "needs_confirmation" for row in run.entities.values() if row.is_enabled):
        return "needs_confirmation"
    if run.total("set_aside") or any(stats.error for stats in run.stats.values()):
        return "partial"
    return "completed"


def _first_fault(run: Run) -> Fault | None:
    for stats in run.stats.values():
        if stats.error:
            return Fault("failing", stats.error, stats.what_to_do or "")
    return None


def _plan_values(
    run: Run, down: SourceDown | None, cancelled: bool, now: datetime
) -> dict[str, Any]:
    plan = run.plan
    interval = timedelta(seconds=plan.interval_seconds)
    values: dict[str, Any] = {"updated_at": now}
    if plan.planned_at is None and run.entities:
        values["planned_at"] = now
    if plan.swept_at is not None:
        values["swept_at"] = plan.swept_at
    read = [
        name
        for name, row in run.entities.items()
        if row.is_enabled and row.state not in ("denied", "missing")
    ]
    # what is left alone on purpose makes the copy no older, unless there is nothing else
    kept_up = [name for name in read if not run.rests(name)] or read
    marks = [run.entities[name].caught_up_at for name in kept_up]
    if marks and None not in marks:
        values["caught_up_at"] = min(mark for mark in marks if mark is not None)
    if down is not None:
        failures = plan.failures + 1
        wait = wait_after(failures, at_least=down.retry_after)
        if down.person:
            wait = max(wait, ASLEEP)
        values |= {
            "failures": failures,
            "failing_since": plan.failing_since or now,
            "needs_person": down.person,
            "error": down.fault.error,
            "what_to_do": down.fault.what_to_do,
            "due_at": now + max(wait, interval) if down.person else now + wait,
        }
    else:
        values |= {
            "failures": 0,
            "failing_since": None,
            "needs_person": False,
            "error": None,
            "what_to_do": None,
        }
        if not cancelled:
            values["succeeded_at"] = now
        if run.trigger == "hint":
            return values  # the schedule goes on as it was
        # kept in step with the clock rather than with how long runs take
        due = plan.due_at if plan.due_at is not None and run.claim.scheduled else now
        values["due_at"] = max(due + interval, now)
    if not plan.is_enabled:
        values["due_at"] = None
    return values


def _entity_values(run: Run, name: str) -> dict[str, Any]:
    row = run.entities[name]
    return {
        "state": row.state,
        "error": row.error,
        "what_to_do": row.what_to_do,
        "failures": row.failures,
        "retry_at": row.retry_at,
        "checkpoint": row.checkpoint,
        "page_size": row.page_size,
        "loaded_at": row.loaded_at,
        "caught_up_at": row.caught_up_at,
        "swept_at": row.swept_at,
    }


async def _announce(
    run: Run,
    status: str,
    told: Fault | None,
    *,
    was_failing: bool,
    quiet: bool,
    session: AsyncSession,
) -> None:
    payload = {
        "connection_id": str(run.connection_id),
        "connector": run.plan.connector,
        "run_id": str(run.id),
        "kind": run.kind,
        "trigger": run.trigger,
        "status": status,
        "changed": run.total("changed"),
        "removed": run.total("removed"),
        "set_aside": run.total("set_aside"),
    }
    if status == "failed":
        if was_failing and not run.asked_for:
            return  # told when it began
        assert told is not None
        payload |= {"error": told.error, "what_to_do": told.what_to_do}
        await announce(session, events.RUN_FAILED, payload, tenant_id=run.tenant_id)
    elif not quiet:
        await announce(session, events.RUN_FINISHED, payload, tenant_id=run.tenant_id)
