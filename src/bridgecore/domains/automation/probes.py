"""What may be wrong with workflows: they fail, fail too often, or do not run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.automation.events import WORKFLOW_STATE_CHANGED
from bridgecore.domains.automation.service import watching
from bridgecore.infra.alerting import AlertSeverity, Parameters, Probe, Reading
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import isoformat, utcnow

PAGE = "/automation"
WorkflowId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
# a schedule of minutes is given room for the rhythm in which executions are read
_ROOM = timedelta(minutes=10)


class FailingParameters(Parameters):
    times: int = Field(3, ge=1, le=1000, description="Failures in a row.")


class SuccessParameters(Parameters):
    share: float = Field(0.9, gt=0, le=1, description="The least share of runs that succeed.")
    hours: int = Field(24, ge=1, le=720, description="Over how many hours.")
    runs: int = Field(10, ge=1, le=100_000, description="With fewer runs nothing is said.")


class OverdueParameters(Parameters):
    times: float = Field(
        2, ge=1.1, le=100, description="How many of its usual waits it may stay silent."
    )
    minutes_by_workflow: dict[WorkflowId, Annotated[int, Field(ge=1, le=525_600)]] = Field(
        default_factory=dict,
        max_length=200,
        description="How often workflows run at least, by their id, in place of what their schedule"
        " or their history tells.",
    )


async def _failing(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: FailingParameters
) -> Sequence[Reading]:
    return [
        _reading(
            each,
            each.failed_in_a_row >= wanted.times,
            streak=each.failed_in_a_row,
            times=wanted.times,
        )
        for each in await watching.watched_workflows(session, tenant_id)
    ]


async def _succeeding(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: SuccessParameters
) -> Sequence[Reading]:
    workflows = await watching.watched_workflows(session, tenant_id)
    if not workflows:
        return []
    since = utcnow() - timedelta(hours=wanted.hours)
    ended = await watching.recent_outcomes(session, tenant_id, since)
    found = []
    for each in workflows:
        success, failed = ended.get((each.connection_id, each.workflow_id), (0, 0))
        runs = success + failed
        found.append(
            _reading(
                each,
                success / runs < wanted.share
                if runs >= wanted.runs
                else (None if failed else False),
                success_share=round(success / runs, 4) if runs else None,
                least_share=wanted.share,
                hours=wanted.hours,
                failed=failed,
                runs=runs,
            )
        )
    return found


async def _overdue(
    session: AsyncSession, resources: Resources, tenant_id: UUID, wanted: OverdueParameters
) -> Sequence[Reading]:
    workflows = await watching.watched_workflows(session, tenant_id)
    if not workflows:
        return []
    learnt = await watching.learnt_rhythms(session, tenant_id)
    now = utcnow()
    found = []
    for each in workflows:
        if minutes := wanted.minutes_by_workflow.get(each.workflow_id):
            every = timedelta(minutes=minutes)
        elif each.every_seconds:
            every = timedelta(seconds=each.every_seconds)
        elif not (every := learnt.get((each.connection_id, each.workflow_id), timedelta())):
            continue
        if each.last_run_at is None:
            continue
        silent = now - each.last_run_at
        found.append(
            _reading(
                each,
                silent > max(every * wanted.times, every + _ROOM),
                silent_minutes=int(silent.total_seconds() // 60),
                every_minutes=max(1, round(every.total_seconds() / 60)),
                last_run_at=isoformat(each.last_run_at),
            )
        )
    return found


def _reading(each: watching.Watched, firing: bool | None, **facts: object) -> Reading:
    return Reading(
        subject=f"{each.connection_id}/{each.workflow_id}",
        name=each.name,
        firing=firing,
        facts={
            "connection_id": str(each.connection_id),
            "workflow_id": each.workflow_id,
            "execution_id": each.last_execution,
            **facts,
        },
        page=PAGE,
    )


_RAN = frozenset({WORKFLOW_STATE_CHANGED})

PROBES: Sequence[Probe] = (
    Probe(
        "workflow_failing",
        FailingParameters,
        AlertSeverity.CRITICAL,
        _failing,
        triggers=_RAN,
        for_staff=True,
    ),
    Probe("workflow_success", SuccessParameters, AlertSeverity.WARNING, _succeeding, triggers=_RAN),
    Probe(
        "workflow_overdue",
        OverdueParameters,
        AlertSeverity.WARNING,
        _overdue,
        triggers=_RAN,
        for_staff=True,
    ),
)
