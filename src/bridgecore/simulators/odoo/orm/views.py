"""Views: plain but complete arches for every model, and the metadata around them."""

from __future__ import annotations

from html import escape
from typing import Any

from bridgecore.simulators.odoo.errors import UserError

from . import access, description
from .environment import Environment
from .fields import Field, Row
from .model import Method, Model, on_model

_COLUMNS = 8
_HIDDEN = frozenset({"create_uid", "create_date", "write_uid", "write_date", "display_name", "id"})
_TYPES = frozenset(
    {"form", "list", "tree", "kanban", "search", "pivot", "graph", "calendar", "activity"}
)


def _shown(model: Model, *, lines: bool) -> list[Field]:
    return [
        item
        for name, item in model.fields.items()
        if name not in _HIDDEN
        and item.type not in ("binary", "json")
        and not item.groups
        and (lines or item.type not in ("one2many", "many2many", "html", "text"))
    ]


def arch(env: Environment, model: Model, kind: str) -> tuple[str, list[str]]:
    """The XML of a view and the fields it names."""
    if kind not in _TYPES:
        raise UserError(f"No default view of type '{kind}' could be found!")
    tag = "tree" if kind in ("list", "tree") and env.version < 18 else kind
    label = escape(model.label, quote=True)
    if kind in ("list", "tree"):
        names = [item.name for item in _shown(model, lines=False)[:_COLUMNS]]
        tag = "tree" if env.version < 18 else "list"
        body = "".join(f'<field name="{name}"/>' for name in names)
        return f'<{tag} string="{label}">{body}</{tag}>', names
    if kind == "form":
        return _form(env, model, label)
    if kind == "search":
        names = [item.name for item in _shown(model, lines=False)[:_COLUMNS] if item.searchable]
        body = "".join(f'<field name="{name}"/>' for name in names)
        if model.has_active:
            body += (
                '<filter name="inactive" string="Archived" domain="[(\'active\', \'=\', False)]"/>'
            )
        return f'<search string="{label}">{body}</search>', names
    if kind == "kanban":
        name = model.rec_name if model.rec_name in model.fields else "display_name"
        card = f'<templates><t t-name="card"><field name="{name}"/></t></templates>'
        return f"<kanban>{card}</kanban>", [name]
    names = [item.name for item in _shown(model, lines=False) if item.stored][:2]
    extra = f' date_start="{_date(model)}"' if kind == "calendar" else ""
    body = "".join(f'<field name="{name}"/>' for name in names)
    return f'<{kind} string="{label}"{extra}>{body}</{kind}>', names


def _date(model: Model) -> str:
    dated = [n for n, f in model.fields.items() if f.type in ("date", "datetime") and f.stored]
    return dated[0] if dated else "create_date"


def _form(env: Environment, model: Model, label: str) -> tuple[str, list[str]]:
    fields = _shown(model, lines=True)
    flat = [item for item in fields if item.type not in ("one2many", "many2many", "html", "text")]
    wide = [item for item in fields if item not in flat]
    head = ""
    if state := next((item for item in flat if item.name == "state"), None):
        buttons = [
            name for name in env.registry.method_names(model.name) if _is_button(env, model, name)
        ]
        head = "".join(
            f'<button name="{name}" type="object" string="{_words(name)}"/>' for name in buttons
        )
        head = f'<header>{head}<field name="{state.name}" widget="statusbar"/></header>'
        flat.remove(state)
    half = (len(flat) + 1) // 2
    columns = "".join(
        "<group>" + "".join(f'<field name="{item.name}"/>' for item in part) + "</group>"
        for part in (flat[:half], flat[half:])
    )
    pages = "".join(
        f'<page string="{escape(item.string, quote=True)}" name="{item.name}">'
        f'<field name="{item.name}"/></page>'
        for item in wide
    )
    book = f"<notebook>{pages}</notebook>" if pages else ""
    body = f"{head}<sheet><group>{columns}</group>{book}</sheet>"
    names = [item.name for item in (*flat, *wide)] + (["state"] if state else [])
    return f'<form string="{label}">{body}</form>', names


def _is_button(env: Environment, model: Model, name: str) -> bool:
    method = env.registry.method(model.name, name)
    return bool(method and method.model == model.name and name.startswith(("action_", "button_")))


def _words(name: str) -> str:
    return name.partition("_")[2].replace("_", " ").title()


def _id(env: Environment, model: Model, kind: str, wanted: Any) -> int:
    """A number for the view, the same for every call."""
    if isinstance(wanted, int) and wanted and not isinstance(wanted, bool):
        return wanted
    return model.id * 10 + sorted(_TYPES).index(kind)


def _canonical(env: Environment, kind: str) -> str:
    return "list" if kind == "tree" and env.version >= 18 else kind


def get_view(
    env: Environment,
    model: Model,
    view_id: Any = None,
    view_type: str = "form",
    **options: Any,
) -> Row:
    """One view with the models and fields it needs."""
    access.check_model(env, model, "read")
    xml, names = arch(env, model, view_type)
    view: Row = {"arch": xml, "id": _id(env, model, view_type, view_id), "model": model.name}
    view["models"] = {model.name: sorted({*names, "id", "write_date"})}
    return view


def get_views(
    env: Environment, model: Model, views: list[Any], options: dict[str, Any] | None = None
) -> Row:
    """Several views with the descriptions of all their fields."""
    access.check_model(env, model, "read")
    found: Row = {}
    for wanted, kind in views:
        name = "tree" if kind == "list" and env.version < 18 else _canonical(env, kind)
        xml, _ = arch(env, model, kind)
        view: Row = {"arch": xml, "id": _id(env, model, name, wanted), "custom_view_id": None}
        if kind == "search" and (options or {}).get("load_filters"):
            view["filters"] = []
        if (options or {}).get("toolbar"):
            view["toolbar"] = {}
        found[kind] = view
    fields = description.fields(env, model, None, None)
    models: Row = {model.name: {"fields": fields} if env.version >= 18 else fields}
    return {"views": found, "models": models}


def fields_view_get(
    env: Environment,
    model: Model,
    view_id: Any = None,
    view_type: str = "form",
    toolbar: bool = False,
    submenu: bool = False,
) -> Row:
    """One view with its fields, up to 16."""
    access.check_model(env, model, "read")
    xml, names = arch(env, model, view_type)
    view: Row = {
        "arch": xml,
        "model": model.name,
        "name": f"{model.name}.{view_type}",
        "type": view_type,
        "view_id": _id(env, model, view_type, view_id),
        "base_model": model.name,
        "field_parent": False,
        "fields": description.fields(env, model, names, None),
    }
    if toolbar:
        view["toolbar"] = {"print": [], "action": [], "relate": []}
    return view


def load_views(
    env: Environment, model: Model, views: list[Any], options: dict[str, Any] | None = None
) -> Row:
    """Several views, up to 15."""
    found = {kind: fields_view_get(env, model, wanted, kind) for wanted, kind in views}
    result: Row = {"fields_views": found, "fields": description.fields(env, model, None, None)}
    if (options or {}).get("load_filters"):
        result["filters"] = []
    return result


METHODS: tuple[Method, ...] = (
    on_model("*", get_view, since=16),
    on_model("*", get_views, since=16),
    on_model("*", fields_view_get, until=16),
    on_model("*", load_views, until=15),
)
