"""The methods every model offers to clients."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from typing import Any

from bridgecore.simulators.odoo.errors import PythonError, UserError

from . import access, description, reading, records
from .environment import Environment
from .fields import X2MANY, Row
from .model import Method, Model, on_model, on_records


def _limit(value: Any) -> int | None:
    if value is None or value is False:
        return None
    if isinstance(value, int):
        return value
    raise PythonError(
        "psycopg2.errors.InvalidTextRepresentation",
        f'invalid input syntax for type bigint: "{value}"\n',
    )


def search(
    env: Environment,
    model: Model,
    domain: Any,
    offset: int = 0,
    limit: Any = None,
    order: str | None = None,
) -> list[int]:
    """Ids of the records a domain admits."""
    access.check_model(env, model, "read")
    return env.search(model, domain, offset, _limit(limit), order)


def search_by_args(
    env: Environment,
    model: Model,
    args: Any,
    offset: int = 0,
    limit: Any = None,
    order: str | None = None,
    count: bool = False,
) -> list[int] | int:
    """`search` with the parameter names of 14 and 15, and their `count`."""
    found = search(env, model, args, offset, limit, order)
    return len(found) if count else found


def search_count(env: Environment, model: Model, domain: Any, limit: Any = None) -> int:
    """How many records a domain admits, at most `limit`."""
    access.check_model(env, model, "read")
    count = len(env.find(model, domain))
    return min(count, limit) if limit else count


def read(
    env: Environment,
    model: Model,
    ids: list[int],
    fields: list[str] | None = None,
    load: str | None = "_classic_read",
) -> list[Row]:
    """Values of records."""
    return reading.read(env, model, ids, fields, load)


def search_read(
    env: Environment,
    model: Model,
    domain: Any = None,
    fields: list[str] | None = None,
    offset: int = 0,
    limit: Any = None,
    order: str | None = None,
    load: str | None = "_classic_read",
) -> list[Row]:
    """`search` and `read` in one."""
    access.check_model(env, model, "read")
    reading.checked_fields(env, model, fields)
    ids = env.search(model, domain or [], offset, _limit(limit), order)
    if "active_test" in env.context:
        kept = {k: v for k, v in env.context.items() if k != "active_test"}
        env = Environment(env.database, env.uid, kept, now=env.now, su=env.su)
    return reading.read(env, model, ids, fields, load)


def create(env: Environment, model: Model, vals_list: Any) -> int | list[int]:
    """New records: an id for a dict, ids for a list."""
    if isinstance(vals_list, Mapping):
        return records.create(env, model, [dict(vals_list)])[0]
    return records.create(env, model, [dict(vals) for vals in vals_list])


def write(env: Environment, model: Model, ids: list[int], vals: Mapping[str, Any]) -> bool:
    """Change records."""
    records.write(env, model, ids, vals)
    return True


def unlink(env: Environment, model: Model, ids: list[int]) -> bool:
    """Delete records."""
    records.unlink(env, model, ids)
    return True


def copy(
    env: Environment, model: Model, ids: list[int], default: Mapping[str, Any] | None = None
) -> int | list[int]:
    """Duplicates: one id up to 17, a list from 18 on."""
    made = [records.copy(env, model, key, default or {}) for key in ids]
    return made if env.version >= 18 else made[0]


def exists(env: Environment, model: Model, ids: list[int]) -> list[int]:
    """The ids that are still there."""
    rows = env.rows(model.name)
    return [key for key in ids if key in rows]


def _name_search(
    env: Environment, model: Model, name: str, domain: Any, operator: str, limit: Any
) -> list[list[Any]]:
    access.check_model(env, model, "read")
    ids = env.search(model, domain or [])
    if name:
        found = env.by_name(model, name, operator.removeprefix("not "))
        ids = [key for key in ids if (key in found) != operator.startswith("not ")]
    return [[key, env.label_of(model.name, key)] for key in ids[: _limit(limit)]]


def name_search_by_args(
    env: Environment,
    model: Model,
    name: str = "",
    args: Any = None,
    operator: str = "ilike",
    limit: Any = 100,
) -> list[list[Any]]:
    """Records by label, with the parameter names up to 18."""
    return _name_search(env, model, name, args, operator, limit)


def name_search(
    env: Environment,
    model: Model,
    name: str = "",
    domain: Any = None,
    operator: str = "ilike",
    limit: Any = 100,
) -> list[list[Any]]:
    """Records by label."""
    return _name_search(env, model, name, domain, operator, limit)


def name_get(env: Environment, model: Model, ids: list[int]) -> list[list[Any]]:
    """Labels of records, up to 17."""
    access.check_model(env, model, "read")
    access.check_records(env, model, ids, "read")
    return [[key, env.label_of(model.name, key)] for key in ids]


def name_create(env: Environment, model: Model, name: str) -> list[Any]:
    """A record from nothing but its name."""
    key = records.create(env, model, [{model.rec_name: name}])[0]
    return [key, env.label_of(model.name, key)]


def default_get(env: Environment, model: Model, fields_list: list[str]) -> Row:
    """Values a new record starts with."""
    return records.defaults(env, model, fields_list)


def default_get_by_fields(env: Environment, model: Model, fields: list[str]) -> Row:
    """`default_get` with the parameter name of 19."""
    return records.defaults(env, model, fields)


def fields_get(
    env: Environment,
    model: Model,
    allfields: list[str] | None = None,
    attributes: list[str] | None = None,
) -> dict[str, Row]:
    """What each readable field is."""
    access.check_model(env, model, "read")
    return description.fields(env, model, allfields, attributes)


def check_access_rights(
    env: Environment, model: Model, operation: str, raise_exception: bool = True
) -> bool:
    """Whether the model access list allows the operation."""
    if raise_exception:
        access.check_model(env, model, operation)
        return True
    return access.is_allowed(env, model, operation)


def check_access_rule(env: Environment, model: Model, ids: list[int], operation: str) -> None:
    """Raise unless the record rules allow the operation."""
    access.check_records(env, model, ids, operation)


def has_access(env: Environment, model: Model, ids: list[int], operation: str) -> bool:
    """Whether the operation is allowed on every one of the records."""
    if not access.is_allowed(env, model, operation):
        return False
    test = access.rule(env, model, operation)
    rows = env.rows(model.name)
    return test is None or all(test(rows[key]) for key in ids if key in rows)


def external_ids(env: Environment, model: Model, key: int) -> list[str]:
    """External ids of one record."""
    table = env.store.tables["ir.model.data"]
    return [
        f"{table.rows[i]['module']}.{table.rows[i]['name']}"
        for i in sorted(table.linked("res_id", key))
        if table.rows[i]["model"] == model.name
    ]


def get_metadata(env: Environment, model: Model, ids: list[int]) -> list[Row]:
    """Who made and changed the records, when, and their external ids."""
    stamps = ["create_uid", "create_date", "write_uid", "write_date"]
    result = reading.read(env, model, ids, stamps)
    for row in result:
        known = external_ids(env, model, row["id"])
        row["xmlids"] = [{"xmlid": xmlid, "noupdate": False} for xmlid in known]
        row["xmlid"] = known[0] if known else False
        row["noupdate"] = False
    return result


def get_external_id(env: Environment, model: Model, ids: list[int]) -> dict[str, str]:
    """One external id of each record, empty where there is none."""
    return {str(key): (external_ids(env, model, key) or [""])[0] for key in ids}


def toggle_active(env: Environment, model: Model, ids: list[int]) -> None:
    """Archive what is active and the reverse."""
    rows = env.rows(model.name)
    for key in ids:
        records.write(env, model, [key], {"active": not rows[key].get("active")})


def action_archive(env: Environment, model: Model, ids: list[int]) -> None:
    """Take records out of default searches."""
    rows = env.rows(model.name)
    active = [key for key in ids if rows.get(key, {"active": True}).get("active")]
    if model.name == "res.partner":
        users = env.store.tables["res.users"]
        for key in active:
            if any(users.rows[u].get("active") for u in users.linked("partner_id", key)):
                raise UserError(
                    "You cannot archive contacts linked to an active user.\n"
                    "Ask an administrator to archive their associated user first."
                )
    records.write(env, model, active, {"active": False})


def action_unarchive(env: Environment, model: Model, ids: list[int]) -> None:
    """Bring archived records back."""
    rows = env.rows(model.name)
    archived = [key for key in ids if not rows.get(key, {}).get("active")]
    records.write(env, model, archived, {"active": True})


def web_read(
    env: Environment, model: Model, ids: list[int], specification: Mapping[str, Any]
) -> list[Row]:
    """Nested values, as the web client of 17 and later reads them."""
    return reading.web_read(env, model, ids, specification)


def _found(
    env: Environment, model: Model, domain: Any, rows: list[Row], offset: int, limit: Any
) -> Row:
    if limit and len(rows) == limit:
        length = len(env.find(model, domain))
    else:
        length = len(rows) + (offset or 0)
    return {"length": length, "records": rows}


def web_search_read(
    env: Environment,
    model: Model,
    domain: Any,
    specification: Mapping[str, Any],
    offset: int = 0,
    limit: Any = None,
    order: str | None = None,
    count_limit: Any = None,
) -> Row:
    """A page of nested values with the total, at most `count_limit`."""
    ids = search(env, model, domain, offset, limit, order)
    rows = reading.web_read(env, model, ids, specification)
    found = _found(env, model, domain, rows, offset, limit)
    if count_limit:
        found["length"] = min(found["length"], count_limit)
    return found


def web_search_read_flat(
    env: Environment,
    model: Model,
    domain: Any = None,
    fields: list[str] | None = None,
    offset: int = 0,
    limit: Any = None,
    order: str | None = None,
    count_limit: Any = None,
) -> Row:
    """A page of `read` rows with the total, as up to 16."""
    rows = search_read(env, model, domain, fields, offset, limit, order)
    return _found(env, model, domain or [], rows, offset, limit)


def web_save(
    env: Environment,
    model: Model,
    ids: list[int],
    vals: Mapping[str, Any],
    specification: Mapping[str, Any],
    next_id: int | None = None,
) -> list[Row]:
    """Create (without ids) or write, and read back; `next_id` is read instead if given."""
    if ids:
        records.write(env, model, ids, vals)
    else:
        ids = records.create(env, model, [dict(vals)])
    return reading.web_read(env, model, [next_id] if next_id else ids, specification)


def fields_for_export(env: Environment, model: Model, ids: list[int], fields: list[str]) -> Row:
    """Rows of text for the named column paths (`a/b`); `id` makes external ids."""
    return {"datas": [_export_row(env, model, key, fields) for key in ids]}


def _export_row(env: Environment, model: Model, key: int, fields: list[str]) -> list[Any]:
    return [_export_cell(env, model, key, path.split("/")) for path in fields]


def _export_cell(env: Environment, model: Model, key: int, path: list[str]) -> Any:
    head, *rest = path
    row = env.rows(model.name)[key]
    if head == ".id":
        return str(key)
    if head == "id":
        return _export_id(env, model, key)
    item = model.fields[head]
    value = env.value(model, row, head)
    if item.relation:
        ids = value if item.type in X2MANY else [value] if value else []
        comodel = env.model(item.relation)
        cells = [_export_cell(env, comodel, i, rest or ["display_name"]) for i in ids]
        return ",".join(str(cell) for cell in cells)
    if item.type == "selection":
        return dict(item.selection).get(value, "")
    if item.type == "datetime" and value:
        return value[:19]
    return "" if value is False and item.type != "boolean" else value


def _export_id(env: Environment, model: Model, key: int) -> str:
    if known := external_ids(env, model, key):
        return known[0]
    name = f"{model.table}_{key}_{binascii.crc32(f'{model.name}{key}'.encode()):08x}"
    env.database.register(env, "__export__", name, model.name, key)
    return f"__export__.{name}"


def invalidate_recordset(env: Environment, model: Model, ids: list[int]) -> None:
    """Drop caches: nothing to do here, and nothing is returned."""


METHODS: tuple[Method, ...] = (
    on_model("*", search_by_args, "search", until=15),
    on_model("*", search, since=16),
    on_model("*", search_count),
    on_records("*", read),
    on_model("*", search_read),
    on_model("*", create),
    on_records("*", write),
    on_records("*", unlink),
    on_records("*", copy),
    on_records("*", exists, private_from=19),
    on_model("*", name_search_by_args, "name_search", until=18),
    on_model("*", name_search, since=19),
    on_records("*", name_get, until=17),
    on_model("*", name_create),
    on_model("*", default_get, until=18),
    on_model("*", default_get_by_fields, "default_get", since=19),
    on_model("*", fields_get),
    on_model("*", check_access_rights),
    on_records("*", check_access_rule),
    on_records("*", has_access, since=18),
    on_records("*", get_metadata),
    on_records("*", get_external_id),
    on_records("*", toggle_active),
    on_records("*", action_archive),
    on_records("*", action_unarchive),
    on_records("*", web_read, since=17),
    on_model("*", web_search_read_flat, "web_search_read", until=16),
    on_model("*", web_search_read, since=17),
    on_records("*", web_save, since=17),
    on_records("*", fields_for_export, "export_data"),
    on_records("*", invalidate_recordset, private_from=19),
)
