"""Finds out what became of writes whose answer was lost, by reading Odoo.

A change is compared with the record, a deletion with what exists, a creation with what our user
created at the time. A method call leaves nothing to compare: a person decides.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog
from redis.exceptions import RedisError

from bridgecore.connectors.odoo import OdooClient, OdooError
from bridgecore.domains.gateway.service import writes
from bridgecore.domains.gateway.service.clients import OdooLines
from bridgecore.domains.gateway.service.writes import SealedCall
from bridgecore.infra import intents
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.intents import Intent, IntentStatus
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

# A transaction of Odoo may still commit for as long as its worker is allowed to run.
SETTLED_AFTER = 130.0
_SECONDS = 15.0
_CLOCKS_APART = timedelta(seconds=120)
_ODOO_TIME = "%Y-%m-%d %H:%M:%S"  # UTC


class Finding(NamedTuple):
    """What reading showed. `status` UNKNOWN leaves it to a person; `result` is what was made."""

    status: IntentStatus
    reason: str
    result: Any = None


async def reconcile_all(
    resources: Resources, lines: OdooLines, *, settled_after: float = SETTLED_AFTER
) -> int:
    """Look once at every doubtful write begun more than `settled_after` seconds ago.

    Returns how many are settled now.
    """
    left = await intents.expire_all_leases(resources.database)
    if left:
        log.warning("intents_unknown", count=left)
    async with resources.database.platform() as session:
        doubtful = await intents.doubtful(session, kind=writes.KIND, older_than=settled_after)
    settled = 0
    for intent in doubtful:
        finding = await _look(resources, lines, intent)
        settled += finding.status is not IntentStatus.UNKNOWN
        await _store(resources, intent, finding)
        if finding.status is IntentStatus.DONE:
            # it may have been carried out after the answers kept since were read
            await _changed(resources, intent)
    return settled


async def _changed(resources: Resources, intent: Intent) -> None:
    try:
        await resources.admission.raise_generation(str(intent.tenant_id))
    except (RedisError, OSError) as error:
        log.warning("generation_not_raised", error=type(error).__name__)


async def _look(resources: Resources, lines: OdooLines, intent: Intent) -> Finding:
    membership = intent.request.get("membership_id")
    try:
        call = await writes.opened(resources, intent)
        line = await lines.line(
            str(intent.tenant_id),
            0,
            intent.request["connection_id"],
            UUID(membership) if membership else None,
        )
        if call is None:
            return Finding(IntentStatus.UNKNOWN, "The call was not kept.")
        return await find_out(line.client, call, intent)
    except (OdooError, ProblemError, DecryptionFailed) as error:
        return Finding(IntentStatus.UNKNOWN, f"Odoo could not be read: {error}")


async def find_out(client: OdooClient, call: SealedCall, intent: Intent) -> Finding:
    """What became of `call`, by what Odoo holds now. Raises OdooError."""
    args = call.args if isinstance(call.args, list) else []
    context = call.kwargs.get("context") if isinstance(call.kwargs, dict) else None
    if call.method == "write" and len(args) >= 2:
        return await _written(client, call.model, args[0], args[1], context, intent)
    if call.method == "unlink" and args:
        return await _deleted(client, call.model, args[0])
    if call.method == "create" and args and isinstance(args[0], dict):
        return await _created(client, call.model, args[0], intent)
    return Finding(
        IntentStatus.UNKNOWN,
        f"What {call.method} did can't be read back; look at the record and decide.",
    )


async def _written(
    client: OdooClient, model: str, ids: Any, values: Any, context: Any, intent: Intent
) -> Finding:
    ids = ids if isinstance(ids, list) else [ids]
    wanted = {name: value for name, value in values.items() if not isinstance(value, list | dict)}
    if not wanted or not ids:
        return Finding(IntentStatus.UNKNOWN, "Nothing that was written can be compared.")
    options: dict[str, Any] = {"fields": [*wanted, "write_date"]}
    if context:
        options["context"] = context
    rows = msgspec.json.decode(
        await client.execute(model, "read", [ids], options, timeout=_SECONDS)
    )
    if len(rows) < len(ids):
        return Finding(IntentStatus.UNKNOWN, "A record is no longer there.")
    equal = [_same(row[name], value) for row in rows for name, value in wanted.items()]
    if all(equal):
        return Finding(IntentStatus.DONE, "The records hold what was written.", True)
    if any(equal):
        return Finding(IntentStatus.UNKNOWN, "The records hold a part of what was written.")
    # Odoo may have stored other values than it was given, a formatted number say
    earliest = (intent.created_at - _CLOCKS_APART).strftime(_ODOO_TIME)
    if any(str(row["write_date"]) >= earliest for row in rows):
        return Finding(IntentStatus.UNKNOWN, "The records were changed then, to something else.")
    return Finding(IntentStatus.FAILED, "The records were not changed since.")


def _same(held: Any, written: Any) -> bool:
    if isinstance(held, list):  # a many2one reads as its id and name
        held = held[0] if held else False
    if written is None or written == "":
        written = False
    if isinstance(held, str) and isinstance(written, str):
        return held.replace("T", " ").strip() == written.replace("T", " ").strip()
    if isinstance(held, int | float) and isinstance(written, int | float):
        return abs(held - written) < 1e-6
    return bool(held == written)


async def _deleted(client: OdooClient, model: str, ids: Any) -> Finding:
    ids = ids if isinstance(ids, list) else [ids]
    left = msgspec.json.decode(await client.execute(model, "exists", [ids], timeout=_SECONDS))
    if not left:
        return Finding(IntentStatus.DONE, "The records are gone.", True)
    if len(left) == len(ids):
        return Finding(IntentStatus.FAILED, "The records are still there.")
    return Finding(IntentStatus.UNKNOWN, "Some of the records are gone, others are not.")


async def _created(
    client: OdooClient, model: str, values: dict[str, Any], intent: Intent
) -> Finding:
    account = await client.account(timeout=_SECONDS)
    earliest = (intent.created_at - _CLOCKS_APART).strftime(_ODOO_TIME)
    latest = (intent.created_at + _CLOCKS_APART).strftime(_ODOO_TIME)
    described = msgspec.json.decode(
        await client.execute(
            model,
            "fields_get",
            [],
            {"allfields": list(values), "attributes": ["type", "store"]},
            timeout=_SECONDS,
        )
    )
    ours: list[Any] = [
        ["create_uid", "=", account.uid],
        ["create_date", ">=", earliest],
        ["create_date", "<=", latest],
    ]
    alike: list[Any] = []
    comparable = {"char", "integer", "boolean", "selection", "many2one", "date"}
    for name, value in values.items():
        field = described.get(name, {})
        if field.get("type") in comparable and field.get("store") and not isinstance(value, list):
            alike.append([name, "=", False if value in (None, "") else value])
    if not alike:
        return Finding(IntentStatus.UNKNOWN, "Nothing that was given can be searched for.")
    found = await _search(client, model, ours + alike)
    if len(found) == 1:
        return Finding(IntentStatus.DONE, f"Record {found[0]} was created then.", found[0])
    if found:
        return Finding(IntentStatus.UNKNOWN, "Several such records were created then.", found)
    # Odoo may have stored other values than it was given, so any record of that time is a doubt
    if near := await _search(client, model, ours):
        return Finding(IntentStatus.UNKNOWN, "Other records were created then; look at them.", near)
    return Finding(IntentStatus.FAILED, "No record was created then.")


async def _search(client: OdooClient, model: str, domain: list[Any]) -> list[int]:
    options = {"limit": 3, "context": {"active_test": False}}
    raw = await client.execute(model, "search", [domain], options, timeout=_SECONDS)
    return msgspec.json.decode(raw, type=list[int])


async def _store(resources: Resources, intent: Intent, finding: Finding) -> None:
    looks = int((intent.outcome or {}).get("looks", 0)) + 1
    answer = None
    if finding.status is IntentStatus.DONE:
        answer = await writes.sealed_answer(
            resources, intent.tenant_id, msgspec.json.encode(finding.result)
        )
    await intents.finish(
        resources.database,
        tenant_id=intent.tenant_id,
        intent_id=intent.id,
        status=finding.status,
        outcome={
            **(intent.outcome or {}),
            "looks": looks,
            "reconciled": finding.status is not IntentStatus.UNKNOWN,
            "finding": finding.reason,
            "result": finding.result,
        },
        answer=answer,
    )
    log.info(
        "write_reconciled", intent=str(intent.id), status=finding.status, finding=finding.reason
    )
