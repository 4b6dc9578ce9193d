"""The gateway's cache, and its writes: listed, and settled by a person where nobody else can."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, StringConstraints

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.gateway.router.callers import CallerWith, GatewayDep
from bridgecore.domains.gateway.service import writes
from bridgecore.domains.gateway.service.calls import Caller
from bridgecore.domains.gateway.service.policy import closed_to
from bridgecore.domains.tenancy.schemas import Feature
from bridgecore.infra import intents
from bridgecore.infra.auth import Actor, requires_member
from bridgecore.infra.intents import IntentStatus
from bridgecore.infra.problems import NotFound, ValidationFailed
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import Feed, Input, Output, SessionDep
from bridgecore.kit.cursors import decode_cursor, encode_cursor

router = APIRouter(tags=["gateway"])

Reader = Annotated[Caller, Depends(CallerWith("gateway:read", Feature.GATEWAY))]
RecordId = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
_CURSOR = "gateway.writes"


class CacheStats(Output):
    """Your tenant's answers kept by the process that was asked; null `hit_rate`: no look yet."""

    success: bool = True
    enabled: bool
    ttl_seconds: int
    generation: int
    entries: int
    bytes: int
    hits: int
    misses: int
    hit_rate: float | None


class CacheCleared(Output):
    success: bool = True
    generation: int | None


class AllowedModelsOut(Output):
    """Which Odoo models the gateway lets you reach. Odoo's own access rights come on top."""

    allowed_models: list[str] | None = Field(description="Null: every model.")
    closed_models: list[str] = Field(description="Those your role may not reach all the same.")
    read_only_models: list[str] = Field(description="Those your role may only read.")


class WriteOut(Output):
    """One write sent to Odoo. `outcome` says what is known: the refusal, or what was found."""

    id: UUID
    target: str
    status: IntentStatus
    request: dict[str, Any]
    outcome: dict[str, Any] | None
    actor_id: UUID | None
    correlation_id: str
    created_at: datetime
    finished_at: datetime | None


class Verdict(StrEnum):
    DONE = "done"
    FAILED = "failed"


class WriteResolution(Input):
    status: Verdict
    made: RecordId | Annotated[list[RecordId], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="The id of the record that was made, or ids of several made at once."
    )
    note: Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")] = ""


@router.get("/api/v1/odoo/cache/stats", summary="How the answer cache does")
async def cache_stats(caller: Reader, gateway: GatewayDep, resources: ResourcesDep) -> CacheStats:
    cache = gateway.calls.cache
    use = cache.use(caller.state.tenant_id)
    looks = use.hits + use.misses
    return CacheStats(
        enabled=cache.enabled,
        ttl_seconds=resources.settings.cache_ttl,
        generation=caller.state.generation,
        entries=use.entries,
        bytes=use.bytes,
        hits=use.hits,
        misses=use.misses,
        hit_rate=round(use.hits / looks, 4) if looks else None,
    )


@router.delete("/api/v1/odoo/cache/clear", summary="Forget every kept answer of your tenant")
@unaudited("only makes the next reads ask Odoo again")
async def clear_cache(caller: Reader, resources: ResourcesDep) -> CacheCleared:
    return CacheCleared(
        generation=await resources.admission.raise_generation(caller.state.tenant_id)
    )


@router.get("/api/v1/odoo/models", summary="Which models you may reach")
async def list_models(caller: Reader) -> AllowedModelsOut:
    allowed = caller.snapshot.allowed_models
    closed, read_only = closed_to(caller.permissions)
    if allowed is not None:
        closed, read_only = closed & set(allowed), read_only & set(allowed)
    return AllowedModelsOut(
        allowed_models=None if allowed is None else sorted(allowed),
        closed_models=sorted(closed),
        read_only_models=sorted(read_only),
    )


@router.get("/api/v1/odoo/writes", summary="Writes sent to Odoo, and what became of them")
async def list_writes(
    actor: Annotated[Actor, Depends(requires_member("gateway:read"))],
    session: SessionDep,
    status: IntentStatus | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Feed[WriteOut]:
    after = None
    if cursor is not None:
        moment, intent_id = decode_cursor(_CURSOR, cursor, [datetime, UUID])
        after = (moment, intent_id)
    rows = await intents.page(
        session, kind=writes.KIND, status=status, after=after, limit=limit + 1
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Feed(
        items=[WriteOut.model_validate(row) for row in rows[:limit]],
        next_cursor=encode_cursor(_CURSOR, [last.created_at, last.id]) if last else None,
    )


@router.get("/api/v1/odoo/writes/{write_id}", summary="One write")
async def get_write(
    actor: Annotated[Actor, Depends(requires_member("gateway:read"))],
    session: SessionDep,
    write_id: UUID,
) -> WriteOut:
    row = await session.get(intents.Intent, write_id)
    if row is None or row.kind != writes.KIND:
        raise NotFound("There is no such write.")
    return WriteOut.model_validate(row)


@router.post("/api/v1/odoo/writes/{write_id}/resolve", summary="Say what became of a write")
@audited("gateway.write_resolved")
async def resolve_write(
    actor: Annotated[Actor, Depends(requires_member("connections:write"))],
    session: SessionDep,
    resources: ResourcesDep,
    write_id: UUID,
    body: WriteResolution,
) -> WriteOut:
    """Records that were made can be named: who sends the write again is then answered with them."""
    if body.made is not None and body.status is not Verdict.DONE:
        raise ValidationFailed("`made` goes with the status `done`.")
    row = await writes.settle(
        session,
        resources,
        actor,
        write_id,
        IntentStatus.DONE if body.status is Verdict.DONE else IntentStatus.FAILED,
        made=body.made,
        note=body.note,
    )
    return WriteOut.model_validate(row)
