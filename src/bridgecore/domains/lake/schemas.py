"""What the lake takes and gives: to other domains as plain values, over HTTP as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from bridgecore.connectors.contract import SetAside

MOST_ROWS = 5_000
"""Records one call may write: what a transaction holds the tenant's clock for stays short."""


@dataclass(frozen=True, slots=True)
class ConnectionRef:
    """The connection that records come from."""

    tenant_id: UUID
    id: UUID


class Order(StrEnum):
    """Which of two states of a record is the newer one.

    `SOURCE`: the one the source says changed later; where it tells nothing, or the same, the one
    observed later. For changes as they come in. `OBSERVED`: the one observed later, whatever the
    source says. For records read back to repair the copy: a source that was restored from a
    backup, or whose clock went back, says they are older.
    """

    SOURCE = "source"
    OBSERVED = "observed"


class DeleteReason(StrEnum):
    """Why a record is no longer served."""

    DELETED = "deleted"
    NOT_VISIBLE = "not_visible"
    """It is in the source, but its account there may not see it any more."""
    NOT_SELECTED = "not_selected"
    """The tenant no longer synchronises this entity."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a write came to, in records.

    `stale`: a newer state was there already. `set_aside`: PostgreSQL can't hold it. Versions are
    those given out, None where nothing changed.
    """

    inserted: int = 0
    updated: int = 0
    restored: int = 0
    removed: int = 0
    unchanged: int = 0
    stale: int = 0
    first_version: int | None = None
    last_version: int | None = None
    set_aside: tuple[SetAside, ...] = ()

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.restored + self.removed


@dataclass(frozen=True, slots=True)
class Compared:
    """Records of the source against the lake's, by key. Nothing is written."""

    equal: int
    missing: tuple[str, ...]
    different: tuple[str, ...]
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingHint:
    """Something may have happened to this record (`key` is None: to the entity).

    `number` tells this noting from later ones of the same record: settle exactly what was taken.
    """

    entity: str
    key: str | None
    deleted: bool
    noted_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class LakeRecord:
    """One record as the lake serves it. `data` is one JSON object in UTF-8."""

    connection_id: UUID
    entity: str
    key: str
    data: bytes
    version: int
    is_active: bool
    deleted_at: datetime | None
    delete_reason: DeleteReason | None
    source_created_at: datetime | None
    source_changed_at: datetime | None
    first_seen_at: datetime
    seen_at: datetime
    stored_at: datetime

    def values(self) -> dict[str, Any]:
        """`data`, decoded."""
        decoded: dict[str, Any] = orjson.loads(self.data)
        return decoded


@dataclass(frozen=True, slots=True)
class EntityState:
    """One entity of one connection in the lake, counted as it is written.

    `records` are those not deleted, archived ones among them; `seen_at` is when the source was
    last read, `version` the latest change.
    """

    connection_id: UUID
    entity: str
    records: int
    archived: int
    deleted: int
    bytes: int
    version: int
    source_changed_at: datetime | None
    seen_at: datetime | None
