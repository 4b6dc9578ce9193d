"""The operations: how each request becomes one Odoo call, and its result one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw

from bridgecore.domains.gateway import schemas as s
from bridgecore.infra.problems import ValidationFailed

encode = msgspec.json.Encoder().encode


class Access(StrEnum):
    """What a call needs the permission for: `gateway:<access>`."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    METHOD = "method"


class OdooCall(NamedTuple):
    """One call as the connector takes it. `fields`: names a read asked for, to word errors by."""

    model: str
    method: str
    args: list[Any] | Raw
    kwargs: dict[str, Any] | Raw
    access: Access
    fields: list[str] | None = None
    cacheable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API.

    `answer` turns the result's JSON into the body: `success`, the documented key and `result`.
    """

    name: str
    request: type[s.GatewayRequest]
    build: Callable[[Any], OdooCall]
    answer: Callable[[bytes], bytes]
    decoder: msgspec.json.Decoder[Any]
    summary: str


_READS: Mapping[str, bool] = MappingProxyType(
    # method: whether its answer may be kept until the tenant's next change
    {
        "search_read": True,
        "read": True,
        "search": True,
        "search_count": True,
        "read_group": True,
        "formatted_read_group": True,
        "web_read_group": True,
        "web_search_read": True,
        "web_read": True,
        "name_search": True,
        "name_get": True,
        "fields_get": True,
        "fields_view_get": True,
        "load_views": True,
        "get_view": True,
        "get_views": True,
        "check_access_rights": True,
        "has_access": True,
        "exists": True,
        "get_metadata": True,
        "get_external_id": True,
        "context_get": True,
        "default_get": False,
        "onchange": False,
    }
)
_WRITES = frozenset(
    {
        "create",
        "write",
        "copy",
        "name_create",
        "web_save",
        "message_post",
        "load",
        "action_archive",
        "action_unarchive",
        "toggle_active",
    }
)


def access_of(method: str) -> Access:
    """What calling this method amounts to. A method nobody knows may do anything."""
    if method in _READS:
        return Access.READ
    if method in _WRITES:
        return Access.WRITE
    return Access.DELETE if method == "unlink" else Access.METHOD


def _call(
    request: s.GatewayRequest,
    method: str,
    args: list[Any],
    kwargs: dict[str, Any] | None = None,
    *,
    fields: list[str] | None = None,
) -> OdooCall:
    named = kwargs or {}
    if request.context:
        named["context"] = request.context
    return OdooCall(
        request.model,
        method,
        args,
        named,
        access_of(method),
        fields,
        _READS.get(method, False),
    )


def _given(**kwargs: Any) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if value is not None}


def _search_read(r: s.SearchRead) -> OdooCall:
    named: dict[str, Any] = {"domain": r.domain, "offset": r.offset}
    if r.fields is not None:
        named["fields"] = r.fields
    if r.limit is not None:
        named["limit"] = r.limit
    if r.order:
        named["order"] = r.order
    return _call(r, "search_read", [], named, fields=r.fields)


def _read(r: s.Read) -> OdooCall:
    return _call(r, "read", [r.ids], _given(fields=r.fields), fields=r.fields)


def _search(r: s.Search) -> OdooCall:
    return _call(
        r, "search", [r.domain], _given(limit=r.limit, offset=r.offset, order=r.order or None)
    )


def _search_count(r: s.SearchCount) -> OdooCall:
    return _call(r, "search_count", [r.domain], _given(limit=r.limit))


def _copy(r: s.Copy) -> OdooCall:
    return _call(r, "copy", [[r.id], *([r.default] if r.default else [])])


def _name_search(r: s.NameSearch) -> OdooCall:
    domain = r.domain if r.domain is not UNSET else r.args
    return _call(
        r,
        "name_search",
        [r.name],
        _given(
            args=None if domain is UNSET else domain,
            operator=r.operator,
            limit=r.limit,
        ),
    )


def _onchange(r: s.Onchange) -> OdooCall:
    names = r.field if r.field is not None else r.field_name
    spec = r.spec if r.spec is not None else r.field_onchange
    if spec is None:
        # without a spec nothing would come back: watch what was sent
        spec = dict.fromkeys(r.values, "1")
    return _call(r, "onchange", [r.ids, r.values, names or [], spec])


def _read_group(r: s.ReadGroup) -> OdooCall:
    return _call(
        r,
        "read_group",
        [],
        {
            "domain": r.domain,
            "fields": r.fields,
            "groupby": r.groupby,
            "offset": r.offset,
            "lazy": r.lazy,
            **_given(limit=r.limit, orderby=r.orderby or None),
        },
    )


def _fields_get(r: s.FieldsGet) -> OdooCall:
    names = r.fields if r.fields is not None else r.allfields
    return _call(r, "fields_get", [], _given(allfields=names, attributes=r.attributes))


def _fields_view_get(r: s.FieldsViewGet) -> OdooCall:
    return _call(r, "fields_view_get", [r.view_id or False, r.view_type, r.toolbar, r.submenu])


def _get_view(r: s.GetView) -> OdooCall:
    options = {"toolbar": True} if r.toolbar else {}
    return _call(r, "get_view", [r.view_id or False, r.view_type], options)


def _views(method: str) -> Callable[[s.LoadViews], OdooCall]:
    def build(r: s.LoadViews) -> OdooCall:
        asked = [[view_id or False, kind] for view_id, kind in r.views]
        return _call(r, method, [asked], _given(options=r.options))

    return build


def _specification(
    fields: list[str] | None, specification: dict[str, Any] | None
) -> dict[str, Any]:
    if specification is not None:
        return specification
    return {name: {} for name in (fields if fields is not None else ("id", "display_name"))}


def _web_search_read(r: s.WebSearchRead) -> OdooCall:
    return _call(
        r,
        "web_search_read",
        [],
        {
            "domain": r.domain,
            "specification": _specification(r.fields, r.specification),
            "offset": r.offset,
            **_given(limit=r.limit, order=r.order or None, count_limit=r.count_limit),
        },
        fields=r.fields,
    )


def _web_read(r: s.WebRead) -> OdooCall:
    specification = _specification(r.fields, r.specification)
    return _call(r, "web_read", [r.ids], {"specification": specification}, fields=r.fields)


def _web_save(r: s.WebSave) -> OdooCall:
    if r.values is None:
        raise ValidationFailed("web_save needs `records`, or `ids` with `values`.")
    specification = _specification(list(r.values), r.specification)
    return _call(r, "web_save", [r.ids or [], r.values], {"specification": specification})


def _call_kw(r: s.CallKw) -> OdooCall:
    kwargs: dict[str, Any] | Raw = r.kwargs
    if r.context:
        try:
            named = msgspec.json.decode(r.kwargs, type=dict[str, Raw])
        except msgspec.MsgspecError:
            raise ValidationFailed("`kwargs` must be an object.") from None
        named.setdefault("context", Raw(encode(r.context)))
        kwargs = named
    return OdooCall(
        r.model,
        r.method,
        r.args,
        kwargs,
        access_of(r.method),
        _asked_fields(r),
        _READS.get(r.method, False),
    )


class _Fields(msgspec.Struct):
    fields: list[str] | None = None


def _asked_fields(r: s.CallKw) -> list[str] | None:
    if r.method not in ("search_read", "read"):
        return None
    try:
        found = msgspec.json.decode(r.kwargs, type=_Fields).fields
        if found is None:  # in both methods they are the second argument
            args = msgspec.json.decode(r.args, type=list[Raw])
            if len(args) > 1:
                found = msgspec.json.decode(args[1], type=list[str] | None)
    except msgspec.MsgspecError:
        return None
    return found


def _call_method(r: s.CallMethod) -> OdooCall:
    args: list[Any] = [] if r.ids is None else [r.ids]
    args.extend(r.args or [])
    named: dict[str, Any] = dict(r.kwargs or {})
    return _call(r, r.method, args, named)


def _action(method: str) -> Callable[[s.Action], OdooCall]:
    def build(r: s.Action) -> OdooCall:
        return _call(r, method, [r.ids])

    return build


# ── answers ────────────────────────────────────────────────────────────────────────────────────


def _as(*keys: str) -> Callable[[bytes], bytes]:
    """`success`, then the result under each of `keys` and under `result`."""
    parts = [f'"{key}":'.encode() for key in (*keys, "result")]
    first, rest = b'{"success":true,' + parts[0], [b"," + part for part in parts[1:]]

    def answer(raw: bytes) -> bytes:
        body = [first, raw]
        for part in rest:
            body += (part, raw)
        body.append(b"}")
        return b"".join(body)

    return answer


def _created(raw: bytes) -> bytes:
    value = msgspec.json.decode(raw)
    if isinstance(value, list):
        return encode({"success": True, "ids": value, "result": value})
    return encode({"success": True, "id": value, "ids": [value], "result": value})


def _named_created(raw: bytes) -> bytes:
    value = msgspec.json.decode(raw)
    found = {"success": True, "result": value}
    if isinstance(value, list) and len(value) == 2:
        found |= {"id": value[0], "display_name": value[1]}
    return encode(found)


def _spread(*keys: str) -> Callable[[bytes], bytes]:
    """The result under `result`, and its members named `keys` beside it."""

    def answer(raw: bytes) -> bytes:
        try:
            members = msgspec.json.decode(raw, type=dict[str, Raw])
        except msgspec.ValidationError:
            members = {}
        body: dict[str, Any] = {"success": True}
        body |= {key: members[key] for key in keys if key in members}
        body["result"] = Raw(raw)
        return encode(body)

    return answer


def _view(raw: bytes) -> bytes:
    view = msgspec.json.decode(raw, type=dict[str, Any])
    if "id" in view:
        view.setdefault("view_id", view["id"])
    return encode({"success": True, "view": view, **view, "result": view})


def _loaded_views(raw: bytes) -> bytes:
    loaded = msgspec.json.decode(raw, type=dict[str, Any])
    if "fields_views" in loaded:
        loaded["views"] = loaded["fields_views"]
    filters = loaded.get("filters") or next(
        (view["filters"] for view in (loaded.get("views") or {}).values() if "filters" in view),
        None,
    )
    result = {
        "views": loaded.get("views"),
        "fields": loaded.get("fields"),
        "filters": filters,
    }
    return encode({"success": True, **result, "result": result})


def _found_records(raw: bytes) -> bytes:
    found = msgspec.json.decode(raw, type=dict[str, Raw])
    records = found.get("records", Raw(b"[]"))
    return encode(
        {
            "success": True,
            "records": records,
            "length": found.get("length", Raw(b"0")),
            "result": records,
        }
    )


def _saved_records(raw: bytes) -> bytes:
    return b'{"success":true,"records":' + raw + b',"result":true}'


def _operation(
    name: str,
    request: type[s.GatewayRequest],
    build: Callable[[Any], OdooCall],
    answer: Callable[[bytes], bytes],
    summary: str,
) -> tuple[str, Operation]:
    decoder = msgspec.json.Decoder(request)
    return name, Operation(name, request, build, answer, decoder, summary)


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    dict(
        (
            _operation(
                "search_read", s.SearchRead, _search_read, _as("records"), "Find and read records"
            ),
            _operation("read", s.Read, _read, _as("records"), "Read records by id"),
            _operation(
                "create",
                s.Create,
                lambda r: _call(r, "create", [r.values]),
                _created,
                "Create one or several records",
            ),
            _operation(
                "write",
                s.Write,
                lambda r: _call(r, "write", [r.ids, r.values]),
                _as(),
                "Change records",
            ),
            _operation(
                "unlink", s.Unlink, lambda r: _call(r, "unlink", [r.ids]), _as(), "Delete records"
            ),
            _operation("search", s.Search, _search, _as("ids"), "Find the ids of records"),
            _operation("search_count", s.SearchCount, _search_count, _as("count"), "Count records"),
            _operation("copy", s.Copy, _copy, _as("id"), "Duplicate a record"),
            _operation(
                "name_search", s.NameSearch, _name_search, _as("results"), "Find records by name"
            ),
            _operation(
                "name_get",
                s.NameGet,
                lambda r: _call(r, "name_get", [r.ids]),
                _as("names"),
                "Names of records",
            ),
            _operation(
                "name_create",
                s.NameCreate,
                lambda r: _call(r, "name_create", [r.name]),
                _named_created,
                "Create a record from its name",
            ),
            _operation(
                "onchange",
                s.Onchange,
                _onchange,
                _spread("value", "warning", "domain"),
                "What a form would change by itself",
            ),
            _operation("read_group", s.ReadGroup, _read_group, _as("groups"), "Group and add up"),
            _operation(
                "default_get",
                s.DefaultGet,
                lambda r: _call(r, "default_get", [r.fields]),
                _as("defaults"),
                "Values a fresh record starts with",
            ),
            _operation("fields_get", s.FieldsGet, _fields_get, _as("fields"), "Describe fields"),
            _operation(
                "fields_view_get",
                s.FieldsViewGet,
                _fields_view_get,
                _view,
                "A view with its fields, as up to Odoo 15",
            ),
            _operation(
                "load_views",
                s.LoadViews,
                _views("load_views"),
                _loaded_views,
                "Several views with their fields, as up to Odoo 15",
            ),
            _operation("get_view", s.GetView, _get_view, _view, "A view"),
            _operation(
                "get_views",
                s.LoadViews,
                _views("get_views"),
                _spread("views", "models"),
                "Several views",
            ),
            _operation(
                "web_search_read",
                s.WebSearchRead,
                _web_search_read,
                _found_records,
                "Find and read nested records, with their number",
            ),
            _operation("web_read", s.WebRead, _web_read, _as("records"), "Read nested records"),
            _operation(
                "web_save", s.WebSave, _web_save, _saved_records, "Save records and read them back"
            ),
            _operation(
                "check_access_rights",
                s.CheckAccessRights,
                lambda r: _call(r, "check_access_rights", [r.operation, r.raise_exception]),
                _as("has_access"),
                "May the Odoo user do this?",
            ),
            _operation(
                "exists",
                s.Exists,
                lambda r: _call(r, "exists", [r.ids]),
                _as("existing_ids"),
                "Which of these records exist",
            ),
            _operation("call_kw", s.CallKw, _call_kw, _as(), "Call any method, as Odoo's web does"),
            _operation(
                "call_method", s.CallMethod, _call_method, _as(), "Call any method on records"
            ),
            _operation(
                "action_confirm", s.Action, _action("action_confirm"), _as(), "Confirm documents"
            ),
            _operation(
                "button_cancel", s.Action, _action("button_cancel"), _as(), "Cancel documents"
            ),
        )
    )
)
