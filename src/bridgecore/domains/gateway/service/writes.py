"""Gateway writes as intents: begun before they are sent, finished after, reconciled in doubt."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.gateway.errors import AnswerLost, OutcomeUnknown
from bridgecore.domains.gateway.service.operations import OdooCall
from bridgecore.infra import intents
from bridgecore.infra.auth import Actor
from bridgecore.infra.idempotency import IdempotencyInProgress, IdempotencyKeyReused
from bridgecore.infra.intents import IntentStatus, Wish
from bridgecore.infra.problems import Code, Conflict, NotFound, ProblemError, Repeated
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

if TYPE_CHECKING:
    from bridgecore.domains.gateway.service.calls import Caller, Wanted

KIND = "gateway.write"
ORIGIN = "bridgecore:"
WAIT_SECONDS = 22.0
_MOST_IDS = 1_000
_LONGEST_IDS = 16_384
_encode = msgspec.json.Encoder().encode


class SealedCall(msgspec.Struct, frozen=True):
    """What reconciliation needs of a call; kept encrypted."""

    model: str
    method: str
    args: Any
    kwargs: Any


def _aad(tenant_id: UUID, column: str) -> bytes:
    return f"intents.{column}:{tenant_id}".encode()


async def begin(
    resources: Resources,
    caller: Caller,
    call: OdooCall,
    wanted: Wanted,
    *,
    connection_id: UUID,
    lease_seconds: float,
) -> UUID | bytes:
    """The intent to act on, or the answer of an equal one that was under way.

    Raises IdempotencyKeyReused, IdempotencyInProgress, OutcomeUnknown, AnswerLost.
    """
    encoded = _encode((call.model, call.method, call.args, call.kwargs))
    print_ = hashlib.sha256(
        b"\x00".join([wanted.route.encode(), str(wanted.connection).encode(), encoded])
    ).digest()
    scope = None
    principal = caller.principal
    if wanted.idempotency_key is not None:
        scope = hashlib.sha256(
            "\x00".join(
                [
                    str(caller.tenant_id),
                    str(principal.user_id),
                    wanted.route,
                    wanted.idempotency_key,
                ]
            ).encode()
        ).digest()
    claim = await intents.begin(
        resources.database,
        Wish(
            tenant_id=caller.tenant_id,
            kind=KIND,
            target=f"{call.model}.{call.method}",
            request={
                "model": call.model,
                "method": call.method,
                "connection_id": str(connection_id),
                "membership_id": str(principal.membership_id) if principal.membership_id else None,
                # tells the event that the write causes from one of somebody else's
                "ids": _ids(call.args),
            },
            sealed_request=await resources.cipher.encrypt(
                encoded, _aad(caller.tenant_id, "sealed_request")
            ),
            lease_seconds=lease_seconds,
            fingerprint=print_,
            actor_id=principal.user_id,
            session_id=principal.session_id or principal.user_id,
            correlation_id=caller.correlation_id,
            idempotency_scope=scope,
        ),
    )
    if not claim.joined:
        return claim.intent_id
    if claim.mismatch:
        raise IdempotencyKeyReused
    return await _join(resources, caller, claim.intent_id, keyed=scope is not None)


def marked(call: OdooCall, intent_id: UUID) -> OdooCall:
    """The call with where it comes from in its context: the addon tells it in its events.

    So a change of ours is known when it comes back. A call whose keywords or context have another
    shape than Odoo's stays as it is: Odoo words what is wrong with it.
    """
    try:
        kwargs = _open(call.kwargs)
        context = _open(kwargs.get("context"))
    except msgspec.DecodeError:
        return call
    context["bridgecore_origin"] = f"{ORIGIN}{intent_id}"
    return call._replace(kwargs={**kwargs, "context": context})


def _open(value: Any) -> dict[str, Any]:
    """An object's members; those of a missing one are none."""
    if isinstance(value, dict):
        return dict(value)
    raw = value if isinstance(value, msgspec.Raw) else _encode(value)
    return msgspec.json.decode(raw, type=dict[str, msgspec.Raw] | None) or {}


async def _join(resources: Resources, caller: Caller, intent_id: UUID, *, keyed: bool) -> bytes:
    """Wait for an equal intent and answer what it answered."""
    until = time.monotonic() + WAIT_SECONDS
    pause = 0.05
    while True:
        found = await intents.find(resources.database, caller.tenant_id, intent_id)
        if found is not None and found.status == IntentStatus.DONE:
            if found.answer is None:
                raise AnswerLost(intent_id=str(intent_id))
            return await resources.cipher.decrypt(found.answer, _aad(caller.tenant_id, "answer"))
        if found is None or found.status == IntentStatus.FAILED:
            raise _repeated(found)
        if found.status == IntentStatus.UNKNOWN:
            raise OutcomeUnknown(intent_id=str(intent_id))
        if time.monotonic() > until:
            if keyed:
                raise IdempotencyInProgress(headers={"Retry-After": "2"})
            raise OutcomeUnknown(
                "The same request is still being carried out; do not send it again.",
                intent_id=str(intent_id),
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def _repeated(intent: intents.Intent | None) -> ProblemError:
    """The refusal of the request that was joined."""
    outcome = (intent.outcome if intent else None) or {}
    if "status" not in outcome:
        return IdempotencyInProgress("Nothing was done; send it again.")
    return Repeated(int(outcome["status"]), Code(outcome["code"]), str(outcome["detail"]))


async def settle(
    session: AsyncSession,
    resources: Resources,
    actor: Actor,
    write_id: UUID,
    status: Literal[IntentStatus.DONE, IntentStatus.FAILED],
    *,
    made: int | list[int] | None = None,
    note: str = "",
) -> intents.Intent:
    """A person says what became of an unknown write, and which records it `made`.

    Who sends it again with its key gets the answer that Odoo would have given, as far as it is
    known: from the person, or from what was found in Odoo. Raises NotFound, Conflict.
    """
    row = await session.get(intents.Intent, write_id, with_for_update=True)
    if row is None or row.kind != KIND:
        raise NotFound("There is no such write.")
    if row.status != IntentStatus.UNKNOWN:
        raise Conflict(f"This write is {row.status}; only an unknown one needs a person.")
    outcome = {**(row.outcome or {}), "resolved_by": actor.email, "note": note}
    if status is IntentStatus.DONE:
        found = outcome.get("result") if made is None else made
        answer = _answer_of(row.request["method"], await opened(resources, row), found)
        if answer is not None:
            outcome["result"] = answer
            row.answer = await sealed_answer(resources, row.tenant_id, _encode(answer))
    row.status = status
    row.outcome = outcome
    row.finished_at = utcnow()
    await session.flush()
    await audit.record(
        session,
        actor,
        "gateway.write_resolved",
        target_type="write",
        target_id=write_id,
        changes={"status": ["unknown", status.value], "made": made},
        reason=note or None,
    )
    return row


def _answer_of(method: str, call: SealedCall | None, made: Any) -> Any:
    """What Odoo answers to a call that made these records; None where that can't be told."""
    if method in ("write", "unlink"):
        return True
    ids = made if isinstance(made, list) else [] if made is None else [made]
    if not ids or not all(type(each) is int for each in ids):
        return None
    if method == "upload" and len(ids) == 1:
        return ids[0]
    if method != "create" or call is None or not isinstance(call.args, list) or not call.args:
        return None
    values = call.args[0]
    if isinstance(values, list):
        return ids if len(ids) == len(values) else None
    return ids[0] if len(ids) == 1 else None


async def sealed_answer(resources: Resources, tenant_id: UUID, raw: bytes) -> bytes:
    """An answer as an intent keeps it."""
    return await resources.cipher.encrypt(raw, _aad(tenant_id, "answer"))


async def finish_done(resources: Resources, caller: Caller, intent_id: UUID, raw: bytes) -> None:
    """Commit that it was carried out, with the answer for those who join."""
    answer = await sealed_answer(resources, caller.tenant_id, raw)
    await intents.finish(
        resources.database,
        tenant_id=caller.tenant_id,
        intent_id=intent_id,
        status=IntentStatus.DONE,
        # what a create made
        outcome={"ids": made} if (made := _ids([msgspec.Raw(raw)])) else None,
        answer=answer,
    )


async def finish_failed(
    resources: Resources, caller: Caller, intent_id: UUID, problem: ProblemError
) -> None:
    """Commit that it was refused, or that nobody knows."""
    unknown = isinstance(problem, OutcomeUnknown)
    await intents.finish(
        resources.database,
        tenant_id=caller.tenant_id,
        intent_id=intent_id,
        status=IntentStatus.UNKNOWN if unknown else IntentStatus.FAILED,
        outcome={
            "status": problem.status,
            "code": problem.code.value,
            "detail": problem.detail,
        },
    )


def _ids(args: Any) -> list[int]:
    """The records a call names first, as those that change records do; empty for others."""
    if isinstance(args, msgspec.Raw):
        try:
            args = msgspec.json.decode(args, type=list[msgspec.Raw])
        except msgspec.ValidationError:
            return []  # no list: Odoo will say what it thinks of that
    first = args[0] if args else None
    if isinstance(first, msgspec.Raw):
        first = msgspec.json.decode(first) if len(bytes(first)) <= _LONGEST_IDS else None
    found = first if isinstance(first, list) else [first]
    return [each for each in found[:_MOST_IDS] if type(each) is int]


async def opened(resources: Resources, intent: intents.Intent) -> SealedCall | None:
    """The call of an intent, for reconciliation."""
    if intent.sealed_request is None:
        return None
    encoded = await resources.cipher.decrypt(
        intent.sealed_request, _aad(intent.tenant_id, "sealed_request")
    )
    model, method, args, kwargs = msgspec.json.decode(encoded)
    return SealedCall(model, method, args, kwargs)
