"""One run from its lease to its end.

Opening, reading, sweeping and finishing are apart, and each writes what it found before the next:
a process that dies leaves at most one page to be read again, and its run is taken up by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from bridgecore.connectors.contract import EntityFlag
from bridgecore.connectors.errors import ConnectorError, Reauthorise, Rejected
from bridgecore.domains.connections import service as connections
from bridgecore.domains.sync.errors import LeaseLost, NoRoom, RunCancelled
from bridgecore.domains.sync.repository import plans, runs, set_asides
from bridgecore.domains.sync.repository.claims import Claim
from bridgecore.domains.sync.service import parity, schema
from bridgecore.domains.sync.service.ending import finish, store_progress
from bridgecore.domains.sync.service.faults import (
    ASLEEP,
    ENTITY_WAIT,
    Fault,
    SourceDown,
    fault_of,
    full_of,
    names_unknown_field,
    needs_person,
    wait_after,
)
from bridgecore.domains.sync.service.hints import work_hints
from bridgecore.domains.sync.service.leaving import let_go
from bridgecore.domains.sync.service.reading import read_entity, retry_set_asides
from bridgecore.domains.sync.service.run import NO_ROOM, DatabaseClock, Gates, Run, Stats
from bridgecore.domains.sync.service.sources import WIDTH, Sources
from bridgecore.domains.sync.service.sweeping import sweep
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.schemas import TenantStatus
from bridgecore.domains.usage import service as usage
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7

log = structlog.get_logger(__name__)

_SLOW_PAGE = 4.0


async def open_run(resources: Resources, gates: Gates, claim: Claim) -> Run | None:
    """The run that a claim stands for: one to be taken up, one asked for, or a scheduled one.

    None where nothing is to be done any more; the lease is given back then.
    """
    async with gates.transactions, resources.database.tenant(claim.tenant_id) as session:
        plan = await plans.plan(session, claim.tenant_id, claim.connection_id)
        if plan is None:
            return None
        waiting = await runs.unfinished(session, claim.tenant_id, claim.connection_id)
        asked = waiting[0] if waiting else None
        if asked is not None and asked.status == "queued":
            asked.status = "running"
            asked.started_at = claim.now
        elif asked is not None:
            asked.resumed += 1
        run = Run(
            resources=resources,
            gates=gates,
            claim=claim,
            plan=plan,
            id=asked.id if asked else uuid7(),
            kind=asked.kind if asked else "sync",
            trigger=asked.trigger if asked else ("schedule" if claim.scheduled else "hint"),
            options=dict(asked.options) if asked else {},
            clock=DatabaseClock(claim.now),
            started_at=(asked.started_at if asked else None) or claim.now,
            requested_by=asked.requested_by if asked else None,
            requested_at=asked.requested_at if asked else None,
            stored=asked is not None,
            resumed=asked.resumed if asked else 0,
            cancelled=asked is not None and asked.cancel_requested_at is not None,
        )
        if asked is not None:
            for name, told in asked.stats.items():
                known = {key: value for key, value in told.items() if key in _STATS}
                run.stats[name] = Stats(**{**known, "state": "waiting"})
        rows = await plans.entities(session, claim.tenant_id, claim.connection_id)
        run.entities = {row.entity: row for row in rows}
        run.aside = await set_asides.keys(session, claim.tenant_id, claim.connection_id)
        return run


_STATS = frozenset(Stats.__dataclass_fields__)


async def carry_out(run: Run, sources: Sources) -> None:
    """Do the run and write how it ended. Raises LeaseLost; a cancelled task leaves it resumable."""
    try:
        await _prepare(run, sources)
        await _work(run, sources)
    except SourceDown as down:
        await finish(run, down=down)
    except RunCancelled:
        await finish(run, cancelled=True)
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("sync_run_failed", connection=str(run.connection_id), run=str(run.id))
        fault = Fault(
            "failing",
            f"Something failed on our side ({type(error).__name__}).",
            "It is tried again by itself; nothing that was read is lost. If it stays so, tell"
            f" support this run: {run.id}",
        )
        await finish(run, down=SourceDown(fault, person=False, retry_after=None))
    else:
        await finish(run)


# ── opening ────────────────────────────────────────────────────────────────────────────────────


async def _prepare(run: Run, sources: Sources) -> None:
    try:
        async with run.tenant() as session:
            tenant = await tenancy.get_tenant(session, run.tenant_id)
            if tenant.status not in (TenantStatus.ACTIVE, TenantStatus.TRIAL):
                raise _asleep(
                    f"The tenant is {tenant.status.value}.",
                    "Nothing is read until the tenant is active again, which your provider can"
                    " see to. Then it goes on by itself, where it stopped.",
                )
            run.room = await usage.room_left(session, run.tenant_id)
            if run.aside and not run.full:
                await set_asides.make_reason_due(session, run.tenant_id, run.connection_id, NO_ROOM)
            source = await connections.source(
                session, run.resources, run.tenant_id, run.connection_id
            )
        if source.untried:
            await _try_connection(run)
        run.opened = await sources.open(source)
        if run.plan.planned_at is None:
            await schema.make_plan(run, source.spec.plan or await _everything(run))
    except ConnectorError as error:
        raise _down(run, error, "its records") from error
    except ProblemError as error:
        raise _asleep(
            error.detail,
            "See the connection under Integrations: it may be switched off or removed. It is looked"
            " at again every hour, and at once when it changes.",
        ) from error


async def _try_connection(run: Run) -> None:
    """Have a connection that nobody has tested say how it is, and which version answers there."""
    with suppress(ProblemError):  # removed meanwhile, or not to be reached from here
        await connections.check_connection(run.resources, run.tenant_id, run.connection_id)


async def _everything(run: Run) -> Sequence[str]:
    return [each.name for each in await run.connector.discover()]


def _asleep(why: str, what_to_do: str) -> SourceDown:
    return SourceDown(
        Fault("failing", why, what_to_do, whole=True),
        person=True,
        retry_after=ASLEEP.total_seconds(),
    )


def _down(run: Run, error: ConnectorError, name: str) -> SourceDown:
    return SourceDown(
        fault_of(error, name),
        person=needs_person(error),
        retry_after=error.retry_after,
    )


# ── working ────────────────────────────────────────────────────────────────────────────────────


async def _work(run: Run, sources: Sources) -> None:
    names = _wanted(run)
    if run.kind == "sync" and run.trigger == "hint":
        await _whole(run, sources, partial(work_hints, run))
        return
    if run.kind == "sync":
        await let_go(run)
    if run.options.get("full"):
        await _start_over(run, names)
    stale = [name for name in names if schema.due_to_look(run, run.entities[name])]
    if stale:
        await _whole(run, sources, partial(_look, run, sources, stale))
    await _each(run, sources, names, read_entity)
    await _whole(run, sources, partial(work_hints, run))
    await _whole(run, sources, partial(retry_set_asides, run))
    if run.kind == "parity":
        content = str(run.options.get("content", "none"))
        loaded = [name for name in names if run.entities[name].loaded_at is not None]
        await _whole(run, sources, partial(_report, run, loaded, content))
    elif run.kind == "repair":
        await _whole(run, sources, partial(_repair, run))
        over = [name for name in names if run.entities[name].checkpoint is None]
        if over:
            await _each(run, sources, over, read_entity)
    else:
        due = [name for name in names if _sweep_due(run, name)]
        await _each(run, sources, due, sweep)
        if due and len(due) == len([name for name in names if _sweepable(run, name)]):
            run.plan.swept_at = run.clock.now()


def _wanted(run: Run) -> list[str]:
    """The entities this run is for.

    Those refused of late, and those that rest, are left alone unless asked for. While the source
    itself fails, the plan tells when to try again: a run that left everything alone would find
    nothing wrong.
    """
    only = run.options.get("entities")
    now = run.clock.now()
    return [
        name
        for name, row in run.entities.items()
        if row.is_enabled
        and (not only or name in only)
        and (
            run.asked_for
            or run.plan.failures > 0
            or ((row.retry_at is None or row.retry_at <= now) and not _left_alone(run, name))
        )
    ]


def _left_alone(run: Run, name: str) -> bool:
    decided = (run.entities[name].deletes or {}).get("decision") == "confirmed"
    return run.kind == "sync" and not decided and run.rests(name)


async def _start_over(run: Run, names: Sequence[str]) -> None:
    """Read everything again; only once, however often the run is taken up."""
    if run.options.get("began"):
        return
    run.options["began"] = True
    async with run.tenant() as session:
        for name in names:
            run.entities[name].checkpoint = None
            await plans.save_entity(
                session, run.tenant_id, run.connection_id, name, {"checkpoint": None}
            )
        await store_progress(run, session)


async def _look(run: Run, sources: Sources, names: Sequence[str]) -> None:
    if await schema.look_again(run, names):
        # what a connector remembers of fields is outdated as well
        await _reopen(run, sources)


async def _reopen(run: Run, sources: Sources) -> None:
    await sources.forget(run.connection_id)
    async with run.tenant() as session:
        source = await connections.source(session, run.resources, run.tenant_id, run.connection_id)
    run.opened = await sources.open(source)


async def _report(run: Run, names: Sequence[str], content: str) -> None:
    run.options["report_id"] = str(await parity.report(run, names, content))


async def _repair(run: Run) -> None:
    given = run.options.get("report_id")
    run.options["repaired"] = await parity.repair(
        run, UUID(given) if given else None, dict(run.options.get("keys") or {})
    )


async def _whole(run: Run, sources: Sources, work: Callable[[], Awaitable[None]]) -> None:
    """A part of the run in which the source's refusal ends the run.

    A field that is not there any more is no refusal: it is left out and the part begins anew.
    """
    try:
        try:
            await work()
        except Rejected as error:
            if not names_unknown_field(error):
                raise
            await _look(
                run, sources, [name for name, row in run.entities.items() if row.is_enabled]
            )
            await work()
    except ConnectorError as error:
        raise _down(run, error, "its records") from error


async def _each(
    run: Run,
    sources: Sources,
    names: Sequence[str],
    work: Callable[[Run, str], Awaitable[None]],
) -> None:
    """Do `work` for every entity, a few at once. One that is refused does not stop the others."""
    assert run.opened is not None
    width = 1 if run.plan.failures else run.opened.width
    room = asyncio.Semaphore(width)
    downs: list[SourceDown] = []
    fine = 0

    async def one(name: str) -> None:
        nonlocal fine
        async with room:
            if downs and (downs[0].person or downs[0].fault.whole or len(downs) > 1):
                return
            run.check()
            try:
                await _attempt(run, sources, name, work)
                fine += 1
            except SourceDown as down:
                downs.append(down)

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except BaseExceptionGroup as failed:
        raise _foremost(failed) from None
    if downs and (fine == 0 or any(down.fault.whole or down.person for down in downs)):
        raise downs[0]
    pages = run.total("pages")
    slow = pages and sum(stats.seconds for stats in run.stats.values()) / pages > _SLOW_PAGE
    run.opened.width = 1 if slow or downs else WIDTH


def _foremost(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    leaves = list(_leaves(failed))
    for kind in (LeaseLost, RunCancelled):
        for leaf in leaves:
            if isinstance(leaf, kind):
                return leaf
    return leaves[0]


def _leaves(failed: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in failed.exceptions:
        found.extend(_leaves(each) if isinstance(each, BaseExceptionGroup) else [each])
    return found


async def _attempt(
    run: Run, sources: Sources, name: str, work: Callable[[Run, str], Awaitable[None]]
) -> None:
    try:
        try:
            await work(run, name)
        except Rejected as error:
            if not names_unknown_field(error):
                raise
            await schema.look_again(run, [name])
            await _reopen(run, sources)
            await work(run, name)
    except NoRoom:
        _stopped(run, name, full_of(name))
        run.entities[name].retry_at = run.clock.now() + ENTITY_WAIT
    except ConnectorError as error:
        fault = fault_of(error, name)
        row = run.entities[name]
        row.failures += 1
        _stopped(run, name, fault)
        person = isinstance(error, Reauthorise)
        if fault.whole or not isinstance(error, Rejected):
            row.retry_at = run.clock.now() + wait_after(row.failures, at_least=error.retry_after)
            raise SourceDown(fault, person=person, retry_after=error.retry_after) from error
        row.retry_at = run.clock.now() + ENTITY_WAIT


def _stopped(run: Run, name: str, fault: Fault) -> None:
    """Write why an entity was not read to its end on the entity and on this run."""
    row, stats = run.entities[name], run.of(name)
    row.state, row.error, row.what_to_do = fault.state, fault.error, fault.what_to_do
    stats.state, stats.error, stats.what_to_do = fault.state, fault.error, fault.what_to_do
    run.dirty.add(name)


def _sweepable(run: Run, name: str) -> bool:
    row = run.entities[name]
    return (
        bool(run.flags(name) & (EntityFlag.BANDED | EntityFlag.LISTS_KEYS))
        and row.loaded_at is not None
        and row.state in ("ok", "needs_confirmation")
    )


def _sweep_due(run: Run, name: str) -> bool:
    row = run.entities[name]
    if not _sweepable(run, name):
        return False
    if run.asked_for or row.swept_at is None:
        return True
    if row.deletes is not None and row.deletes.get("decision") == "confirmed":
        return True
    return run.clock.now() - row.swept_at >= timedelta(seconds=run.plan.sweep_seconds)
