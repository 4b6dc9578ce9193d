"""`load`: rows of text become records, all or none, errors reported and not raised."""

from __future__ import annotations

from typing import Any

from bridgecore.simulators.odoo.errors import OdooError

from . import records
from .environment import Environment
from .fields import X2MANY, Field, Row
from .model import Method, Model, on_model


class Problem(Exception):
    """One cell that cannot be imported."""

    def __init__(self, field: str, message: str, more: Row | None = None):
        super().__init__(message)
        self.field = field
        self.message = message
        self.more = more


def load(env: Environment, model: Model, fields: list[str], data: list[list[Any]]) -> Row:
    """`id` is an external id, `.id` a database id, `a/id` a link by external id."""
    before = dict(env.store.changes())
    ids: list[int] = []
    messages: list[Row] = []
    for number, cells in enumerate(data):
        try:
            ids.append(_row(env, model, fields, cells))
        except Problem as problem:
            messages.append(_message(env, model, number, problem))
        except OdooError as error:
            messages.append(_message(env, model, number, Problem("", error.message)))
    if not messages:
        return {"ids": ids, "messages": [], "nextrow": 0}
    for (name, key), (old, _) in env.store.changes().items():
        if (name, key) not in before:
            env.store.put(name, key, old)
    env.database.refresh()
    return {"ids": False, "messages": messages, "nextrow": 0}


def _message(env: Environment, model: Model, number: int, problem: Problem) -> Row:
    row: Row = {
        "rows": {"from": number, "to": number},
        "type": "error",
        "record": number,
        "message": problem.message,
    }
    if problem.field:
        row["field"] = problem.field
        row["field_name"] = model.fields[problem.field].string
    if problem.more:
        row["moreinfo"] = problem.more
    return row


def _row(env: Environment, model: Model, fields: list[str], cells: list[Any]) -> int:
    vals: Row = {}
    xmlid, key = "", 0
    for path, cell in zip(fields, cells, strict=False):
        head, _, rest = path.partition("/")
        if path == "id":
            xmlid = str(cell or "")
        elif path == ".id":
            key = int(cell or 0)
        elif head not in model.fields:
            raise Problem("", f"Invalid field '{head}' on model '{model.name}'")
        else:
            vals[head] = _cell(env, model.fields[head], rest, cell)
    if xmlid and "." not in xmlid:
        xmlid = f"__import__.{xmlid}"
    key = key or env.reference(xmlid)
    if key:
        records.write(env, model, [key], vals)
        return key
    key = records.create(env, model, [vals])[0]
    if xmlid:
        module, _, name = xmlid.partition(".")
        env.database.register(env, module, name, model.name, key)
    return key


def _cell(env: Environment, item: Field, rest: str, cell: Any) -> Any:
    if cell in ("", None, False):
        return False
    if item.relation:
        texts = str(cell).split(",") if item.type in X2MANY else [str(cell)]
        ids = [_target(env, item, rest, text) for text in texts]
        return [(6, 0, ids)] if item.type in X2MANY else ids[0]
    if item.type == "boolean":
        return str(cell).lower() in ("1", "true", "yes")
    if item.type == "selection":
        for value, label in item.selection:
            if str(cell) in (value, label):
                return value
        raise Problem(item.name, f"Value '{cell}' not found in selection field '{item.string}'")
    if item.type in ("integer", "float", "monetary"):
        try:
            return int(cell) if item.type == "integer" else float(cell)
        except (TypeError, ValueError):
            kind = "an integer" if item.type == "integer" else "a number"
            message = f"'{cell}' does not seem to be {kind} for field '{item.string}'"
            raise Problem(item.name, message) from None
    return cell


def _target(env: Environment, item: Field, rest: str, text: str) -> int:
    comodel = env.model(item.relation)
    if rest == ".id":
        found = {int(text)} & set(env.rows(comodel.name))
        kind = "database id"
    elif rest == "id":
        full = text if "." in text else f"__import__.{text}"
        found = {env.reference(full)} - {0}
        kind = "external id"
    else:
        found = env.by_name(comodel, text, "=")
        kind = "name"
    if found:
        return min(found)
    mode = "list,form" if env.version >= 18 else "tree,form"
    more: Row = {
        "name": "Possible Values",
        "type": "ir.actions.act_window",
        "target": "new",
        "view_mode": mode,
        "views": [[False, "list"], [False, "form"]],
        "context": {"create": False},
        "help": "See all possible values",
        "res_model": comodel.name,
    }
    message = f"No matching record found for {kind} '{text}' in field '{item.string}'"
    raise Problem(item.name, message, more)


METHODS: tuple[Method, ...] = (on_model("*", load),)
