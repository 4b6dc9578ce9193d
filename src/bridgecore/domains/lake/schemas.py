"""What the lake takes and gives: to other domains as plain values, over HTTP as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from bridgecore.connectors.contract import SetAside
from bridgecore.infra.web import Feed, Output

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
    observed later. For changes that are sent to us, at any time after they were made. `ASKED`: the
    same, but what was stored before the source was asked is older than its answer, even where the
    source's clock has gone back since. For what is read. `OBSERVED`: the one observed later,
    whatever the source says. For records read back to repair the copy: a source that was restored
    from a backup says they are older.
    """

    SOURCE = "source"
    ASKED = "asked"
    OBSERVED = "observed"


class DeleteReason(StrEnum):
    """Why a record is no longer served."""

    DELETED = "deleted"
    NOT_VISIBLE = "not_visible"
    """It is in the source, but its account there may not see it any more."""
    NOT_SELECTED = "not_selected"
    """The tenant no longer synchronises this entity."""
    CONNECTION_REMOVED = "connection_removed"
    """The tenant no longer has this connection. Its records are emptied as well."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Records copied in by a transaction and not stored yet. `set_aside`: can't be held."""

    batch: int
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What a write came to, in records.

    `stale`: a newer state was there already. `set_aside`: PostgreSQL can't hold it. `left_out`:
    keys of records that would have been added, and no room was given for. `bytes`: how much more is
    stored. Versions are those given out, None where nothing changed.
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
    left_out: tuple[str, ...] = ()
    bytes: int = 0

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


# ── over HTTP ──────────────────────────────────────────────────────────────────────────────────


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text can't hold NUL")
    return text


Plain = Annotated[str, AfterValidator(_storable)]
EntityName = Annotated[Plain, StringConstraints(min_length=1, max_length=200)]
RecordKey = Annotated[Plain, StringConstraints(min_length=1, max_length=500)]
# In the document only: what does not fit is told in words that say what to write.
Term = Annotated[
    Plain,
    StringConstraints(min_length=3, max_length=2_000),
    Field(
        json_schema_extra={
            "pattern": r"^[^:.]+(\.[^:.]+){0,9}"
            r":(((un)?set|eq|ne|[lg]te?)(:|$)|contains:[\s\S]|in:\[)"
        }
    ),
]
Sort = Annotated[
    Plain,
    StringConstraints(min_length=1, max_length=200),
    Field(json_schema_extra={"pattern": r"^-?(key|version|data(\.[^.]+)+)$"}),
]
Shown = Literal["no", "only", "any"]


class RecordQuery(BaseModel):
    """What `/lake/records` is asked for."""

    entity: EntityName = Field(
        description="A source's entity, `res.partner` say, or a view: `opportunity`, `account`,"
        " `contact`, `user`, `activity`, `invoice`."
    )
    connection_id: UUID | None = None
    filter: list[Term] = Field(
        default_factory=list,
        max_length=20,
        description="`field:operator:value`, all of which must hold. Operators: `eq ne lt lte gt"
        " gte in contains set unset`. `field` may lead into a value: `user_id.0`. The value is"
        ' read as JSON (`100`, `true`, `"100"`), else taken as text; `in` takes a JSON array.',
    )
    archived: Shown = "no"
    deleted: Shown = "no"
    sort: Sort = Field(
        default="key", description="`key`, `version`, or `data.` and a field; `-` turns it round."
    )
    limit: int = Field(default=100, ge=1, le=1_000)
    cursor: Annotated[Plain, StringConstraints(max_length=4_000)] | None = None


class RecordOut(Output):
    """One record. `data` is as the source gave it.

    `is_active` is false for archived records and deleted ones; a deleted one has `deleted_at`.
    """

    entity_type: str
    serving_id: str
    source: str | None
    connection_id: UUID
    version: int
    is_active: bool
    deleted_at: datetime | None
    delete_reason: DeleteReason | None
    last_aggregated: datetime
    source_created_at: datetime | None
    source_changed_at: datetime | None
    data: dict[str, Any]


class RecordFeed(Feed[RecordOut]):
    pass


class RecordDetailOut(RecordOut):
    """One record with its life in the lake.

    `first_seen_at`: when it was first read. `last_seen_at`: when the source last showed it so.
    """

    first_seen_at: datetime
    last_seen_at: datetime


class ChangesOut(Output):
    """Changes in order of version. Ask again with `after` = `next_after`.

    Tombstones up to `forgotten_version` are no longer kept: who asks after an older version, but
    for 0, may have missed a deletion and starts again from 0.
    """

    items: Sequence[RecordOut]
    next_after: int
    latest_version: int
    forgotten_version: int


class EntityOut(Output):
    """One entity of one connection. `views`: the names it is served under beside its own.

    `last_read` is when the source was last asked for it, `last_changed` its latest change there.
    """

    entity: str
    views: list[str]
    connection_id: UUID
    source: str | None
    records: int
    archived: int
    deleted: int
    bytes: int
    version: int
    last_read: datetime | None
    last_changed: datetime | None
