"""Web client reads that not every Odoo version has, put together from calls it does have.

`web_read` and `web_save` came with 17. `web_search_read` took a list of `fields` up to 16 and
takes a `specification` from 17; here both forms work on all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from bridgecore.connectors.odoo.arguments import Args, Kwargs, plain, record_ids
from bridgecore.connectors.odoo.errors import Kind, OdooError, odoo_error
from bridgecore.connectors.odoo.request import Request

SPECIFICATIONS_SINCE = 17


class Ask(Protocol):
    """One call of the Odoo at hand."""

    def __call__(
        self, model: str, method: str, args: Args, kwargs: Kwargs, /
    ) -> Awaitable[bytes]: ...


Emulation = Callable[[Ask, str, Request], Awaitable[bytes]]


def find(major: int, request: Request) -> Emulation | None:
    """How to answer this call on Odoo `major`, if it has no such call itself."""
    match request.method:
        case "web_search_read":
            shape = request.take(1, "specification", "fields", keep=True)
            by_specification = isinstance(shape, Mapping)
            if by_specification is (major >= SPECIFICATIONS_SINCE):
                return None
            return _web_search_read
        case "web_read" if major < SPECIFICATIONS_SINCE:
            return _web_read
        case "web_save" if major < SPECIFICATIONS_SINCE:
            return _web_save
        case _:
            return None


class _Found(msgspec.Struct):
    length: int
    records: Any


async def _web_search_read(ask: Ask, model: str, request: Request) -> bytes:
    context = _context(request)
    domain = request.take(0, "domain") or []
    shape = request.take(0, "specification", "fields")
    if isinstance(shape, Mapping):
        shape = _checked(shape)
    offset = request.take(0, "offset") or 0
    limit = request.take(0, "limit") or None
    order = request.take(0, "order") or None
    count_limit = request.take(0, "count_limit") or None
    fields = list(shape or [])
    options = {"offset": offset, "limit": limit, "order": order, **context}
    raw = await ask(model, "search_read", [domain, fields], options)
    length = offset + len(msgspec.json.decode(raw, type=list[msgspec.Raw]))
    if limit is not None and length - offset == limit:
        counted = await ask(model, "search_count", [domain], context)
        length = msgspec.json.decode(counted, type=int)
        if count_limit is not None:
            length = min(length, count_limit)
    records: Any = msgspec.Raw(raw)
    if isinstance(shape, Mapping):
        records = await _shaped(ask, model, msgspec.json.decode(raw), shape, context)
    return msgspec.json.encode(_Found(length, records))


async def _web_read(ask: Ask, model: str, request: Request) -> bytes:
    context = _context(request)
    ids = record_ids(request.take(0, "ids"))
    specification = _checked(request.take(0, "specification") or {})
    return msgspec.json.encode(await _read(ask, model, ids, specification, context))


async def _web_save(ask: Ask, model: str, request: Request) -> bytes:
    context = _context(request)
    ids = record_ids(request.take(0, "ids"))
    values = request.take(0, "vals") or {}
    specification = _checked(request.take(0, "specification") or {})
    if ids:
        await ask(model, "write", [ids, values], context)
    else:
        ids = [msgspec.json.decode(await ask(model, "create", [values], context))]
    try:
        return msgspec.json.encode(await _read(ask, model, ids, specification, context))
    except OdooError as error:
        # The values are saved, whatever became of reading them back.
        error.sent = True
        raise


async def _read(
    ask: Ask, model: str, ids: list[Any], specification: Mapping[str, Any], context: Kwargs
) -> list[dict[str, Any]]:
    if not ids:
        return []
    # No fields means all of them to `read`, but none to a specification.
    raw = await ask(model, "read", [ids, list(specification) or ["id"]], context)
    return await _shaped(ask, model, msgspec.json.decode(raw), specification, context)


async def _shaped(
    ask: Ask,
    model: str,
    rows: list[dict[str, Any]],
    specification: Mapping[str, Any],
    context: Kwargs,
) -> list[dict[str, Any]]:
    """Rows of `read` as the specification asks: bare many2one ids, nested records."""
    nested = {}
    for name, rules in specification.items():
        if rules and rules.get("fields") is not None:
            nested[name] = rules
            continue
        for row in rows:
            row[name] = _bare(row[name])
    if nested:
        raw = await ask(model, "fields_get", [list(nested), ["type", "relation"]], context)
        described = msgspec.json.decode(raw)
        for name, rules in nested.items():
            relation = described.get(name, {}).get("relation")
            if relation:
                await _nest(ask, relation, rows, name, rules, context)
    return rows


async def _nest(
    ask: Ask,
    relation: str,
    rows: list[dict[str, Any]],
    name: str,
    rules: Mapping[str, Any],
    context: Kwargs,
) -> None:
    """Put the related records of one field, read together, in the place of their ids."""
    limit = rules.get("limit")
    wanted: dict[int, None] = {}
    for row in rows:
        value = row[name] = _bare(row[name])
        ids = value[:limit] if isinstance(value, list) else [value] if value else []
        wanted |= dict.fromkeys(ids)
    found = {
        record["id"]: record
        for record in await _read(ask, relation, list(wanted), rules["fields"], context)
    }
    for row in rows:
        value = row[name]
        if isinstance(value, list):
            row[name] = [found.get(each, {"id": each}) for each in value]
        elif value:
            row[name] = found.get(value, {"id": value})


def _checked(specification: Any) -> Mapping[str, Any]:
    """A specification of the form Odoo wants. Raises `Rejected`."""
    if not isinstance(specification, Mapping):
        raise odoo_error(Kind.BAD_REQUEST, "A specification is an object of field names.")
    for name, rules in specification.items():
        if rules and not isinstance(rules, Mapping):
            raise odoo_error(Kind.BAD_REQUEST, f"The specification of {name!r} is no object.")
        if rules and rules.get("fields") is not None:
            _checked(rules["fields"])
    return specification


def _bare(value: Any) -> Any:
    """The id of a many2one pair; any other value as it is."""
    pair = isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)
    return value[0] if pair else value


def _context(request: Request) -> dict[str, Any]:
    context = plain(request.kwargs.get("context"))
    return {"context": context} if context else {}
