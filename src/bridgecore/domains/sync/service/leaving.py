"""Entities taken out of the plan: their records leave the lake, with that as the reason.

A copy nobody keeps up would be served as if it were true. The records become tombstones, so that
devices and readers of the feed hear of it; put back in the plan, the entity is read from the start
and they are restored.
"""

from __future__ import annotations

from typing import Any

from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import MOST_ROWS, DeleteReason
from bridgecore.domains.sync.repository import plans
from bridgecore.domains.sync.service.run import Run

_UNREAD: dict[str, Any] = {
    "checkpoint": None,
    "loaded_at": None,
    "caught_up_at": None,
    "swept_at": None,
    "deletes": None,
    "state": "new",
    "error": None,
    "what_to_do": None,
    "retry_at": None,
    "failures": 0,
}


async def let_go(run: Run) -> None:
    """Remove what the lake holds of entities that are not in the plan. Raises LeaseLost."""
    left = [name for name, row in run.entities.items() if not row.is_enabled]
    if not left:
        return
    async with run.tenant() as session:
        states = await lake.entities(session, run.tenant_id, connection_id=run.connection_id)
    held = {state.entity for state in states if state.records}
    for name in left:
        if name in held:
            await _let_go(run, name)


async def _let_go(run: Run, name: str) -> None:
    row = run.entities[name]
    # before anything is removed: a process that dies in between must not leave a position behind
    # from which only later changes would be read
    async with run.tenant() as session:
        await plans.save_entity(session, run.tenant_id, run.connection_id, name, _UNREAD)
    for field, value in _UNREAD.items():
        setattr(row, field, value)
    stats = run.of(name)
    stats.state = "sweeping"
    while True:
        run.check()
        observed_at = run.clock.now()
        async with run.tenant() as session:
            found = await lake.keys(session, run.ref, name, limit=MOST_ROWS)
        if not found:
            break
        before = stats.removed
        keys = [each.key for each in found]
        await run.remove(name, keys, DeleteReason.NOT_SELECTED, observed_at)
        if stats.removed == before:
            # observed later than now by another clock: the next run removes them
            break
    stats.state = "done"
