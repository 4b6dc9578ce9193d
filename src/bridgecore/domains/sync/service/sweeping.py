"""Finding what changed or went without a trace: the sweep after a read.

Deleted, archived and no longer visible are told apart by asking the source. A sweep that would
remove more than a set share stops there and asks a person: a source restored from an old backup,
or an account moved to other rules, looks just like a great many records deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridgecore.connectors.contract import EntityFlag, Presence, TellsBands
from bridgecore.domains.lake.schemas import Order
from bridgecore.domains.sync import events
from bridgecore.domains.sync.models import SyncEntity
from bridgecore.domains.sync.repository import plans
from bridgecore.domains.sync.service.comparing import compare
from bridgecore.domains.sync.service.reading import KEYS_AT_ONCE, REASONS, read_by_key
from bridgecore.domains.sync.service.run import Run
from bridgecore.infra.outbox import announce
from bridgecore.kit.clock import isoformat

SAMPLE = 20


async def sweep(run: Run, name: str) -> None:
    """Make the lake hold the records the source holds. Raises `ConnectorError`, LeaseLost."""
    row = run.entities[name]
    run.of(name).state = "sweeping"
    observed_at = run.clock.now()
    found = await compare(run, name)
    if found is not None and found.any:
        gone = await _read_back(run, name, [*found.missing, *found.changed])
        gone.update(await _presences(run, name, found.extra))
        held = {*found.changed, *found.extra}
        await take_away(
            run,
            name,
            {key: told for key, told in gone.items() if key in held},
            of=found.lake_records,
            observed_at=observed_at,
        )
    elif row.deletes is not None:
        await settle_question(run, row)
    row.swept_at = observed_at
    run.dirty.add(name)
    run.of(name).state = "done"


async def _read_back(run: Run, name: str, keys: Sequence[str]) -> dict[str, Presence]:
    if not keys:
        return {}
    if isinstance(run.connector, TellsBands) and EntityFlag.BANDED in run.flags(name):
        return await read_by_key(run, name, keys, order=Order.OBSERVED)
    # records can't be read singly: the next read is a whole one
    run.entities[name].checkpoint = None
    run.dirty.add(name)
    return {}


async def _presences(run: Run, name: str, keys: Sequence[str]) -> dict[str, Presence]:
    """What became of records the source did not list; those that are there are read again."""
    connector = run.connector
    if not (isinstance(connector, TellsBands) and EntityFlag.BANDED in run.flags(name)):
        return dict.fromkeys(keys, Presence.DELETED)
    told: dict[str, Presence] = {}
    for at in range(0, len(keys), KEYS_AT_ONCE):
        run.check()
        told.update(await connector.presence(name, keys[at : at + KEYS_AT_ONCE]))
    there = [key for key, presence in told.items() if presence not in REASONS]
    told.update(await _read_back(run, name, there))
    return told


async def take_away(
    run: Run, name: str, gone: Mapping[str, Presence], *, of: int, observed_at: datetime
) -> bool:
    """Make tombstones of what is gone, unless that is too much. Returns whether it was done."""
    row = run.entities[name]
    lost = [key for key, presence in gone.items() if presence in REASONS]
    if not lost:
        if row.deletes is not None:
            await settle_question(run, row)
        return True
    if not allowed(len(lost), of, row.deletes, run.plan.delete_share, run.plan.delete_floor):
        await _ask(run, row, gone, lost, of)
        return False
    for presence, reason in REASONS.items():
        await run.remove(name, [key for key in lost if gone[key] is presence], reason, observed_at)
    if row.deletes is not None:
        await settle_question(run, row)
    return True


def allowed(
    count: int, of: int, question: Mapping[str, Any] | None, share: float, floor: int
) -> bool:
    """Whether this many of that many records may be removed without asking (again)."""
    if count < floor or count <= share * of:
        return True
    return (
        question is not None
        and question.get("decision") == "confirmed"
        and count <= question["count"] * 1.05 + floor
    )


async def _ask(
    run: Run, row: SyncEntity, gone: Mapping[str, Presence], lost: Sequence[str], of: int
) -> None:
    before = row.deletes
    if (
        before is not None
        and before.get("decision") == "refused"
        and len(lost) <= before["count"] * 1.05 + run.plan.delete_floor
    ):
        return  # it was decided that these stay
    asked_before = before is not None and before.get("decision") is None
    not_visible = sum(gone[key] is Presence.NOT_VISIBLE for key in lost)
    row.deletes = {
        "count": len(lost),
        "of": of,
        "not_visible": not_visible,
        "sample": sorted(lost)[:SAMPLE],
        "found_at": before["found_at"] if asked_before and before else isoformat(run.clock.now()),
        "decision": None,
    }
    row.state = "needs_confirmation"
    async with run.tenant() as session:
        await plans.save_entity(
            session,
            run.tenant_id,
            run.connection_id,
            row.entity,
            {"deletes": row.deletes, "state": row.state},
        )
        if not asked_before:
            await announce(
                session,
                events.DELETES_NEED_CONFIRMATION,
                {
                    "connection_id": str(run.connection_id),
                    "run_id": str(run.id),
                    "entity": row.entity,
                    "count": len(lost),
                    "of": of,
                },
                tenant_id=run.tenant_id,
            )


async def settle_question(run: Run, row: SyncEntity) -> None:
    """The question about removals has been acted on, or has answered itself."""
    row.deletes = None
    if row.state == "needs_confirmation":
        row.state = "ok"
    async with run.tenant() as session:
        await plans.save_entity(
            session,
            run.tenant_id,
            run.connection_id,
            row.entity,
            {"deletes": None, "state": row.state},
        )
