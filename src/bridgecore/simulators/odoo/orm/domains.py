"""Domains: the prefix-notation filters of Odoo, compiled to predicates over rows.

The rules that differ between versions (errors, `any`, dates compared with datetimes) follow the
version the environment plays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from bridgecore.simulators.odoo.errors import PythonError, type_error, value_error

from . import periods
from .fields import NUMERIC, TEXTUAL, X2MANY, Field, Row
from .model import Model

if TYPE_CHECKING:
    from .environment import Environment

Predicate: TypeAlias = Callable[[Row], bool]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_LIKES = ("like", "ilike", "not like", "not ilike", "=like", "=ilike")
_NEGATED_LIKES = ("not =like", "not =ilike")
_HIERARCHY = ("child_of", "parent_of")
_ALIASES = {"<>": "!=", "==": "="}
_NEGATIVE = {"!=": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}


def everything(_row: Row) -> bool:
    """The predicate of the empty domain."""
    return True


def nothing(_row: Row) -> bool:
    """The predicate nothing meets."""
    return False


def mentions(domain: Any, name: str) -> bool:
    """Whether a term of the domain is about the field `name`."""
    return isinstance(domain, list | tuple) and any(
        isinstance(term, list | tuple) and term and term[0] == name for term in domain
    )


def like_matcher(operator: str, pattern: str) -> Callable[[str], bool]:
    """A test of one text by `like`, `ilike`, `=like` or `=ilike`."""
    blind = "ilike" in operator
    if blind:
        pattern = pattern.casefold()
    if not operator.startswith("=") and not re.search(r"[%_\\]", pattern):
        if blind:
            return lambda text: pattern in text.casefold()
        return lambda text: pattern in text
    source = "".join(
        {"%": ".*", "_": "."}.get(part, re.escape(part.removeprefix("\\")))
        for part in re.findall(r"\\.|.", pattern, re.DOTALL)
    )
    if not operator.startswith("="):
        source = f".*{source}.*"
    match = re.compile(source, re.DOTALL).fullmatch
    return lambda text: match(text.casefold() if blind else text) is not None


class DomainCompiler:
    """Compiles domains on one model into predicates."""

    def __init__(self, env: Environment, model: Model):
        self.env = env
        self.model = model

    def compile(self, domain: Any) -> Predicate:
        """The predicate of a whole domain; raises what Odoo raises for a bad one."""
        modern = self.env.version >= 19
        if domain is None or domain is False:
            domain = []
        if not isinstance(domain, list | tuple):
            if modern:
                raise type_error(f"Domain() invalid argument type for domain: {domain!r}")
            raise PythonError(
                "builtins.AssertionError",
                "Domains to normalize must have a 'domain' form: "
                "a list or tuple of domain components",
            )
        if not domain:
            return everything
        stack: list[Predicate] = []
        for item in reversed(domain):
            if item == "!":
                if not stack:
                    raise self._malformed(domain)
                stack.append(_negate(stack.pop()))
            elif item in ("&", "|"):
                if len(stack) < 2:
                    raise self._malformed(domain)
                first, second = stack.pop(), stack.pop()
                stack.append(_both(first, second) if item == "&" else _either(first, second))
            else:
                stack.append(self._item(item, domain))
        result = stack.pop()
        while stack:
            result = _both(result, stack.pop())
        return result

    def _malformed(self, domain: Any) -> Exception:
        if self.env.version >= 19:
            return value_error(f"Domain() malformed domain {domain!r}")
        return value_error(f"Domain {domain!r} is syntactically not correct.")

    def _item(self, item: Any, domain: Any) -> Predicate:
        if isinstance(item, list | tuple) and len(item) == 3:
            if item[0] in (0, 1) and item[2] in (0, 1) and item[1] == "=":
                return everything if item[0] == item[2] else nothing
            if isinstance(item[0], str) and isinstance(item[1], str):
                return self.term(item[0], item[1], item[2])
        if self.env.version >= 19:
            raise value_error(f"Domain() invalid item in domain: {item!r}")
        if isinstance(item, list | tuple) and len(item) < 3:
            raise value_error(f"not enough values to unpack (expected 3, got {len(item)})")
        raise value_error(f"Invalid leaf {item!r}")

    def _operator(self, path: str, operator: str, value: Any) -> str:
        operator = _ALIASES.get(operator.lower(), operator.lower())
        known = {"=", "!=", "=?", "in", "not in", *_COMPARISONS, *_LIKES, *_HIERARCHY}
        if self.env.version >= 17:
            known |= {"any", "not any"}
        if self.env.version >= 19:
            known |= set(_NEGATED_LIKES)
        if operator not in known:
            shown = (path, operator, value)
            if self.env.version >= 19:
                raise value_error(f"Invalid operator in condition {shown!r}")
            raise value_error(f"Invalid leaf {shown!r}")
        return operator

    def term(self, path: str, operator: str, value: Any) -> Predicate:
        """The predicate of one triple."""
        operator = self._operator(path, operator, value)
        head, _, rest = path.partition(".")
        item = self.model.fields.get(head)
        if item is None:
            where = "condition" if self.env.version >= 19 else "leaf"
            shown = (path, operator, value)
            raise value_error(f"Invalid field {self.model.name}.{path} in {where} {shown!r}")
        if operator == "=?":
            if value is False or value is None:
                return everything
            operator = "="
        if item.related:
            joined = f"{item.related}.{rest}" if rest else item.related
            return self.term(joined, operator, value)
        if rest:
            if not item.relation:
                raise value_error(f"Invalid field {self.model.name}.{path}")
            if self.env.version >= 19 and operator in _NEGATIVE:
                return _negate(self._through(item, [(rest, _NEGATIVE[operator], value)]))
            return self._through(item, [(rest, operator, value)])
        if operator in ("any", "not any"):
            if head == "id" and self.env.version < 19:
                raise PythonError("builtins.KeyError", "id")
            found = self._own(value) if head == "id" else self._through(item, value)
            return found if operator == "any" else _negate(found)
        return self._leaf(item, operator, value)

    def _own(self, domain: Any) -> Predicate:
        return self.compile(domain)

    def _through(self, item: Field, domain: Any) -> Predicate:
        """Records linked by `item` to one that meets `domain`, archived ones included."""
        comodel = self.env.model(item.relation)
        targets = self.env.matching(comodel, domain)
        return self._linked(item, targets)

    def _linked(self, item: Field, targets: set[int]) -> Predicate:
        name = item.name
        if item.name == "id":
            return lambda row: row["id"] in targets
        if item.type == "many2one":
            if item.stored:
                return lambda row: row.get(name) in targets
            return lambda row: self.env.value(self.model, row, name) in targets
        if item.type == "one2many" and not item.scope and not item.admits and not item.compute:
            rows = self.env.rows(item.relation)
            owners = {rows[t].get(item.inverse) for t in targets if t in rows}
            return lambda row: row["id"] in owners
        return lambda row: not targets.isdisjoint(self.env.value(self.model, row, name) or ())

    def _leaf(self, item: Field, operator: str, value: Any) -> Predicate:
        if item.name == "display_name":
            return self._named(operator, value)
        if not item.searchable:
            if self.env.version >= 19:
                raise value_error(
                    f"Cannot convert {self.model.name}.{item.name} to SQL because it is not stored"
                )
            return everything
        if operator in _HIERARCHY:
            return self._hierarchy(item, operator, value)
        if operator in ("in", "not in"):
            if not isinstance(value, list | tuple | set):
                if self.env.version < 19 and not isinstance(value, bool):
                    raise value_error(f"Invalid value {value!r} in domain term")
                value = [value] if value not in (None,) else [False]
        elif isinstance(value, list | tuple) and operator in ("=", "!="):
            operator = "in" if operator == "=" else "not in"
        if item.relation:
            return self._relational(item, operator, value)
        if item.type in ("date", "datetime"):
            return self._temporal(item, operator, value)
        return self._scalar(item, operator, value)

    def _named(self, operator: str, value: Any) -> Predicate:
        env, model = self.env, self.model
        if operator in ("in", "not in"):
            wanted = set(value)
            hit = lambda row: env.display_name(model, row) in wanted  # noqa: E731
            return hit if operator == "in" else _negate(hit)
        if operator in ("=", "!="):
            hit = lambda row: env.display_name(model, row) == value  # noqa: E731
            return hit if operator == "=" else _negate(hit)
        targets = env.by_name(model, str(value or ""), operator.removeprefix("not "))
        found: Predicate = lambda row: row["id"] in targets  # noqa: E731
        return _negate(found) if operator.startswith("not ") else found

    def _relational(self, item: Field, operator: str, value: Any) -> Predicate:
        positive = _NEGATIVE.get(operator, operator.removeprefix("not "))
        if positive not in ("=", "in") and not positive.endswith("like"):
            compare = _COMPARISONS[operator]
            get = self._getter(item)
            return lambda row: bool(get(row)) and compare(get(row), value)
        values = list(value) if positive == "in" else [value]
        comodel = self.env.model(item.relation)
        targets: set[int] = set()
        empty = False
        for one in values:
            if one is False or one is None:
                empty = True
            elif isinstance(one, str):
                how = positive if positive.endswith("like") else "="
                targets |= self.env.by_name(comodel, one, how)
            else:
                targets.add(one)
        linked = self._linked(item, targets) if targets else nothing
        found = _either(linked, self._unset(item)) if empty else linked
        return found if positive == operator else _negate(found)

    def _unset(self, item: Field) -> Predicate:
        get = self._getter(item)
        return lambda row: not get(row)

    def _hierarchy(self, item: Field, operator: str, value: Any) -> Predicate:
        comodel = self.env.model(item.relation) if item.relation else self.model
        starts: set[int] = set()
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str):
                starts |= self.env.by_name(comodel, one, "ilike")
            elif one:
                starts.add(one)
        family = self.env.descendants if operator == "child_of" else self.env.ancestors
        return self._linked(item, family(comodel, starts))

    def _getter(self, item: Field) -> Callable[[Row], Any]:
        name, empty = item.name, item.empty
        if item.type in X2MANY or not item.stored:
            return lambda row: self.env.value(self.model, row, name)
        if empty is False:
            return lambda row: row.get(name)
        return lambda row: row.get(name, empty)

    def _temporal(self, item: Field, operator: str, value: Any) -> Predicate:
        get = self._getter(item)
        if operator in ("in", "not in"):
            parts = [self._temporal(item, "=", one) for one in value]
            anyone: Predicate = lambda row: any(part(row) for part in parts)  # noqa: E731
            return anyone if operator == "in" else _negate(anyone)
        if operator.endswith("like"):
            return self._text(get, operator, value)
        if not value:
            unset: Predicate = lambda row: not get(row)  # noqa: E731
            return unset if operator == "=" else _negate(unset) if operator == "!=" else nothing
        low, high = periods.window(self.env, item.type, operator, value)
        inside: Predicate = lambda row: (  # noqa: E731
            bool(v := get(row)) and (low is None or v >= low) and (high is None or v < high)
        )
        return _negate(inside) if operator == "!=" else inside

    def _scalar(self, item: Field, operator: str, value: Any) -> Predicate:
        get = self._getter(item)
        if operator.endswith("like"):
            return self._text(get, operator, value)
        if operator in ("in", "not in"):
            wanted = {one for one in value if one not in (None, False)}
            if len(wanted) != len(list(value)):
                wanted |= {False, None, ""} if item.type != "boolean" else {False, None}
            found: Predicate = lambda row: get(row) in wanted  # noqa: E731
            return found if operator == "in" else _negate(found)
        if operator in ("=", "!="):
            if not value and not (item.name == "id" and value == 0):
                same: Predicate = lambda row: not get(row)  # noqa: E731
            else:
                if item.type == "boolean":
                    value = bool(value)
                same = lambda row: get(row) == value  # noqa: E731
            return same if operator == "=" else _negate(same)
        compare = _COMPARISONS[operator]
        if item.type in NUMERIC or item.type == "boolean":
            try:
                limit = float(value or 0)
            except (TypeError, ValueError):
                raise PythonError(
                    "psycopg2.errors.InvalidTextRepresentation",
                    f'invalid input syntax for type {_sql_type(item)}: "{value}"\n',
                ) from None
            return lambda row: compare(get(row) or 0, limit)
        limit_text = str(value)
        return lambda row: bool(v := get(row)) and compare(str(v), limit_text)

    def _text(self, get: Callable[[Row], Any], operator: str, value: Any) -> Predicate:
        positive = operator.removeprefix("not ")
        match = like_matcher(positive, "" if value in (None, False) else str(value))
        found: Predicate = lambda row: (  # noqa: E731
            (v := get(row)) is not None and v is not False and match(str(v))
        )
        return found if positive == operator else _negate(found)


def _sql_type(item: Field) -> str:
    if item.type in TEXTUAL:
        return "character varying"
    return "integer" if item.type in ("integer", "many2one") else "double precision"


def _negate(one: Predicate) -> Predicate:
    return lambda row: not one(row)


def _both(one: Predicate, other: Predicate) -> Predicate:
    return lambda row: one(row) and other(row)


def _either(one: Predicate, other: Predicate) -> Predicate:
    return lambda row: one(row) or other(row)


def narrowed(domain: Any) -> Iterable[tuple[str, str, Any]]:
    """The terms every match must meet: a plain list of triples is their conjunction."""
    if not isinstance(domain, list | tuple):
        return
    for item in domain:
        if item == "&":
            continue
        if not isinstance(item, list | tuple) or len(item) != 3:
            return
        yield item[0], item[1], item[2]
