"""What a connector is: the one shape behind which every outside system is read.

A connector is opened from a stored configuration and an HTTP client and knows nothing else.
Errors are those of `bridgecore.connectors.errors`.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Flag, StrEnum, auto
from typing import Any, NewType, Protocol, runtime_checkable

import msgspec

from bridgecore.kit.http import HttpClient

Checkpoint = NewType("Checkpoint", str)
"""A position in the changes of one entity. Opaque outside its connector; safe to store."""


class Ability(StrEnum):
    """What a connector can do beyond check, discover and read."""

    KEYS = "keys"
    BANDS = "bands"
    WEBHOOK = "webhook"
    WRITE = "write"


class EntityFlag(Flag):
    """How one entity can be read."""

    NONE = 0
    INCREMENTAL = auto()
    """Changes since a checkpoint can be read; without it every read is a full one."""
    ARCHIVES = auto()
    """Records can be archived: hidden, but there."""
    LISTS_KEYS = auto()
    """The keys alone can be listed, so deletions can be found."""
    BANDED = auto()
    """Counts by time of creation can be had, so a copy can be compared (`TellsBands`)."""
    SELDOM = auto()
    """It seldom changes and is read whole: a schedule of minutes need not ask for it each time."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity. `type` is the source's own name for it.

    `stored`: False for one that is computed at every read; its changes move no time of change, so
    a copy of it grows stale unseen. `sensitive`: it holds a secret, a person's private data or a
    file. `by_default`: a read that names no fields brings it.
    """

    name: str
    type: str
    label: str = ""
    required: bool = False
    readonly: bool = False
    stored: bool = True
    relation: str | None = None
    sensitive: bool = False
    by_default: bool = True


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record of a source. `fields` is empty where they were not asked for.

    `group` is the part of the business it belongs to, in words a person understands.
    """

    name: str
    title: str
    flags: EntityFlag = EntityFlag.NONE
    group: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def schema_hash(self) -> str:
        """Tells whether what can be read has changed: names, types, relations. Labels may."""
        digest = hashlib.sha256()
        for each in sorted(self.fields, key=lambda field: field.name):
            parts = (each.name, each.type, each.relation or "", str(each.stored))
            digest.update("\x1f".join(parts).encode() + b"\x1e")
        return digest.hexdigest()


class Change(msgspec.Struct, frozen=True, gc=False):
    """One record as it is now.

    `data` is the record as one JSON object in UTF-8, in the source's own field names and values.
    `changed_at` and `created_at` are UTC, or None where the source does not tell.
    """

    key: str
    data: bytes
    changed_at: datetime | None = None
    is_active: bool = True
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """One record that can't be had, while others can. `reason` is for a person to act on."""

    key: str
    reason: str


@dataclass(slots=True)
class Pace:
    """How many records a read asks for at once. The caller may change it between pages.

    A connector lowers it itself when an answer turns out too large.
    """

    page_size: int = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in order, and the position after them. Store both in one transaction.

    `seconds` is how long the source took and `page_size` what it was asked for: what a caller
    needs to set the pace.
    """

    changes: tuple[Change, ...]
    checkpoint: Checkpoint
    set_aside: tuple[SetAside, ...] = ()
    seconds: float = 0.0
    page_size: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a connection works. `problems` says in words a person can act on why it does not.

    `unauthorised`: it takes other credentials, or more rights for these.
    """

    ok: bool
    version: str | None = None
    account: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    unauthorised: bool = False


class Connector(Protocol):
    """One opened connection to one outside system, shared by many concurrent calls."""

    async def check(self) -> CheckReport:
        """Try the connection. Trouble is in the report, not raised."""
        ...

    async def discover(self, names: Sequence[str] = ()) -> Sequence[Entity]:
        """Every kind of record the source has; for `names`, those readable, with their fields."""
        ...

    def read(
        self,
        entity: str,
        since: Checkpoint | None = None,
        *,
        fields: Sequence[str] = (),
        pace: Pace | None = None,
    ) -> AsyncIterator[Page]:
        """Records changed since a checkpoint, all of them without one.

        At least once: a record can come again. The last page's checkpoint is where the next read
        starts; any earlier one is where an interrupted read goes on. A record that fails by itself
        is set aside in its page and the read goes on. Raises `CheckpointExpired`.
        """
        ...

    async def close(self) -> None: ...


@runtime_checkable
class ListsKeys(Protocol):
    """A connector that can list the keys of an entity (`Ability.KEYS`)."""

    def list_keys(self, entity: str) -> AsyncIterator[Sequence[str]]:
        """Pages of the keys of every record that exists, archived ones included."""
        ...


class Period(StrEnum):
    """How long a band is, in UTC."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"

    @property
    def finer(self) -> Period | None:
        """The next one down; None below an hour, where keys are compared."""
        order = list(Period)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None

    def span(self, start: datetime) -> Span:
        """The one of this length that begins at `start`."""
        match self:
            case Period.YEAR:
                return Span(start, start.replace(year=start.year + 1))
            case Period.MONTH:
                return Span(start, (start + timedelta(days=31)).replace(day=1))
            case Period.DAY:
                return Span(start, start + timedelta(days=1))
            case Period.HOUR:
                return Span(start, start + timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time of creation, `start` in it and `end` not, both whole seconds UTC.

    `Span()` is the one of records without a time of creation.
    """

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The records created in one span, archived ones too: how many, and their latest change.

    `latest` is in whole seconds UTC, None where no record of the band tells.
    """

    span: Span
    count: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """A record without its content. `changed_at` is in whole seconds UTC."""

    key: str
    changed_at: datetime | None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Records:
    """Records read by key. Keys asked for and in neither part were not found."""

    changes: tuple[Change, ...]
    set_aside: tuple[SetAside, ...] = ()


class Presence(StrEnum):
    """What a source can tell of a record that a read did not bring."""

    PRESENT = "present"
    ARCHIVED = "archived"
    NOT_VISIBLE = "not_visible"
    """It is there, but the connection's account may not see it."""
    DELETED = "deleted"
    """It is not there, as far as the connection's account can tell."""


@runtime_checkable
class TellsBands(Protocol):
    """A connector whose entities can be compared with a copy (`Ability.BANDS`).

    For entities flagged `BANDED`. Raises `Rejected` where the account may not read the entity at
    all, so that a right taken away never looks like records deleted.
    """

    async def bands(
        self, entity: str, period: Period, within: Span | None = None
    ) -> Sequence[Band]:
        """Every band that has records, of all or of those created within a span; one aggregate."""
        ...

    def band_keys(self, entity: str, span: Span) -> AsyncIterator[Sequence[KeyState]]:
        """Pages of the records created within a span, by key, without content."""
        ...

    async def read_keys(
        self, entity: str, keys: Sequence[str], *, fields: Sequence[str] = ()
    ) -> Records:
        """The records with these keys as they are now; at most a page of them."""
        ...

    async def presence(self, entity: str, keys: Sequence[str]) -> Mapping[str, Presence]:
        """What has become of the records with these keys, each of them told."""
        ...


@dataclass(frozen=True, slots=True)
class Hint:
    """What a source's webhook tells: something about this record happened. Never the truth."""

    entity: str
    key: str | None
    deleted: bool = False


@runtime_checkable
class ReceivesWebhook(Protocol):
    """A connector that understands its source's webhooks (`Ability.WEBHOOK`)."""

    def receive_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Raises `Rejected` for a body that is not the source's."""
        ...


@runtime_checkable
class Writes(Protocol):
    """A connector that can create and change records (`Ability.WRITE`)."""

    async def write(self, entity: str, key: str | None, values: Mapping[str, Any]) -> str:
        """Create (no key) or change one record; the answer is its key."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """One connector in the catalogue.

    `config_schema` is a JSON Schema object; a property marked `writeOnly` is a secret. `open`
    raises `Rejected` for a configuration it can't use. `plan` names the entities that most want
    synchronised; those a source lacks are passed over.
    """

    name: str
    title: str
    config_schema: Mapping[str, Any]
    open: Callable[[Mapping[str, Any], HttpClient], Connector]
    abilities: frozenset[Ability] = frozenset()
    plan: tuple[str, ...] = ()

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the configuration's secret properties."""
        properties: Mapping[str, Mapping[str, Any]] = self.config_schema.get("properties", {})
        return frozenset(name for name, rules in properties.items() if rules.get("writeOnly"))
