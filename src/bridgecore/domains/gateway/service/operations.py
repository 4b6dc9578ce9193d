"""The operations: how each request becomes one Odoo call, and its result one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from bridgecore.domains.gateway import schemas as s
from bridgecore.domains.gateway.service.answers import (
    created,
    encode,
    found_records,
    loaded_views,
    named_created,
    saved_records,
    spread,
    under,
    view,
)
from bridgecore.domains.gateway.service.odoo_calls import READS, Access, OdooCall, access_of
from bridgecore.infra.problems import ValidationFailed

__all__ = ["OPERATIONS", "Access", "OdooCall", "Operation", "access_of", "encode"]


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
        READS.get(method, False),
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
        partial(_asked_fields, r),
        READS.get(r.method, False),
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
                "search_read",
                s.SearchRead,
                _search_read,
                under("records"),
                "Find and read records",
            ),
            _operation("read", s.Read, _read, under("records"), "Read records by id"),
            _operation(
                "create",
                s.Create,
                lambda r: _call(r, "create", [r.values]),
                created,
                "Create one or several records",
            ),
            _operation(
                "write",
                s.Write,
                lambda r: _call(r, "write", [r.ids, r.values]),
                under(),
                "Change records",
            ),
            _operation(
                "unlink",
                s.Unlink,
                lambda r: _call(r, "unlink", [r.ids]),
                under(),
                "Delete records",
            ),
            _operation("search", s.Search, _search, under("ids"), "Find the ids of records"),
            _operation(
                "search_count",
                s.SearchCount,
                _search_count,
                under("count"),
                "Count records",
            ),
            _operation("copy", s.Copy, _copy, under("id"), "Duplicate a record"),
            _operation(
                "name_search",
                s.NameSearch,
                _name_search,
                under("results"),
                "Find records by name",
            ),
            _operation(
                "name_get",
                s.NameGet,
                lambda r: _call(r, "name_get", [r.ids]),
                under("names"),
                "Names of records",
            ),
            _operation(
                "name_create",
                s.NameCreate,
                lambda r: _call(r, "name_create", [r.name]),
                named_created,
                "Create a record from its name",
            ),
            _operation(
                "onchange",
                s.Onchange,
                _onchange,
                spread("value", "warning", "domain"),
                "What a form would change by itself",
            ),
            _operation("read_group", s.ReadGroup, _read_group, under("groups"), "Group and add up"),
            _operation(
                "default_get",
                s.DefaultGet,
                lambda r: _call(r, "default_get", [r.fields]),
                under("defaults"),
                "Values a fresh record starts with",
            ),
            _operation("fields_get", s.FieldsGet, _fields_get, under("fields"), "Describe fields"),
            _operation(
                "fields_view_get",
                s.FieldsViewGet,
                _fields_view_get,
                view,
                "A view with its fields, as up to Odoo 15",
            ),
            _operation(
                "load_views",
                s.LoadViews,
                _views("load_views"),
                loaded_views,
                "Several views with their fields, as up to Odoo 15",
            ),
            _operation("get_view", s.GetView, _get_view, view, "A view"),
            _operation(
                "get_views",
                s.LoadViews,
                _views("get_views"),
                spread("views", "models"),
                "Several views",
            ),
            _operation(
                "web_search_read",
                s.WebSearchRead,
                _web_search_read,
                found_records,
                "Find and read nested records, with their number",
            ),
            _operation("web_read", s.WebRead, _web_read, under("records"), "Read nested records"),
            _operation(
                "web_save",
                s.WebSave,
                _web_save,
                saved_records,
                "Save records and read them back",
            ),
            _operation(
                "check_access_rights",
                s.CheckAccessRights,
                lambda r: _call(r, "check_access_rights", [r.operation, r.raise_exception]),
                under("has_access"),
                "May the Odoo user do this?",
            ),
            _operation(
                "exists",
                s.Exists,
                lambda r: _call(r, "exists", [r.ids]),
                under("existing_ids"),
                "Which of these records exist",
            ),
            _operation(
                "call_kw",
                s.CallKw,
                _call_kw,
                under(),
                "Call any method, as Odoo's web does",
            ),
            _operation(
                "call_method",
                s.CallMethod,
                _call_method,
                under(),
                "Call any method on records",
            ),
            _operation(
                "action_confirm",
                s.Action,
                _action("action_confirm"),
                under(),
                "Confirm documents",
            ),
            _operation(
                "button_cancel",
                s.Action,
                _action("button_cancel"),
                under(),
                "Cancel documents",
            ),
        )
    )
)
