"""A connection nobody else writes to, and records as a connector would give them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.connectors.contract import Change
from bridgecore.domains.lake import service
from bridgecore.domains.lake.schemas import (
    Applied,
    ConnectionRef,
    DeleteReason,
    LakeRecord,
    Order,
)
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARTNER = "res.partner"


def at(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def change(
    key: str | int,
    name: str = "A",
    changed: float | None = 0,
    *,
    created: datetime | None = MORNING,
    active: bool = True,
    **data: Any,
) -> Change:
    """A record `name`d so, changed that many minutes into the morning."""
    body = orjson.dumps({"id": key, "name": name, **data})
    return Change(str(key), body, None if changed is None else at(changed), active, created)


class Writer:
    """Writes to one connection, each call in a transaction of its own."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.connection = ConnectionRef(uuid7(), uuid7())

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with self.resources.database.tenant(self.connection.tenant_id) as session:
            yield session

    async def apply(
        self,
        *changes: Change,
        observed: float = 0,
        order: Order = Order.SOURCE,
        entity: str = PARTNER,
        admit: bool = True,
    ) -> Applied:
        async with self.session() as session:
            return await service.apply(
                session,
                self.connection,
                entity,
                changes,
                observed_at=at(observed),
                order=order,
                admit=admit,
            )

    async def remove(
        self,
        *keys: str,
        observed: float = 0,
        reason: DeleteReason = DeleteReason.DELETED,
        entity: str = PARTNER,
    ) -> Applied:
        async with self.session() as session:
            return await service.remove(
                session, self.connection, entity, keys, reason, observed_at=at(observed)
            )

    async def feed(self, after: int = 0, limit: int = 10_000) -> list[LakeRecord]:
        async with self.session() as session:
            return await service.read_changes(
                session, self.connection.tenant_id, after, limit=limit
            )

    async def names(self) -> dict[str, Any]:
        """The records that are served, archived ones too."""
        rows: Sequence[LakeRecord] = await self.feed()
        return {row.key: row.values()["name"] for row in rows if row.deleted_at is None}


@pytest.fixture
def lake(resources: Resources) -> Writer:
    return Writer(resources)
