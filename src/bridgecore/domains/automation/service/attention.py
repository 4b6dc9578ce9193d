"""What needs attention, and how much: the rules an overview is sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bridgecore.domains.automation.schemas.metrics import (
    Attention,
    AttentionSeverity,
    Change,
    ExecutionFigures,
    Reason,
    ServerOut,
)

FAILING_STREAK = 3
LOW_RATE = 0.9
ENOUGH = 10
"""Ended executions below which a rate says little."""
FELL = 0.05
STALE_AFTER = timedelta(minutes=15)
OVERDUE = 2.0
"""How many times the longest wait of its schedule a workflow may be silent."""

_WEIGHT = {
    AttentionSeverity.CRITICAL: 100,
    AttentionSeverity.WARNING: 10,
    AttentionSeverity.NOTICE: 1,
}


def of_servers(servers: Sequence[ServerOut], now: datetime) -> list[Attention]:
    """A client's servers that are missing, do not answer or lag behind."""
    if not servers:
        return [
            Attention(
                reason=Reason.NO_SERVER,
                severity=AttentionSeverity.NOTICE,
                text="No n8n server is connected yet.",
            )
        ]
    return [found for server in servers if (found := _of_server(server, now)) is not None]


def _of_server(server: ServerOut, now: datetime) -> Attention | None:
    if not server.is_active:
        return None
    if server.status == "reauthorise":
        return Attention(
            reason=Reason.KEY_REFUSED,
            severity=AttentionSeverity.CRITICAL,
            text=f"{server.name} no longer accepts its API key. Enter a new one.",
            connection_id=server.connection_id,
        )
    if server.status == "failing":
        return Attention(
            reason=Reason.SERVER_FAILING,
            severity=AttentionSeverity.CRITICAL,
            text=f"{server.name} does not answer: {server.status_detail or 'no reason was given'}",
            connection_id=server.connection_id,
        )
    if server.fresh_at is not None and now - server.fresh_at > STALE_AFTER:
        minutes = int((now - server.fresh_at).total_seconds() // 60)
        return Attention(
            reason=Reason.STALE,
            severity=AttentionSeverity.WARNING,
            text=f"{server.name} was last read {minutes} minutes ago.",
            value=minutes,
            connection_id=server.connection_id,
        )
    return None


def of_workflow(workflow: Any, now: datetime) -> list[Attention]:
    """A workflow that keeps failing, or did not run when its schedule says."""
    if not workflow.active or workflow.archived or workflow.deleted_at is not None:
        return []
    found = []
    name = workflow.name or workflow.workflow_id
    about = {
        "connection_id": workflow.connection_id,
        "workflow_id": workflow.workflow_id,
        "workflow_name": workflow.name,
    }
    if workflow.outcome == "failure" and workflow.streak >= FAILING_STREAK:
        found.append(
            Attention(
                reason=Reason.WORKFLOW_FAILING,
                severity=AttentionSeverity.CRITICAL,
                text=f"{name} failed {workflow.streak} times in a row.",
                value=workflow.streak,
                **about,
            )
        )
    if workflow.every_seconds and workflow.last_run_at is not None:
        silent = (now - workflow.last_run_at).total_seconds()
        # a schedule of seconds or minutes is given room for the reading's own rhythm
        if silent > max(workflow.every_seconds * OVERDUE, workflow.every_seconds + 600):
            found.append(
                Attention(
                    reason=Reason.OVERDUE,
                    severity=AttentionSeverity.WARNING,
                    text=f"{name} should have run by now.",
                    value=int(silent // 60),
                    **about,
                )
            )
    return found


def of_figures(now: ExecutionFigures, change: Change | None) -> list[Attention]:
    """A success rate that is low, or lower than it was."""
    if now.success_rate is None or now.success + now.error < ENOUGH:
        return []
    found = []
    if now.success_rate < LOW_RATE:
        found.append(
            Attention(
                reason=Reason.LOW_SUCCESS,
                severity=AttentionSeverity.WARNING,
                text=f"Only {now.success_rate:.0%} of the executions succeed.",
                value=now.success_rate,
            )
        )
    if change is not None and change.success_rate is not None and change.success_rate < -FELL:
        found.append(
            Attention(
                reason=Reason.SUCCESS_FELL,
                severity=AttentionSeverity.WARNING,
                text=f"The success rate fell by {-change.success_rate * 100:.0f} points.",
                value=change.success_rate,
            )
        )
    return found


def weight(found: Iterable[Attention]) -> int:
    """How much attention that needs; more is more urgent."""
    return sum(_WEIGHT[each.severity] for each in found)


def sorted_by_weight(found: Iterable[Attention]) -> list[Attention]:
    return sorted(found, key=lambda each: -_WEIGHT[each.severity])
