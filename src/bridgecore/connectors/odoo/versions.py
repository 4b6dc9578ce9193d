"""What differs between Odoo 14 and 19 in one call: rewritten on the way, the answer put back.

Pure functions; what takes several calls is in `emulation`, what concerns views in `views`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from bridgecore.connectors.odoo import views
from bridgecore.connectors.odoo.arguments import (
    Args,
    Kwargs,
    keywords,
    plain,
    positional,
    record_ids,
    single,
)
from bridgecore.connectors.odoo.errors import Kind, odoo_error
from bridgecore.connectors.odoo.request import Request

Bridge = Callable[[int, Request], None]


def concerns(method: str) -> bool:
    """Whether a call of this method may differ between versions."""
    return method in _BRIDGES


def rewrite(major: int, method: str, args: Args, kwargs: Kwargs) -> Request:
    """The call as Odoo `major` understands it. Raises `Rejected` for malformed arguments."""
    request = Request(method, positional(args), keywords(kwargs))
    bridge = _BRIDGES.get(method)
    if bridge is not None:
        bridge(major, request)
    return request


def _as_it_is(major: int, request: Request) -> None:
    """The name is the same; `emulation` takes care of the rest."""


def _web_search_read(major: int, request: Request) -> None:
    if major <= 15:
        request.take(5, "count_limit")


def _search(major: int, request: Request) -> None:
    _place_domain(request)
    if len(request.args) > 4:
        request.kwargs["count"] = request.args.pop(4)
    if major >= 17 and "count" in request.kwargs:
        counted = bool(plain(request.kwargs.pop("count")))
        if counted:
            request.method = "search_count"
            request.args = request.args[:1]
            request.keep("limit", "context")


def _search_count(major: int, request: Request) -> None:
    _place_domain(request)
    if major <= 15:
        limit = request.take(1, "limit")
        if limit:
            request.method = "search"
            request.kwargs["limit"] = limit
            request.finish = _length


def _place_domain(request: Request) -> None:
    # The parameter is called `args` up to 15 and `domain` after; its place is the same on all.
    for name in ("domain", "args"):
        if name in request.kwargs and not request.args:
            request.args = [request.kwargs.pop(name)]


def _name_search(major: int, request: Request) -> None:
    if major >= 19:
        request.rename("args", "domain")
    else:
        request.rename("domain", "args")


def _name_get(major: int, request: Request) -> None:
    if major >= 18:
        ids = record_ids(request.take(0, "ids"))
        request.method = "read"
        request.args = [ids]
        request.keep("context")
        request.kwargs["fields"] = ["display_name"]
        request.finish = _name_pairs


def _copy(major: int, request: Request) -> None:
    if major >= 18 and len(record_ids(request.take(0, "ids", keep=True))) == 1:
        request.finish = single


def _message_post(major: int, request: Request) -> None:
    if major >= 19:
        request.finish = single


def _create(major: int, request: Request) -> None:
    # Odoo looks for the values in the first position only.
    if not request.args:
        for name in ("vals_list", "vals", "values"):
            if name in request.kwargs:
                request.args = [request.kwargs.pop(name)]
                return


def _exists(major: int, request: Request) -> None:
    if major >= 19:
        ids = record_ids(request.take(0, "ids"))
        context = {**(plain(request.kwargs.get("context")) or {}), "active_test": False}
        request.method = "search"
        request.args = [[["id", "in", ids]]]
        request.kwargs = {"context": context}
        request.finish = _in_order(ids)


def _default_get(major: int, request: Request) -> None:
    if major >= 19:
        request.rename("fields_list", "fields")
    else:
        request.rename("fields", "fields_list")


def _check_access_rights(major: int, request: Request) -> None:
    # Deprecated since 18, and still there in 19.
    if major >= 20:
        operation = request.take(0, "operation")
        raises = request.take(0, "raise_exception", default=True)
        request.method = "has_access"
        request.args = [[], operation]
        request.keep("context")
        if raises:
            request.finish = _raise_unless_true


def _has_access(major: int, request: Request) -> None:
    ids = record_ids(request.take(0, "ids", keep=True))
    if major <= 17 and not ids:
        operation = request.take(1, "operation")
        request.method = "check_access_rights"
        request.args = [operation]
        request.keep("context")
        request.kwargs["raise_exception"] = False


def _onchange(major: int, request: Request) -> None:
    old = ("field_name", "field_onchange")
    new = ("field_names", "fields_spec")
    for before, after in zip(old, new, strict=True):
        if major >= 17:
            request.rename(before, after)
        else:
            request.rename(after, before)
    names = plain(request.take(2, "field_name", "field_names", keep=True))
    if major >= 17 and isinstance(names, str):
        request.put(2, "field_names", [names] if names else [])
    spec = plain(request.take(3, "field_onchange", "fields_spec", keep=True))
    if isinstance(spec, Mapping):
        if major >= 17:
            request.put(3, "fields_spec", _nested_spec(spec))
        else:
            request.put(3, "field_onchange", _flat_spec(spec))


def _nested_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`{"name": "1", "line_ids.qty": "1"}` as 17 wants it; a nested one stays as it is."""
    nested: dict[str, Any] = {}
    for path, value in spec.items():
        if isinstance(value, Mapping):
            nested[path] = value
            continue
        level = nested
        *parents, leaf = path.split(".")
        for parent in parents:
            level = level.setdefault(parent, {}).setdefault("fields", {})
        level.setdefault(leaf, {})
    return nested


def _flat_spec(spec: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """`{"line_ids": {"fields": {"qty": {}}}}` as 16 wants it; a flat one stays as it is."""
    flat: dict[str, str] = {}
    for name, value in spec.items():
        path = prefix + name
        if not isinstance(value, Mapping):
            flat[path] = value if isinstance(value, str) else "1"
            continue
        flat[path] = "1"
        flat |= _flat_spec(value.get("fields") or {}, f"{path}.")
    return flat


class _Named(msgspec.Struct):
    id: int
    display_name: str | bool = False


def _name_pairs(result: bytes) -> bytes:
    rows = msgspec.json.decode(result, type=list[_Named])
    return msgspec.json.encode([(row.id, row.display_name or "") for row in rows])


def _length(result: bytes) -> bytes:
    return str(len(msgspec.json.decode(result, type=list[int]))).encode()


def _in_order(ids: list[Any]) -> Callable[[bytes], bytes]:
    def finish(result: bytes) -> bytes:
        found = set(msgspec.json.decode(result, type=list[int]))
        return msgspec.json.encode([each for each in ids if each in found])

    return finish


def _raise_unless_true(result: bytes) -> bytes:
    if result.strip() != b"true":
        raise odoo_error(
            Kind.ACCESS_ERROR,
            "You are not allowed to do this.",
            exception="odoo.exceptions.AccessError",
        )
    return result


_BRIDGES: Mapping[str, Bridge] = MappingProxyType(
    {
        "search": _search,
        "search_count": _search_count,
        "name_search": _name_search,
        "name_get": _name_get,
        "copy": _copy,
        "message_post": _message_post,
        "create": _create,
        "exists": _exists,
        "default_get": _default_get,
        "check_access_rights": _check_access_rights,
        "has_access": _has_access,
        "onchange": _onchange,
        "fields_view_get": views.fields_view_get,
        "get_view": views.get_view,
        "load_views": views.load_views,
        "get_views": views.get_views,
        "web_search_read": _web_search_read,
        "web_read": _as_it_is,
        "web_save": _as_it_is,
    }
)
