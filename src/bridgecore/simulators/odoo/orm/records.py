"""Changing records: create, write, unlink, copy, with x2many commands and delegation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import ValidationError, value_error

from . import access, values
from .fields import X2MANY, Field, Row
from .model import Model

if TYPE_CHECKING:
    from .environment import Environment

_IGNORED = frozenset({"id", "parent_path", "create_uid", "create_date", "write_uid", "write_date"})
Commands = list[tuple[Field, Any]]


def defaults(env: Environment, model: Model, names: Iterable[str]) -> Row:
    """Default values of the named fields: the context's `default_…` first."""
    result: Row = {}
    for name in names:
        item = model.fields.get(name)
        if item is None:
            continue
        if (key := f"default_{name}") in env.context:
            result[name] = env.context[key]
        elif item.default_of:
            if (value := item.default_of(env)) not in (None, False):
                result[name] = value
        elif item.default is not None:
            result[name] = item.default
        elif name == "active":
            result[name] = True
    return result


def _split(
    env: Environment, model: Model, vals: Mapping[str, Any], doing: str
) -> tuple[Row, Commands, dict[str, Row]]:
    """Own stored values, x2many commands, and values for the record delegated to."""
    own: Row = {}
    commands: Commands = []
    delegated: dict[str, Row] = {}
    for name, value in vals.items():
        item = model.fields.get(name)
        if item is None:
            raise values.unknown_field(env, model, name, doing)
        if name in _IGNORED:
            continue
        if item.delegated:
            delegated.setdefault(item.delegated, {})[name] = value
        elif item.type in X2MANY:
            if not item.compute:
                commands.append((item, value))
        elif item.stored:
            own[name] = values.convert(env, model, item, value)
        elif name == "password":
            own["_password"] = env.database.hash_password(str(value or ""))
    return own, commands, delegated


def _strip(row: Row, model: Model) -> Row:
    """The row without values that read the same when absent."""
    return {
        name: value
        for name, value in row.items()
        if value is not None
        and value != []
        and not (name in model.fields and value is False)
        and not (isinstance(value, float) and value == 0.0)
        and not (value == 0 and name != "id")
    }


def create(env: Environment, model: Model, vals_list: list[Row]) -> list[int]:
    """New records in the given order; returns their ids."""
    access.check_model(env, model, "create")
    ids = [_create_one(env, model, vals) for vals in vals_list]
    env.forget_labels()
    if model.changed and ids:
        model.changed(env.sudo(), ids, set().union(*vals_list) | {"id"})
    rows = env.rows(model.name)
    _check_required(env, model, ids)
    access.check_rules(env, model, [rows[i] for i in ids if i in rows], "create")
    return ids


def _create_one(env: Environment, model: Model, vals: Mapping[str, Any]) -> int:
    for name in vals:
        if name not in model.fields:
            raise values.unknown_field(env, model, name, "create")
    missing = [n for n, f in model.fields.items() if n not in vals and (f.stored or f.inverse)]
    complete = {**defaults(env, model, missing), **vals}
    if model.prepare:
        model.prepare(env.sudo(), complete)
    own, commands, delegated = _split(env, model, complete, "create")
    for link, base in model.inherits.items():
        if not own.get(link):
            inner = env.sudo(_delegating=model.name)
            own[link] = create(inner, env.model(base), [delegated.pop(link, {})])[0]
    key = env.store.next_id(model.name)
    row = {"id": key, **own}
    row |= {"create_uid": env.uid, "create_date": env.stamp}
    row |= {"write_uid": env.uid, "write_date": env.stamp}
    env.store.put(model.name, key, _strip(row, model))
    for link, inherited in delegated.items():
        write(env.sudo(), env.model(model.inherits[link]), [own[link]], inherited)
    for item, value in commands:
        _apply(env, model, key, item, value)
    return key


def _check_required(
    env: Environment, model: Model, ids: list[int], names: Iterable[str] | None = None
) -> None:
    chosen = model.fields.values() if names is None else (model.fields[n] for n in names)
    required = [f for f in chosen if f.required and f.stored and f.type not in X2MANY]
    rows = env.rows(model.name)
    for item in required:
        if item.type in ("boolean", "integer", "float", "monetary"):
            continue
        if any(i in rows and item.name not in rows[i] for i in ids):
            raise values.required_missing(env, model, item)


def write(env: Environment, model: Model, ids: list[int], vals: Mapping[str, Any]) -> None:
    """Change records; every one is stamped even if no value differs."""
    if not ids:
        return
    access.check_model(env, model, "write")
    for name in vals:
        if name not in model.fields:
            raise values.unknown_field(env, model, name, "write")
    access.check_records(env, model, ids, "write")
    own, commands, delegated = _split(env, model, vals, "write")
    if model.parent in own and model.parent in model.fields:
        _check_tree(env, model, ids, own[model.parent])
    rows = env.rows(model.name)
    touched = {"write_uid": env.uid, "write_date": env.stamp}
    for key in ids:
        env.store.put(model.name, key, _strip({**rows[key], **own, **touched}, model))
    for link, inherited in delegated.items():
        targets = list({rows[key][link] for key in ids})
        write(env.sudo(), env.model(model.inherits[link]), targets, inherited)
    for key in ids:
        for item, value in commands:
            _apply(env, model, key, item, value)
    env.forget_labels()
    _check_required(env, model, ids, [n for n in own if n in model.fields])
    if model.changed:
        model.changed(env.sudo(), ids, set(vals))


def stamp(env: Environment, model: Model, key: int, **own: Any) -> None:
    """Store computed values of a record, moving its write_date only if one differs."""
    row = env.rows(model.name)[key]
    fresh = _strip({**row, **own}, model)
    if fresh != row:
        fresh |= {"write_uid": env.uid, "write_date": env.stamp}
        env.store.put(model.name, key, fresh)


def _check_tree(env: Environment, model: Model, ids: list[int], parent: int | None) -> None:
    if parent and not set(ids).isdisjoint(env.ancestors(model, {parent})):
        if model.name == "res.partner":
            raise ValidationError("You cannot create recursive Partner hierarchies.")
        raise ValidationError("Recursion Detected.")


def unlink(env: Environment, model: Model, ids: list[int]) -> None:
    """Delete records with what cascades; raises while something still requires them."""
    if not ids:
        return
    access.check_model(env, model, "unlink")
    access.check_records(env, model, ids, "unlink")
    if model.leaving:
        model.leaving(env.sudo(), ids)
    gone = set(ids)
    for holder_name, item in env.registry.references.get(model.name, ()):
        holder = env.model(holder_name)
        table = env.store.tables[holder_name]
        if item.type == "many2many":
            for row in [r for r in table.rows.values() if gone & set(r.get(item.name, ()))]:
                kept = [i for i in row[item.name] if i not in gone]
                env.store.put(holder_name, row["id"], _strip({**row, item.name: kept}, holder))
            continue
        held = [i for key in ids for i in sorted(table.linked(item.name, key))]
        held = [i for i in held if not (holder_name == model.name and i in gone)]
        if not held:
            continue
        if item.ondelete == "cascade":
            unlink(env.sudo(), holder, held)
        elif item.ondelete == "restrict":
            raise values.still_referenced(env, holder, item)
        else:
            for key in held:
                env.store.put(
                    holder_name, key, _strip({**table.rows[key], item.name: None}, holder)
                )
    _leave_documents(env, model, ids)
    for key in ids:
        env.store.put(model.name, key, None)
    env.forget_labels()


def _leave_documents(env: Environment, model: Model, ids: list[int]) -> None:
    """Activities, messages, attachments and external ids go with their record."""
    for name, scope in (
        ("mail.activity", "res_model"),
        ("mail.message", "model"),
        ("ir.attachment", "res_model"),
        ("ir.model.data", "model"),
    ):
        table = env.store.tables[name]
        for key in ids:
            for held in sorted(table.linked("res_id", key)):
                if table.rows[held].get(scope) == model.name:
                    env.store.put(name, held, None)


def copy(env: Environment, model: Model, key: int, default: Mapping[str, Any]) -> int:
    """A duplicate of one record; lines are duplicated with it where Odoo does so."""
    access.check_records(env, model, [key], "read")
    row = env.rows(model.name)[key]
    vals: Row = {}
    for name, item in model.fields.items():
        if not item.copied or name in _IGNORED or name in default or item.compute:
            continue
        if item.type == "one2many":
            comodel = env.model(item.relation)
            lines = [_line(env, comodel, i, item.inverse) for i in env.children(model, row, item)]
            vals[name] = [(0, 0, line) for line in lines]
        elif item.type == "many2many":
            vals[name] = [(6, 0, list(row.get(name, ())))]
        elif item.delegated and item.delegated in model.inherits and not item.related:
            continue
        elif item.stored and name in row and name not in model.inherits:
            vals[name] = row[name]
    for link, base in model.inherits.items():
        inner = env.rows(base)[row[link]]
        fields = env.model(base).fields
        vals |= {n: v for n, v in inner.items() if n in fields and fields[n].copied and n != "id"}
    vals = {n: v for n, v in vals.items() if n not in _IGNORED}
    if model.copying:
        vals = {**vals, **model.copying(env, row)}
    return create(env, model, [{**vals, **default}])[0]


def _line(env: Environment, model: Model, key: int, inverse: str) -> Row:
    row = env.rows(model.name)[key]
    return {
        name: [(6, 0, row[name])] if item.type == "many2many" else row[name]
        for name, item in model.fields.items()
        if item.copied and item.stored and name in row and name not in _IGNORED | {inverse}
    }


def _apply(env: Environment, model: Model, key: int, item: Field, commands: Any) -> None:
    """Run x2many commands on one record."""
    if commands is None or commands is False:
        return
    if not isinstance(commands, list | tuple):
        raise value_error(f"Wrong value for {model.name}.{item.name}: {commands!r}")
    if commands and all(isinstance(c, int) for c in commands):
        commands = [(6, 0, list(commands))]
    comodel = env.model(item.relation)
    if item.type == "many2many":
        _apply_links(env, model, key, item, comodel, commands)
    else:
        _apply_lines(env, model, key, item, comodel, commands)


def _apply_links(
    env: Environment, model: Model, key: int, item: Field, comodel: Model, commands: Any
) -> None:
    row = env.rows(model.name)[key]
    ids: list[int] = list(row.get(item.name, ()))
    for command in commands:
        code, target, *rest = (*command, 0, 0)[:3]
        if code == 0:
            ids += create(env, comodel, [rest[0] or {}])
        elif code == 1:
            write(env, comodel, [target], rest[0])
        elif code in (2, 3):
            ids = [i for i in ids if i != target]
            if code == 2:
                unlink(env, comodel, [target])
        elif code == 4:
            ids = ids if target in ids else [*ids, target]
        elif code == 5:
            ids = []
        elif code == 6:
            ids = list(dict.fromkeys(rest[0] or []))
    if any(i not in env.rows(comodel.name) for i in ids):
        raise values.still_referenced(env, model, item)
    row = env.rows(model.name)[key]
    env.store.put(model.name, key, _strip({**row, item.name: ids}, model))


def _apply_lines(
    env: Environment, model: Model, key: int, item: Field, comodel: Model, commands: Any
) -> None:
    link: Row = {item.inverse: key}
    if item.scope:
        link[item.scope] = model.name
    for command in commands:
        code, target, *rest = (*command, 0, 0)[:3]
        if code == 0:
            create(env, comodel, [{**(rest[0] or {}), **link}])
        elif code == 1:
            write(env, comodel, [target], rest[0])
        elif code == 2:
            unlink(env, comodel, [target])
        elif code == 3:
            _release(env, comodel, item, [target])
        elif code == 4:
            write(env, comodel, [target], link)
        elif code in (5, 6):
            row = env.rows(model.name)[key]
            kept = set(rest[0] or []) if code == 6 else set()
            present = env.sudo(active_test=False).children(model, row, item)
            _release(env, comodel, item, [i for i in present if i not in kept])
            for added in kept - set(present):
                write(env, comodel, [added], link)


def _release(env: Environment, comodel: Model, item: Field, ids: list[int]) -> None:
    if not ids:
        return
    inverse = comodel.fields[item.inverse]
    if inverse.required or inverse.ondelete == "cascade":
        unlink(env, comodel, ids)
    else:
        write(env, comodel, ids, {item.inverse: False})
