"""Filters and views: what a reader asks for, checked, in terms the queries take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from bridgecore.domains.lake.errors import BadFilter
from bridgecore.domains.lake.repository.records import OPERATORS, Condition

LONGEST_PATH = 10


@dataclass(frozen=True, slots=True)
class View:
    """A source's entity under the name a business gives it, narrowed by conditions."""

    name: str
    entity: str
    conditions: tuple[Condition, ...] = ()


def _views(*views: View) -> Mapping[str, View]:
    return MappingProxyType({view.name: view for view in views})


# the entity types of the Technical Reference
VIEWS = _views(
    View("opportunity", "crm.lead"),
    View("account", "res.partner", (Condition(("is_company",), "eq", True),)),
    View("contact", "res.partner", (Condition(("is_company",), "eq", False),)),
    View("user", "hr.employee"),
    View("activity", "mail.activity"),
    View(
        "invoice", "account.move", (Condition(("move_type",), "in", ["out_invoice", "out_refund"]),)
    ),
)


def view_of(name: str) -> View:
    """The view of that name, or the entity itself as one."""
    return VIEWS.get(name) or View(name, name)


def views_of(entity: str) -> list[str]:
    """The names of the views of an entity."""
    return [view.name for view in VIEWS.values() if view.entity == entity]


def conditions_of(terms: Sequence[str]) -> list[Condition]:
    """Filters as written in a request. Raises BadFilter."""
    return [_condition(term) for term in terms]


def _condition(term: str) -> Condition:
    field, _, rest = term.partition(":")
    operator, _, written = rest.partition(":")
    if operator not in OPERATORS:
        raise BadFilter(term, f"the operator must be one of {', '.join(sorted(OPERATORS))}.")
    path = tuple(field.split("."))
    if not all(path) or len(path) > LONGEST_PATH:
        raise BadFilter(term, "the field is empty, or has too many parts.")
    if operator in ("set", "unset"):
        return Condition(path, operator, None)
    if operator == "contains":
        if not written:
            raise BadFilter(term, "say what the text must contain.")
        return Condition(path, operator, written)
    value = _value(written)
    if operator == "in":
        if not isinstance(value, list) or not value or len(value) > 1_000:
            raise BadFilter(term, '`in` takes a JSON array of 1 to 1,000 values: ["draft", 3].')
    elif isinstance(value, list | dict):
        raise BadFilter(term, f"`{operator}` takes a number, a text, true, false or null.")
    return Condition(path, operator, value)


def _value(written: str) -> Any:
    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError:
        return written
    # what can't be stored is nowhere to be found: compared as the text it was written in
    return written if "\\u0000" in written else value
