"""`Idempotency-Key` on the control plane: key, effect and answer in one transaction.

Routers that create or act use `IdempotentRoute`. The key is claimed with an advisory try-lock, so
a second request that arrives meanwhile gets 409 at once instead of waiting. Keys are scoped by
tenant, actor and route. Effects outside this database use `infra.intents` instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy import Index, LargeBinary, SmallInteger, String, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.auth import Actor, ActorKind, current_actor
from bridgecore.infra.db import Base
from bridgecore.infra.problems import BadRequest, Code, Conflict, ProblemError, Unauthorized
from bridgecore.infra.resources import resources_of
from bridgecore.kit.ids import uuid7

HEADER = "idempotency-key"
KEY_PATTERN = r"^[!-~](?:[ -~]{0,253}[!-~])?$"  # HTTP takes spaces at the ends away
KEEP_HOURS = 24
NOT_KEPT = "x-secret-once"  # an answer that shows a secret once says so and is never stored


def documented() -> dict[str, Any]:
    """`Idempotency-Key` as a parameter of the OpenAPI document."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "One key for one wish: sent again, it answers the same and acts once.",
        "schema": {"type": "string", "pattern": KEY_PATTERN},
    }


def check_key(key: str) -> None:
    """Raises BadRequest for what `KEY_PATTERN` refuses."""
    if not re.fullmatch(KEY_PATTERN, key):
        raise BadRequest("Idempotency-Key must be 1 to 255 printable ASCII characters.")


class IdempotencyInProgress(Conflict):
    """A request with this Idempotency-Key is still being worked on; try again shortly."""

    code = Code.IDEMPOTENCY_IN_PROGRESS


class IdempotencyKeyReused(ProblemError):
    """This Idempotency-Key was used with another body; use a new key for a new request."""

    status = 422
    code = Code.IDEMPOTENCY_KEY_REUSED


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID | None]
    scope: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "created_at"),)


class IdempotentRoute(APIRoute):
    """A route whose POSTs honour `Idempotency-Key`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        template = self.path

        async def idempotent(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method != "POST":
                return await handle(request)
            check_key(key)
            try:
                actor = await current_actor(request)
            except Unauthorized:
                return await handle(request)  # sign-in routes: nothing to scope a key by
            if actor.tenant_id is None and actor.kind is not ActorKind.STAFF:
                return await handle(request)
            return await _once(request, actor, template, key, handle)

        return idempotent


async def _once(
    request: Request,
    actor: Actor,
    template: str,
    key: str,
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    resources = resources_of(request)
    scope = hashlib.sha256(
        "\x00".join([str(actor.tenant_id), str(actor.id), template, request.url.path, key]).encode()
    ).digest()
    fingerprint = hashlib.sha256(
        request.url.query.encode() + b"\x00" + await request.body()
    ).digest()
    database = resources.database
    opened = database.platform() if actor.tenant_id is None else database.tenant(actor.tenant_id)
    async with opened as session:
        if stored := await _claim(session, scope, fingerprint):
            return Response(
                await resources.cipher.decrypt(stored.answer, aad=scope),
                status_code=stored.status,
                media_type=stored.media_type,
                headers={"Idempotent-Replayed": "true"},
            )
        request.state.session = session
        response = await handle(request)
        request.state.session = None
        body = getattr(response, "body", None)
        keep = response.status_code < 500 and response.status_code != 429
        if keep and isinstance(body, bytes) and NOT_KEPT not in response.headers:
            session.add(
                IdempotencyKey(
                    tenant_id=actor.tenant_id,
                    scope=scope,
                    fingerprint=fingerprint,
                    status=response.status_code,
                    media_type=response.headers.get("content-type", "application/json"),
                    answer=await resources.cipher.encrypt(body, aad=scope),
                )
            )
        return response


async def _claim(session: AsyncSession, scope: bytes, fingerprint: bytes) -> IdempotencyKey | None:
    number = int.from_bytes(scope[:8], "big", signed=True)
    claimed = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": number})
    if not claimed:
        raise IdempotencyInProgress(headers={"Retry-After": "1"})
    await session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.scope == scope,
            IdempotencyKey.created_at
            <= func.clock_timestamp() - func.make_interval(0, 0, 0, 0, KEEP_HOURS),
        )
    )
    stored = await session.scalar(select(IdempotencyKey).where(IdempotencyKey.scope == scope))
    if stored is not None and stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return stored


async def forget_old_keys(session: AsyncSession) -> int:
    """Delete keys past their time. Needs a platform session. Returns how many went."""
    result = await session.execute(
        text(
            "DELETE FROM idempotency_keys WHERE created_at < clock_timestamp()"
            " - make_interval(hours => :hours)"
        ),
        {"hours": KEEP_HOURS},
    )
    return int(getattr(result, "rowcount", 0))
