"""What the source has: the plan's entities found at first, and changes of their fields noticed.

A field that is gone, renamed or of another type stops nothing: the run goes on with what is left,
and what happened is shown with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bridgecore.connectors.contract import Entity
from bridgecore.domains.sync import events
from bridgecore.domains.sync.models import SyncEntity
from bridgecore.domains.sync.repository import plans
from bridgecore.domains.sync.service.reading import selected
from bridgecore.domains.sync.service.run import Run
from bridgecore.infra.outbox import announce
from bridgecore.kit.clock import isoformat

LOOK_EVERY = timedelta(hours=1)
"""A field that is gone shows when a record is read; where none changes, at the latest then."""


def described(entity: Entity) -> dict[str, Any]:
    """The entity's fields in their stored form, by name."""
    return {
        each.name: {
            "type": each.type,
            "label": each.label,
            "relation": each.relation,
            "stored": each.stored,
            "sensitive": each.sensitive,
            "by_default": each.by_default and not each.sensitive,
        }
        for each in entity.fields
    }


async def make_plan(run: Run, names: Sequence[str]) -> None:
    """Fill an empty plan with the entities the connector proposes, those that the source has.

    What a person chose while the source was asked stays as they chose it.
    """
    found = {each.name: each for each in await run.connector.discover(names)}
    titles = {each.name: each for each in await _titles(run, names)}
    async with run.tenant() as session:
        plan = await plans.plan(session, run.tenant_id, run.connection_id, lock=True)
        proposed = names if plan is not None and plan.planned_at is None else ()
        for place, name in enumerate(name for name in proposed if name in found):
            entity = found[name]
            about = titles.get(name, entity)
            await plans.add_entity(
                session,
                run.tenant_id,
                run.connection_id,
                name,
                {
                    "title": _text(about.title or entity.title),
                    "group": _text(about.group or entity.group),
                    "place": place,
                    "flags": (entity.flags | about.flags).value,
                    "source_fields": described(entity),
                    "source_seen_at": run.clock.now(),
                },
            )
        rows = await plans.entities(session, run.tenant_id, run.connection_id)
    run.entities = {row.entity: row for row in rows}


async def _titles(run: Run, names: Sequence[str]) -> Sequence[Entity]:
    wanted = set(names)
    return [each for each in await run.connector.discover() if each.name in wanted]


def due_to_look(run: Run, row: SyncEntity) -> bool:
    """Whether the entity's fields should be looked at again."""
    seen = row.source_seen_at
    return seen is None or run.asked_for or run.clock.now() - seen > LOOK_EVERY


async def look_again(run: Run, names: Sequence[str]) -> set[str]:
    """See what fields these entities have now. Returns the entities whose selection changed.

    Those are read from the start again, so that every record holds the same fields.
    """
    found = {each.name: each for each in await run.connector.discover(names)}
    changed = set()
    for name in names:
        row, entity = run.entities[name], found.get(name)
        if entity is None or not entity.fields:
            continue  # reading it says why it can't be had
        before_fields, before = row.source_fields, selected(row)
        row.source_fields = described(entity)
        row.source_seen_at = run.clock.now()
        row.flags = entity.flags.value or row.flags
        values: dict[str, Any] = {
            "source_fields": row.source_fields,
            "source_seen_at": row.source_seen_at,
            "flags": row.flags,
        }
        noticed = drift(before_fields or {}, row.source_fields, row.fields)
        if before_fields is not None and set(before) != set(selected(row)):
            changed.add(name)
            row.checkpoint = None
            values["checkpoint"] = None
        async with run.tenant() as session:
            if noticed:
                stamped = [{**each, "noticed_at": isoformat(run.clock.now())} for each in noticed]
                row.drift = _kept([*row.drift, *stamped], row)
                values["drift"] = row.drift
                await announce(
                    session,
                    events.SCHEMA_DRIFTED,
                    {
                        "connection_id": str(run.connection_id),
                        "run_id": str(run.id),
                        "entity": name,
                        "changes": noticed,
                    },
                    tenant_id=run.tenant_id,
                )
            elif (kept := _kept(row.drift, row)) != row.drift:
                row.drift = values["drift"] = kept
            await plans.save_entity(session, run.tenant_id, run.connection_id, name, values)
    return changed


def _kept(noticed: Sequence[Mapping[str, Any]], row: SyncEntity) -> list[Any]:
    """The newest notice of each field; none of a field that is back."""
    known = row.source_fields or {}
    latest = {each["field"]: dict(each) for each in noticed}
    return [
        each
        for each in latest.values()
        if each["kind"] == "type_changed" or each["field"] not in known
    ][-100:]


def drift(
    before: Mapping[str, Any], after: Mapping[str, Any], chosen: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Changes that concern the selection: fields gone, renamed (by likeness), of another type."""
    watched = [
        name
        for name, about in before.items()
        if (name in chosen if chosen is not None else about.get("by_default"))
    ]
    added = [name for name in after if name not in before]
    found: list[dict[str, Any]] = []
    for name in watched:
        was, now = before[name], after.get(name)
        if now is None:
            twin = next((each for each in added if _alike(was, after[each])), None)
            if twin is not None:
                added.remove(twin)
                found.append(
                    {
                        "field": name,
                        "kind": "renamed",
                        "to": twin,
                        "what_to_do": f"{name} seems to be called {twin} now. Synchronisation goes"
                        f" on without {name}"
                        + (
                            f"; choose {twin} in the plan if it is wanted."
                            if chosen is not None
                            else f" and with {twin}. Change what reads {name} from the lake."
                        ),
                    }
                )
            else:
                found.append(
                    {
                        "field": name,
                        "kind": "gone",
                        "what_to_do": f"The source has no field {name} any more. Synchronisation"
                        " goes on without it; take it out of the plan, or bring it back there.",
                    }
                )
        elif (was["type"], was["relation"]) != (now["type"], now["relation"]):
            found.append(
                {
                    "field": name,
                    "kind": "type_changed",
                    "from": was["type"],
                    "to": now["type"],
                    "what_to_do": f"{name} was {was['type']} and is {now['type']} now. Look"
                    " whether what reads it from the lake can take that.",
                }
            )
    return found


def _alike(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return (left["type"], left["relation"]) == (right["type"], right["relation"]) and (
        left["label"] == right["label"]
    )


def _text(value: str) -> str:
    return value.replace("\x00", "\ufffd")
