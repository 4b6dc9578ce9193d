"""What a connector is: the one shape behind which every outside system is read.

A connector is opened from a stored configuration and an HTTP client and knows nothing else.
Errors are those of `bridgecore.connectors.errors`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import Any, NewType, Protocol, runtime_checkable

from bridgecore.kit.http import HttpClient

Checkpoint = NewType("Checkpoint", str)
"""A position in the changes of one entity. Opaque outside its connector; safe to store."""


class Ability(StrEnum):
    """What a connector can do beyond check, discover and read."""

    KEYS = "keys"
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


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity. `type` is the source's own name for it."""

    name: str
    type: str
    label: str = ""
    required: bool = False
    readonly: bool = False
    stored: bool = True
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record of a source. `fields` is empty where they were not asked for."""

    name: str
    title: str
    flags: EntityFlag = EntityFlag.NONE
    group: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One record as it is now.

    `data` is the record as one JSON object in UTF-8, in the source's own field names and values.
    `changed_at` is UTC, or None where the source does not tell.
    """

    key: str
    data: bytes
    changed_at: datetime | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in order, and the position after them. Store both in one transaction."""

    changes: tuple[Change, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a connection works. `problems` says in words a person can act on why it does not."""

    ok: bool
    version: str | None = None
    account: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class Connector(Protocol):
    """One opened connection to one outside system, shared by many concurrent calls."""

    async def check(self) -> CheckReport:
        """Try the connection. Trouble is in the report, not raised."""
        ...

    async def discover(self, names: Sequence[str] = ()) -> Sequence[Entity]:
        """Every kind of record the source has; for `names`, those readable, with their fields."""
        ...

    def read(
        self, entity: str, since: Checkpoint | None = None, *, fields: Sequence[str] = ()
    ) -> AsyncIterator[Page]:
        """Records changed since a checkpoint, all of them without one.

        At least once: a record can come again. The last page's checkpoint is where the next read
        starts; any earlier one is where an interrupted read goes on. Raises `CheckpointExpired`.
        """
        ...

    async def close(self) -> None: ...


@runtime_checkable
class ListsKeys(Protocol):
    """A connector that can list the keys of an entity (`Ability.KEYS`)."""

    def list_keys(self, entity: str) -> AsyncIterator[Sequence[str]]:
        """Pages of the keys of every record that exists, archived ones included."""
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
    raises `Rejected` for a configuration it can't use.
    """

    name: str
    title: str
    config_schema: Mapping[str, Any]
    open: Callable[[Mapping[str, Any], HttpClient], Connector]
    abilities: frozenset[Ability] = frozenset()

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the configuration's secret properties."""
        properties: Mapping[str, Mapping[str, Any]] = self.config_schema.get("properties", {})
        return frozenset(name for name, rules in properties.items() if rules.get("writeOnly"))
