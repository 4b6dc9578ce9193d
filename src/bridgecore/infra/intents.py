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

from sqlalchemy import Index, LargeBinary, String, Text, func, select, text, update
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
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    request: Mapped[dict[str, Any]]
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
            "ix_intents_lease_until",
            "lease_until",
            postgresql_where=text("status = 'pending'"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of an attempt to begin. `joined` names an equal intent already under way."""

    intent_id: UUID
    joined: bool = False


async def begin(
    database: Database,
    *,
    tenant_id: UUID,
    kind: str,
    target: str,
    request: dict[str, Any],
    lease_seconds: float,
    actor_id: UUID | None = None,
    session_id: UUID | None = None,
    correlation_id: str = "",
    fingerprint: bytes | None = None,
    join_within: float = 60.0,
) -> Claim:
    """Commit an intent, or join an equal one.

    Equal means the same `fingerprint` of the same session, pending or unknown and younger than
    `join_within` seconds: existing apps send a POST again when it timed out. An advisory lock
    keeps two equal requests that arrive together from both beginning.
    """
    async with database.tenant(tenant_id) as session:
        if fingerprint is not None:
            await session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
                {"key": f"intent:{session_id}:{fingerprint.hex()}"},
            )
            equal = await session.scalar(
                select(Intent.id)
                .where(
                    Intent.tenant_id == tenant_id,
                    Intent.session_id == session_id,
                    Intent.fingerprint == fingerprint,
                    Intent.status.in_([IntentStatus.PENDING, IntentStatus.UNKNOWN]),
                    Intent.created_at
                    > func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, join_within),
                )
                .order_by(Intent.created_at.desc())
                .limit(1)
            )
            if equal is not None:
                return Claim(equal, joined=True)
        intent_id = uuid7()
        session.add(
            Intent(
                id=intent_id,
                tenant_id=tenant_id,
                kind=kind,
                target=target,
                request=request,
                actor_id=actor_id,
                session_id=session_id,
                correlation_id=correlation_id,
                fingerprint=fingerprint,
                status=IntentStatus.PENDING,
                lease_until=func.clock_timestamp()
                + func.make_interval(0, 0, 0, 0, 0, 0, lease_seconds),
            )
        )
        return Claim(intent_id)


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


async def expire_leases(session: AsyncSession, *, limit: int = 1000) -> Sequence[Intent]:
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
