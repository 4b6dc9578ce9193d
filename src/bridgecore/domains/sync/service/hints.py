"""Reading what webhooks hinted at: those records alone, at once, instead of the next full look."""

from __future__ import annotations

from collections.abc import Sequence

from bridgecore.connectors.contract import EntityFlag, TellsBands
from bridgecore.domains.lake import service as lake
from bridgecore.domains.lake.schemas import WaitingHint
from bridgecore.domains.sync.repository import plans
from bridgecore.domains.sync.service.reading import read_by_key, read_entity
from bridgecore.domains.sync.service.run import Run
from bridgecore.domains.sync.service.sweeping import take_away

AT_ONCE = 2_000


async def work_hints(run: Run) -> None:
    """Act on every waiting hint. Raises `ConnectorError`, LeaseLost."""
    while True:
        run.check()
        async with run.tenant() as session:
            waiting = await lake.take_hints(session, run.ref, AT_ONCE)
        if not waiting:
            return
        by_entity: dict[str, list[WaitingHint]] = {}
        for hint in waiting:
            by_entity.setdefault(hint.entity, []).append(hint)
        for name, hints in by_entity.items():
            await _work(run, name, hints)
        if len(waiting) < AT_ONCE:
            break
    if run.claim.hinted_at is not None:
        async with run.tenant() as session:
            await plans.forget_hint_mark(
                session, run.tenant_id, run.connection_id, run.claim.hinted_at
            )


async def _work(run: Run, name: str, hints: Sequence[WaitingHint]) -> None:
    row = run.entities.get(name)
    if row is None or not row.is_enabled or row.loaded_at is None:
        # not wanted, or the first load brings it
        async with run.tenant() as session:
            await lake.settle_hints(session, run.ref, hints)
        return
    by_key = isinstance(run.connector, TellsBands) and EntityFlag.BANDED in run.flags(name)
    keys = list(dict.fromkeys(hint.key for hint in hints if hint.key is not None))
    if by_key and keys:
        observed_at = run.clock.now()
        gone = await read_by_key(run, name, keys)
        if gone:
            async with run.tenant() as session:
                of = sum(
                    state.records
                    for state in await lake.entities(
                        session, run.tenant_id, connection_id=run.connection_id
                    )
                    if state.entity == name
                )
            await take_away(run, name, gone, of=of, observed_at=observed_at)
    if not by_key or any(hint.key is None for hint in hints):
        await read_entity(run, name)
    # what was noted again meanwhile waits on
    async with run.tenant() as session:
        await lake.settle_hints(session, run.ref, hints)
