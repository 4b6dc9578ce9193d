"""The environment of one call: who calls, in which context, at which transaction time.

Everything above (remote methods, business rules) reads and searches through it; `records`
changes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import AccessError, UserError

from . import access, ordering, periods
from .domains import DomainCompiler, Predicate, like_matcher, mentions, narrowed
from .fields import Field, Row
from .model import Model, Registry

if TYPE_CHECKING:
    from bridgecore.simulators.odoo.database import Database
    from bridgecore.simulators.odoo.store import Store

_MANY = 400


class Environment:
    """One user's view of one database within one transaction.

    `su` skips access rights, as Odoo's sudo does. Ids are ints, rows are read only.
    """

    def __init__(
        self,
        database: Database,
        uid: int,
        context: Mapping[str, Any] | None = None,
        *,
        now: datetime,
        su: bool = False,
    ):
        self.database = database
        self.store: Store = database.store
        self.registry: Registry = database.registry
        self.version = database.version
        self.uid = uid
        self.context: dict[str, Any] = dict(context or {})
        self.now = now
        self.su = su
        self._names: dict[tuple[str, int], str] = {}

    def sudo(self, **context: Any) -> Environment:
        """The same user without access checks, with more context."""
        merged = {**self.context, **context}
        return Environment(self.database, self.uid, merged, now=self.now, su=True)

    def with_context(self, **context: Any) -> Environment:
        """The same view with more context."""
        merged = {**self.context, **context}
        return Environment(self.database, self.uid, merged, now=self.now, su=self.su)

    @property
    def stamp(self) -> str:
        """The transaction's time as rows keep it, with microseconds."""
        return periods.stamp(self.now)

    @property
    def moment(self) -> str:
        """The transaction's time in whole seconds, as clients write times."""
        return self.now.strftime(periods.SECONDS)

    @property
    def active_test(self) -> bool:
        """Whether archived records stay out of searches."""
        return bool(self.context.get("active_test", True))

    @property
    def user(self) -> Row:
        """The caller's res.users row."""
        return self.rows("res.users").get(self.uid, {})

    @property
    def company_ids(self) -> list[int]:
        """The companies of the context, else the user's; raises for one not allowed."""
        own: list[int] = list(self.user.get("company_ids") or [])
        asked = self.context.get("allowed_company_ids")
        if not asked:
            return own
        if not self.su and not set(asked) <= set(own):
            raise AccessError("Access to unauthorized or invalid companies.")
        return list(asked)

    @property
    def company_id(self) -> int:
        """The current company."""
        asked = self.context.get("allowed_company_ids")
        return int(asked[0] if asked else self.user.get("company_id") or 1)

    def has_group(self, xmlid: str) -> bool:
        """Whether the caller is in the group, directly or by implication."""
        return self.su or xmlid in access.group_xmlids(self, self.uid)

    def model(self, name: str) -> Model:
        """The model; raises the UserError of the RPC layer when there is none."""
        found = self.registry.models.get(name)
        if found is None:
            raise UserError(f"Object {name} doesn't exist")
        return found

    def rows(self, model: str) -> dict[int, Row]:
        """All rows of a model by id."""
        table = self.store.tables.get(model)
        return table.rows if table else {}

    def reference(self, xmlid: str) -> int:
        """The record id behind an external id, 0 if unknown."""
        return self.database.xmlids.get(xmlid, ("", 0))[1]

    # Values

    def value(self, model: Model, row: Row, name: str) -> Any:
        """The raw value of any field: stored, related, computed or from the other side."""
        item = model.fields[name]
        if name == "display_name":
            return self.display_name(model, row)
        if item.compute:
            return item.compute(self, row)
        if item.related:
            return self.follow(model, row, item.related)
        if item.type == "one2many":
            return self.children(model, row, item)
        if item.type == "many2many":
            return list(row.get(name, ()))
        return row.get(name, item.empty)

    def follow(self, model: Model, row: Row, path: str) -> Any:
        """The value at the end of a dotted path; the empty value of the last field if broken."""
        current: Row | None = row
        *links, last = path.split(".")
        for link in links:
            target = self.value(model, current, link) if current else None
            model = self.model(model.fields[link].relation)
            current = self.rows(model.name).get(target) if target else None
        if current is None:
            return model.fields[last].empty
        return self.value(model, current, last)

    def children(self, model: Model, row: Row, item: Field) -> list[int]:
        """Ids of a one2many, in the comodel's order, archived ones only if asked for."""
        table = self.store.tables[item.relation]
        ids = table.linked(item.inverse, row["id"])
        if not ids:
            return []
        rows = table.rows
        found = [i for i in ids if not item.scope or rows[i].get(item.scope) == model.name]
        if item.admits:
            found = [i for i in found if item.admits(rows[i])]
        comodel = self.model(item.relation)
        if comodel.has_active and self.active_test:
            found = [i for i in found if rows[i].get("active")]
        return ordering.ordered(self, comodel, found, comodel.order)

    def display_name(self, model: Model, row: Row) -> str:
        """The label of a record."""
        if model.display:
            return model.display(self, row)
        if model.rec_name in model.fields:
            value = self.value(model, row, model.rec_name)
            if isinstance(value, str) and value:
                return value
            if value and model.fields[model.rec_name].relation:
                return self.label_of(model.fields[model.rec_name].relation, value)
        return f"{model.name},{row['id']}" if model.rec_name not in model.fields else ""

    def label_of(self, model: str, key: int) -> str:
        """The label of a record by id, kept for the length of the call."""
        known = self._names.get((model, key))
        if known is None:
            row = self.rows(model).get(key)
            known = self.display_name(self.model(model), row) if row else ""
            self._names[model, key] = known
        return known

    def forget_labels(self) -> None:
        """Labels may have changed."""
        self._names.clear()

    # Searching

    def predicate(self, model: Model, domain: Any) -> Predicate:
        """The compiled domain."""
        return DomainCompiler(self, model).compile(domain)

    def matching(self, model: Model, domain: Any) -> set[int]:
        """Ids that meet a domain, without access rules or the archive filter."""
        test = self.predicate(model, domain)
        return {row["id"] for row in self.rows(model.name).values() if test(row)}

    def by_name(self, model: Model, text: str, operator: str = "ilike") -> set[int]:
        """Ids whose label, or another field people search by, fits."""
        test: Callable[[str], bool]
        test = like_matcher(operator, text) if operator.endswith("like") else text.__eq__
        found = set()
        for row in self.rows(model.name).values():
            texts = [str(row.get(name) or "") for name in model.search_names]
            if any(map(test, texts)) or test(self.display_name(model, row)):
                found.add(row["id"])
        return found

    def candidates(self, model: Model, domain: Any) -> Iterable[Row]:
        """Rows that can meet the domain: by id or link index where it allows."""
        rows = self.rows(model.name)
        for name, operator, value in narrowed(domain):
            if name == "id" and operator in ("in", "=") and value is not False:
                ids = value if isinstance(value, list | tuple) else [value]
                return [rows[i] for i in ids if isinstance(i, int) and i in rows]
            item = model.fields.get(name)
            by_link = operator == "=" and item and item.type == "many2one" and item.stored
            if by_link and isinstance(value, int) and not isinstance(value, bool):
                table = self.store.tables[model.name]
                return [rows[i] for i in table.linked(name, value)]
        return rows.values()

    def find(self, model: Model, domain: Any, *, archived: bool | None = None) -> list[int]:
        """Unordered ids of the records the user sees and the domain admits."""
        test = self.predicate(model, domain)
        rule = access.rule(self, model, "read")
        hide = not archived if archived is not None else self.active_test
        hide = hide and model.has_active and not mentions(domain, "active")
        if model.name == "ir.attachment" and not self.su:
            hidden = not (mentions(domain, "res_field") or mentions(domain, "id"))
        else:
            hidden = False
        return [
            row["id"]
            for row in self.candidates(model, domain)
            if (not hide or row.get("active"))
            and not (hidden and row.get("res_field"))
            and test(row)
            and (rule is None or rule(row))
        ]

    def search(
        self,
        model: Model,
        domain: Any,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[int]:
        """Ids in order; `limit` 0 or None is unlimited."""
        keys = ordering.parse(self, model, order or model.order)
        ids = self.find(model, domain)
        if len(ids) > _MANY:
            wanted = set(ids)
            ids = [key for key in self._whole(model, order or model.order, keys) if key in wanted]
        else:
            ids = ordering.arranged(self, model, ids, keys)
        offset = offset or 0
        return ids[offset : offset + limit] if limit else ids[offset:]

    def _whole(self, model: Model, order: str, keys: list[ordering.OrderKey]) -> list[int]:
        """All ids of a large table in order, sorted once until anything changes."""
        revision, ids = self.store.orders.get((model.name, order), (-1, []))
        if revision != self.store.revision:
            ids = ordering.arranged(self, model, list(self.rows(model.name)), keys)
            self.store.orders[model.name, order] = (self.store.revision, ids)
        return ids

    def descendants(self, model: Model, starts: set[int]) -> set[int]:
        """The records and everything below them by the model's parent field."""
        if model.parent not in model.fields:
            return set(starts)
        table = self.store.tables[model.name]
        found: set[int] = set()
        waiting = [i for i in starts if i in table.rows]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += table.linked(model.parent, key)
        return found

    def ancestors(self, model: Model, starts: set[int]) -> set[int]:
        """The records and everything above them."""
        rows = self.rows(model.name)
        found: set[int] = set()
        waiting = [i for i in starts if i in rows]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                if up := rows.get(key, {}).get(model.parent):
                    waiting.append(up)
        return found
