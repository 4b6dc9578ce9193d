"""View descriptions across versions: `fields_view_get` and `load_views` became `get_views` in 16.

List views are of type `tree` up to 17 and `list` from 18; callers may use either name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from bridgecore.connectors.odoo.request import Request


def get_view(major: int, request: Request) -> None:
    """Up to 15 asked as `fields_view_get`; `id`, `arch` and `fields` are there on all."""
    view_id = request.take(0, "view_id") or False
    view_type = request.take(0, "view_type", default="form")
    request.args = [view_id, _type_name(major, view_type)]
    if major <= 15:
        request.method = "fields_view_get"
        request.keep("toolbar", "submenu", "context")
        request.finish = _id_beside_view_id


def fields_view_get(major: int, request: Request) -> None:
    """From 16 asked as `get_views`, which still tells the fields' descriptions."""
    view_id = request.take(0, "view_id") or False
    view_type = request.take(0, "view_type", default="form")
    toolbar = bool(request.take(0, "toolbar"))
    submenu = bool(request.take(0, "submenu"))
    request.keep("context")
    name = _type_name(major, view_type)
    if major <= 15:
        request.args = [view_id, name, toolbar, submenu]
        return
    request.method = "get_views"
    request.args = [[[view_id, name]], {"toolbar": toolbar}]
    request.finish = _one_view(name)


def get_views(major: int, request: Request) -> None:
    """Up to 15 asked as `load_views`, whose answer names the same things differently."""
    asked = _asked_views(request)
    options = request.take(0, "options") or {}
    request.args = [_named_for(major, asked), options]
    names = _back_names(major, asked)
    if major <= 15:
        request.method = "load_views"
        request.finish = _loaded_as_views(names)
    elif names:
        request.finish = _renamed_views("views", names)


def load_views(major: int, request: Request) -> None:
    """From 16 asked as `get_views`; the answer is `load_views`' `fields_views` and `fields`."""
    asked = _asked_views(request)
    options = request.take(0, "options") or {}
    request.args = [_named_for(major, asked), options]
    names = _back_names(major, asked)
    if major >= 16:
        request.method = "get_views"
        request.finish = _views_as_loaded(names)
    elif names:
        request.finish = _renamed_views("fields_views", names)


def _asked_views(request: Request) -> list[list[Any]]:
    return [[view_id or False, kind] for view_id, kind in request.take(0, "views") or []]


def _type_name(major: int, view_type: str) -> str:
    if major >= 18:
        return "list" if view_type == "tree" else view_type
    return "tree" if view_type == "list" else view_type


def _named_for(major: int, asked: list[list[Any]]) -> list[list[Any]]:
    return [[view_id, _type_name(major, view_type)] for view_id, view_type in asked]


def _back_names(major: int, asked: list[list[Any]]) -> dict[str, str]:
    return {
        _type_name(major, view_type): view_type
        for _, view_type in asked
        if _type_name(major, view_type) != view_type
    }


def _fields_of(models: dict[str, Any], model: str | None = None) -> dict[str, Any]:
    """The field descriptions of the asked model: bare in 16, under `fields` from 17."""
    described: dict[str, Any] = models.get(model or "") or next(iter(models.values()), {})
    fields = described.get("fields")
    # A model can have a field called "fields", whose type is text; one called "type" has a dict.
    if isinstance(fields, dict) and not isinstance(fields.get("type"), str):
        return fields
    return described


def _id_beside_view_id(result: bytes) -> bytes:
    view = msgspec.json.decode(result)
    view.setdefault("id", view.get("view_id", False))
    return msgspec.json.encode(view)


def _one_view(name: str) -> Callable[[bytes], bytes]:
    def finish(result: bytes) -> bytes:
        answer = msgspec.json.decode(result)
        view = dict(answer["views"][name])
        view["view_id"] = view.get("id", False)
        view.setdefault("type", name)
        view["fields"] = _fields_of(answer.get("models", {}), view.get("model"))
        return msgspec.json.encode(view)

    return finish


def _renamed_views(key: str, names: dict[str, str]) -> Callable[[bytes], bytes]:
    def finish(result: bytes) -> bytes:
        answer = msgspec.json.decode(result)
        answer[key] = {names.get(name, name): view for name, view in answer[key].items()}
        return msgspec.json.encode(answer)

    return finish


def _views_as_loaded(names: dict[str, str]) -> Callable[[bytes], bytes]:
    def finish(result: bytes) -> bytes:
        answer = msgspec.json.decode(result)
        models = answer.get("models", {})
        loaded: dict[str, Any] = {}
        filters: list[Any] = []
        fields: dict[str, Any] = {}
        for name, found in answer["views"].items():
            view = dict(found)
            view["view_id"] = view.get("id", False)
            view["fields"] = _fields_of(models, view.get("model"))
            fields = fields or view["fields"]
            filters = filters or view.get("filters") or []
            loaded[names.get(name, name)] = view
        return msgspec.json.encode({"fields_views": loaded, "fields": fields, "filters": filters})

    return finish


def _loaded_as_views(names: dict[str, str]) -> Callable[[bytes], bytes]:
    def finish(result: bytes) -> bytes:
        answer = msgspec.json.decode(result)
        views: dict[str, Any] = {}
        models: dict[str, Any] = {}
        for name, found in answer["fields_views"].items():
            view = dict(found)
            view["id"] = view.get("view_id", False)
            if view.get("model"):
                models[view["model"]] = {"fields": answer.get("fields", {})}
            if name == "search" and answer.get("filters"):
                view["filters"] = answer["filters"]
            views[names.get(name, name)] = view
        return msgspec.json.encode({"views": views, "models": models})

    return finish
