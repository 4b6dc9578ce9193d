"""Fields: what a model can hold, and since and until which Odoo version it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .environment import Environment

Row: TypeAlias = dict[str, Any]
Compute: TypeAlias = "Callable[[Environment, Row], Any]"
Default: TypeAlias = "Callable[[Environment], Any]"

TEXTUAL = frozenset({"char", "text", "html", "selection", "reference"})
NUMERIC = frozenset({"integer", "float", "monetary", "many2one_reference"})
X2MANY = frozenset({"one2many", "many2many"})
RELATIONAL = X2MANY | {"many2one"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. A row holds only values that are set: reading an absent key gives `empty`."""

    type: str
    string: str
    name: str = ""
    relation: str = ""
    inverse: str = ""
    scope: str = ""
    admits: Callable[[Row], bool] | None = None
    selection: tuple[tuple[str, str], ...] = ()
    required: bool = False
    readonly: bool = False
    store: bool = True
    default: Any = None
    default_of: Default | None = None
    compute: Compute | None = None
    related: str = ""
    delegated: str = ""
    searchable: bool = True
    groups: str = ""
    help: str = ""
    size: int = 0
    digits: tuple[int, int] | int | None = None
    currency_field: str = ""
    ondelete: str = "set null"
    company_dependent: bool = False
    copied: bool = True
    translate: bool = False
    aggregator: str = ""
    depends: tuple[str, ...] = ()
    since: int = 14
    until: int = 99
    selection_by_version: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    string_by_version: Mapping[int, str] = field(default_factory=dict)

    @property
    def empty(self) -> Any:
        """What an unset value reads as."""
        if self.type in X2MANY:
            return []
        if self.type in ("float", "monetary"):
            return 0.0
        if self.type in ("integer", "many2one_reference"):
            return 0
        return False

    @property
    def stored(self) -> bool:
        """Whether rows carry the value (a one2many lives in the other table)."""
        return self.store and not self.compute and not self.related and self.type != "one2many"

    def named(self, name: str, version: int) -> Field:
        """The field as the given version has it."""
        chosen = self.selection
        for since in sorted(self.selection_by_version):
            if version >= since:
                chosen = self.selection_by_version[since]
        string = self.string
        for since in sorted(self.string_by_version):
            if version >= since:
                string = self.string_by_version[since]
        return replace(self, name=name, selection=chosen, string=string)


def char(string: str, **options: Any) -> Field:
    """A line of text."""
    return Field("char", string, **options)


def text(string: str, **options: Any) -> Field:
    """Text of several lines."""
    return Field("text", string, **options)


def html(string: str, **options: Any) -> Field:
    """Formatted text."""
    return Field("html", string, **options)


def integer(string: str, **options: Any) -> Field:
    """A whole number; unset reads 0."""
    return Field("integer", string, **{"aggregator": "sum", **options})


def number(string: str, **options: Any) -> Field:
    """A float; unset reads 0.0."""
    return Field("float", string, **{"aggregator": "sum", **options})


def monetary(string: str, currency_field: str = "currency_id", **options: Any) -> Field:
    """An amount in the currency that the sibling field names."""
    options = {"aggregator": "sum", **options}
    return Field("monetary", string, currency_field=currency_field, **options)


def boolean(string: str, **options: Any) -> Field:
    """True or false."""
    return Field("boolean", string, **options)


def date(string: str, **options: Any) -> Field:
    """A day, `YYYY-MM-DD`."""
    return Field("date", string, **options)


def moment(string: str, **options: Any) -> Field:
    """A datetime in UTC."""
    return Field("datetime", string, **options)


def choice(string: str, *selection: tuple[str, str], **options: Any) -> Field:
    """One of the given keys."""
    return Field("selection", string, selection=selection, **options)


def many2one(string: str, relation: str, **options: Any) -> Field:
    """A link to one record; a required one restricts deletion of its target."""
    if options.get("required") and "ondelete" not in options:
        options["ondelete"] = "restrict"
    return Field("many2one", string, relation=relation, **options)


def one2many(string: str, relation: str, inverse: str, **options: Any) -> Field:
    """The records whose `inverse` links here."""
    options = {"copied": False, **options}
    return Field("one2many", string, relation=relation, inverse=inverse, **options)


def many2many(string: str, relation: str, **options: Any) -> Field:
    """A set of links, kept as ids on this side."""
    return Field("many2many", string, relation=relation, **options)


def binary(string: str, **options: Any) -> Field:
    """Bytes, as base64 text on the wire."""
    return Field("binary", string, **options)


def json(string: str, **options: Any) -> Field:
    """Any JSON value."""
    return Field("json", string, **options)


def computed(kind: str, string: str, compute: Compute, **options: Any) -> Field:
    """A value worked out at reading, never stored."""
    options = {"readonly": True, "searchable": False, **options}
    return Field(kind, string, compute=compute, store=False, copied=False, **options)


def related(kind: str, string: str, path: str, **options: Any) -> Field:
    """The value at the end of a path of many2ones."""
    options = {"readonly": True, **options}
    return Field(kind, string, related=path, store=False, copied=False, **options)
