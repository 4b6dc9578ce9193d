"""Models and the registry of all models as one Odoo version has them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .fields import NUMERIC, X2MANY, Field, Row, many2one, moment, related

if TYPE_CHECKING:
    from .environment import Environment


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its fields and the hooks that keep its records true.

    `prepare` completes the values of a new record, `changed` runs after create and write with
    the names of the fields that changed, `leaving` before unlink.
    """

    name: str
    label: str
    fields: Mapping[str, Field]
    order: str = "id"
    rec_name: str = "name"
    id: int = 0
    labels: Mapping[int, str] = field(default_factory=dict)
    orders: Mapping[int, str] = field(default_factory=dict)
    access: Mapping[str, str] = field(default_factory=dict)
    inherits: Mapping[str, str] = field(default_factory=dict)
    display: Callable[[Environment, Row], str] | None = None
    search_names: tuple[str, ...] = ()
    prepare: Callable[[Environment, Row], None] | None = None
    changed: Callable[[Environment, list[int], set[str]], None] | None = None
    leaving: Callable[[Environment, list[int]], None] | None = None
    copying: Callable[[Environment, Row], Row] | None = None
    parent: str = "parent_id"
    modules: str = "base"
    transient: bool = False
    since: int = 14
    until: int = 99

    @property
    def class_name(self) -> str:
        """The Python class Odoo names in argument errors: `res.partner` is `ResPartner`."""
        return "".join(part.capitalize() for part in self.name.replace("_", ".").split("."))

    @property
    def table(self) -> str:
        """The SQL table named in constraint errors."""
        return self.name.replace(".", "_")

    @property
    def has_active(self) -> bool:
        """Whether records can be archived."""
        return "active" in self.fields


@dataclass(frozen=True, slots=True)
class Method:
    """A method a client may call on `model` (`*`: on every model)."""

    model: str
    name: str
    run: Callable[..., Any]
    on_records: bool
    since: int = 14
    until: int = 99
    private_from: int = 99
    signature: inspect.Signature = field(init=False)

    def __post_init__(self) -> None:
        parameters = list(inspect.signature(self.run).parameters.values())
        hidden = 3 if self.on_records else 2
        object.__setattr__(self, "signature", inspect.Signature(parameters[hidden:]))


def on_model(model: str, run: Callable[..., Any], name: str = "", **bounds: int) -> Method:
    """A method without records: `run(environment, model, *arguments)`."""
    return Method(model, name or run.__name__, run, on_records=False, **bounds)


def on_records(model: str, run: Callable[..., Any], name: str = "", **bounds: int) -> Method:
    """A method of records: `run(environment, model, ids, *arguments)`."""
    return Method(model, name or run.__name__, run, on_records=True, **bounds)


def _magic(version: int) -> tuple[dict[str, Field], dict[str, Field]]:
    """The fields every model has: those before and those after its own."""
    first = {"id": Field("integer", "ID", readonly=True, copied=False)}
    named = {"display_name": Field("char", "Display Name", readonly=True, store=False)}
    stamps = {
        "create_uid": many2one("Created by", "res.users", readonly=True, copied=False),
        "create_date": moment("Created on", readonly=True, copied=False),
        "write_uid": many2one("Last Updated by", "res.users", readonly=True, copied=False),
        "write_date": moment("Last Updated on", readonly=True, copied=False),
    }
    if version >= 19:
        return {**first, **named}, stamps
    return first, {**named, **stamps}


class Registry:
    """Every model and method of one version, looked up by name."""

    def __init__(self, version: int, models: Iterable[Model], methods: Iterable[Method]):
        self.version = version
        self.models: dict[str, Model] = {}
        known = [m for m in models if m.since <= version <= m.until]
        self._names = {m.name for m in known}
        for number, model in enumerate(known, start=1):
            self.models[model.name] = self._for_version(model, number)
        for model in list(self.models.values()):
            if model.inherits:
                self.models[model.name] = self._with_inherited(model)
        self._methods: dict[tuple[str, str], Method] = {}
        for method in methods:
            if method.since <= version <= method.until:
                self._methods[method.model, method.name] = method
        self.references: dict[str, list[tuple[str, Field]]] = {}
        for model in self.models.values():
            for item in model.fields.values():
                if item.relation and item.type in ("many2one", "many2many") and item.stored:
                    self.references.setdefault(item.relation, []).append((model.name, item))

    def _for_version(self, model: Model, number: int) -> Model:
        before, after = _magic(self.version)
        fields = {
            name: item.named(name, self.version)
            for name, item in {**before, **model.fields, **after}.items()
            if item.since <= self.version <= item.until
            and (not item.relation or item.relation in self._names)
        }
        return replace(
            model,
            id=number,
            fields=fields,
            label=_latest(model.labels, self.version, model.label),
            order=_latest(model.orders, self.version, model.order),
        )

    def _with_inherited(self, model: Model) -> Model:
        fields = dict(model.fields)
        for link, base in model.inherits.items():
            for name, item in self.models[base].fields.items():
                if name not in fields:
                    fields[name] = replace(
                        related(item.type, item.string, f"{link}.{name}"),
                        name=name,
                        delegated=link,
                        readonly=item.readonly,
                        relation=item.relation,
                        inverse=item.inverse,
                        selection=item.selection,
                        required=item.required,
                        searchable=item.searchable,
                        currency_field=item.currency_field,
                        groups=item.groups,
                        help=item.help,
                        aggregator=item.aggregator,
                    )
        return replace(model, fields=fields)

    def method(self, model: str, name: str) -> Method | None:
        """The method `name` of `model`, its own or the one of all models."""
        return self._methods.get((model, name)) or self._methods.get(("*", name))

    def method_names(self, model: str) -> list[str]:
        """Every method that can be called on `model`."""
        return sorted({name for owner, name in self._methods if owner in (model, "*")})


def _latest(by_version: Mapping[int, str], version: int, otherwise: str) -> str:
    chosen = otherwise
    for since in sorted(by_version):
        if version >= since:
            chosen = by_version[since]
    return chosen


def is_groupable(item: Field) -> bool:
    """Whether grouping by the field is possible."""
    return item.stored and item.type not in ("binary", "json", "html", "one2many")


def is_sortable(item: Field) -> bool:
    """Whether `order` may name the field."""
    if item.related:
        return item.type not in X2MANY
    return item.stored and item.type not in X2MANY and item.type != "binary"


def is_number(item: Field) -> bool:
    """Whether sums and averages make sense."""
    return item.type in NUMERIC
