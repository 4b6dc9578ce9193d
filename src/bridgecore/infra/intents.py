"""Acting outside without losing track: commit the intent, act, commit the outcome.

An intent whose lease ran out is `unknown`: the process that acted died, or the other side never
answered. It is reconciled by reading the other side where that can be done, else shown to a
person; it is never blindly repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
    Text,
    delete,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bridgecore.infra.db import Base, Database
from bridgecore.kit.ids import uuid7


class IntentStatus(StrEnum):
    PENDING = "pending"  # committed; its lease tells whether somebody is still at it
    DONE = "done"
    FAILED = "failed"  # the other side refused, or nothing was sent
    UNKNOWN = "unknown"


class Intent(Base):
    __tablename__ = "intents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    correlation_id: Mapped[str] = mapped_column(String(128), server_default="")
    idempotency_scope: Mapped[bytes | None] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    request: Mapped[dict[str, Any]]
    sealed_request: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[dict[str, Any] | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    lease_until: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        Index(
            "ix_intents_joinable",
            "tenant_id",
            "session_id",
            "fingerprint",
            postgresql_where=text("status IN ('pending', 'unknown')"),
        ),
        Index(
            "uq_intents_idempotency_scope",
            "tenant_id",
            "idempotency_scope",
            unique=True,
            postgresql_where=text("idempotency_scope IS NOT NULL"),
        ),
        Index(
            "ix_intents_lease_until",
            "lease_until",
            postgresql_where=text("status = 'pending'"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of an attempt to begin.

    `joined` names an equal intent that was there before; then nothing was begun. `mismatch`: it
    was begun with the same idempotency key but another body.
    """

    intent_id: UUID
    joined: bool = False
    mismatch: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done outside.

    `request` may be shown to people; `sealed_request` is encrypted by the caller and serves
    reconciliation. `idempotency_scope` hashes tenant, actor, route and key where a key was sent.
    """

    tenant_id: UUID
    kind: str
    target: str
    request: dict[str, Any]
    lease_seconds: float
    fingerprint: bytes
    actor_id: UUID | None = None
    session_id: UUID | None = None
    correlation_id: str = ""
    idempotency_scope: bytes | None = None
    sealed_request: bytes | None = None


JOIN_SECONDS = 60
KEEP_KEY_HOURS = 24
MOST_LOOKS = 20
LEASES_A_ROUND = 1000


async def begin(database: Database, wish: Wish) -> Claim:
    """Commit an intent, or join an equal one.

    With an idempotency key, equal means the same key within 24 hours. Without, it means the same
    body of the same session, pending or unknown and younger than 60 seconds: existing apps send
    a POST again when it timed out. An advisory lock keeps two equal requests that arrive together
    from both beginning.
    """
    lock = wish.idempotency_scope or str(wish.session_id).encode() + wish.fingerprint
    async with database.tenant(wish.tenant_id) as session:
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"intent:{wish.tenant_id}:{lock.hex()}"},
        )
        equal = await _equal(session, wish)
        if equal is not None:
            return Claim(equal[0], joined=True, mismatch=equal[1] != wish.fingerprint)
        intent_id = uuid7()
        session.add(
            Intent(
                id=intent_id,
                tenant_id=wish.tenant_id,
                kind=wish.kind,
                target=wish.target,
                request=wish.request,
                sealed_request=wish.sealed_request,
                actor_id=wish.actor_id,
                session_id=wish.session_id,
                correlation_id=wish.correlation_id,
                idempotency_scope=wish.idempotency_scope,
                fingerprint=wish.fingerprint,
                status=IntentStatus.PENDING,
                lease_until=func.clock_timestamp()
                + func.make_interval(0, 0, 0, 0, 0, 0, wish.lease_seconds),
            )
        )
        return Claim(intent_id)


async def _equal(session: AsyncSession, wish: Wish) -> tuple[UUID, bytes | None] | None:
    query = select(Intent.id, Intent.fingerprint).where(Intent.tenant_id == wish.tenant_id)
    if wish.idempotency_scope is not None:
        await session.execute(
            update(Intent)
            .where(
                Intent.idempotency_scope == wish.idempotency_scope,
                or_(
                    # a refusal is not kept: the same key may try again
                    Intent.status == IntentStatus.FAILED,
                    Intent.created_at
                    < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, KEEP_KEY_HOURS),
                ),
            )
            .values(idempotency_scope=None)
        )
        query = query.where(Intent.idempotency_scope == wish.idempotency_scope)
    else:
        query = query.where(
            Intent.session_id == wish.session_id,
            Intent.fingerprint == wish.fingerprint,
            Intent.status.in_([IntentStatus.PENDING, IntentStatus.UNKNOWN]),
            Intent.created_at
            > func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, JOIN_SECONDS),
        )
    row = (await session.execute(query.order_by(Intent.created_at.desc()).limit(1))).one_or_none()
    return None if row is None else (row[0], row[1])


async def finish(
    database: Database,
    *,
    tenant_id: UUID,
    intent_id: UUID,
    status: IntentStatus,
    outcome: dict[str, Any] | None = None,
    answer: bytes | None = None,
) -> None:
    """Commit how an intent ended. `answer` (encrypted by the caller) serves those who joined."""
    async with database.tenant(tenant_id) as session:
        await session.execute(
            update(Intent)
            .where(
                Intent.id == intent_id,
                Intent.status.in_([IntentStatus.PENDING, IntentStatus.UNKNOWN]),
            )
            .values(
                status=status,
                outcome=outcome,
                answer=answer,
                finished_at=None if status is IntentStatus.UNKNOWN else func.clock_timestamp(),
            )
        )


async def find(database: Database, tenant_id: UUID, intent_id: UUID) -> Intent | None:
    """One intent of a tenant."""
    async with database.tenant(tenant_id) as session:
        return await session.get(Intent, intent_id)


async def expire_all_leases(database: Database) -> int:
    """Turn every pending intent whose lease ran out into an unknown one. Returns how many."""
    count = 0
    while True:
        async with database.platform() as session:
            expired = await expire_leases(session, limit=LEASES_A_ROUND)
        count += len(expired)
        if len(expired) < LEASES_A_ROUND:
            return count


async def expire_leases(session: AsyncSession, *, limit: int = LEASES_A_ROUND) -> Sequence[Intent]:
    """Turn pending intents whose lease ran out into unknown ones. Needs a platform session."""
    expired = (
        select(Intent.id)
        .where(Intent.status == IntentStatus.PENDING, Intent.lease_until < func.clock_timestamp())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = await session.scalars(
        update(Intent)
        .where(Intent.id.in_(expired))
        .values(
            status=IntentStatus.UNKNOWN,
            outcome={"reason": "the process that acted ended before it knew the outcome"},
        )
        .returning(Intent)
    )
    return rows.all()


async def page(
    session: AsyncSession,
    *,
    kind: str,
    status: IntentStatus | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Intent]:
    """Intents newest first, those behind `after`."""
    query = select(Intent).where(Intent.kind == kind)
    if status is not None:
        query = query.where(Intent.status == status)
    if after is not None:
        query = query.where(tuple_(Intent.created_at, Intent.id) < after)
    query = query.order_by(Intent.created_at.desc(), Intent.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def doubtful(
    session: AsyncSession, *, kind: str, older_than: float, limit: int = 100
) -> Sequence[Intent]:
    """Unknown intents begun more than `older_than` seconds ago, least looked at first.

    Needs a platform session.
    """
    query = (
        select(Intent)
        .where(
            Intent.kind == kind,
            Intent.status == IntentStatus.UNKNOWN,
            Intent.created_at
            < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, older_than),
            func.coalesce(Intent.outcome["looks"].as_integer(), 0) < MOST_LOOKS,
        )
        .order_by(func.coalesce(Intent.outcome["looks"].as_integer(), 0), Intent.created_at)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def forget_tenants(session: AsyncSession, tenant_ids: Sequence[UUID]) -> None:
    """Delete the intents of purged tenants. Needs a platform session."""
    await session.execute(delete(Intent).where(Intent.tenant_id.in_(tenant_ids)))
