"""The parameters of the ORM methods that callers use by position, as Odoo 19 names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Signature(NamedTuple):
    """A method's parameters after the record ids. `on_model`: it takes no ids (`@api.model`)."""

    parameters: tuple[str, ...]
    on_model: bool = False


def _model(*parameters: str) -> Signature:
    return Signature(parameters, on_model=True)


def _records(*parameters: str) -> Signature:
    return Signature(parameters)


SIGNATURES: Mapping[str, Signature] = MappingProxyType(
    {
        "search": _model("domain", "offset", "limit", "order"),
        "search_count": _model("domain", "limit"),
        "search_read": _model("domain", "fields", "offset", "limit", "order"),
        "read": _records("fields", "load"),
        "create": _model("vals_list"),
        "write": _records("vals"),
        "unlink": _records(),
        "copy": _records("default"),
        "exists": _records(),
        "name_get": _records(),
        "name_search": _model("name", "domain", "operator", "limit"),
        "name_create": _model("name"),
        "default_get": _model("fields"),
        "fields_get": _model("allfields", "attributes"),
        "read_group": _model("domain", "fields", "groupby", "offset", "limit", "orderby", "lazy"),
        "formatted_read_group": _model(
            "domain", "groupby", "aggregates", "having", "offset", "limit", "order"
        ),
        "web_read_group": _model("domain", "groupby", "aggregates", "limit", "offset", "order"),
        "web_search_read": _model(
            "domain", "specification", "offset", "limit", "order", "count_limit"
        ),
        "web_read": _records("specification"),
        "web_save": _records("vals", "specification", "next_id"),
        "check_access_rights": _model("operation", "raise_exception"),
        "has_access": _records("operation"),
        "onchange": _records("values", "field_names", "fields_spec"),
        "get_view": _model("view_id", "view_type"),
        "get_views": _model("views", "options"),
        "load": _model("fields", "data"),
        "export_data": _records("fields_to_export"),
        "get_metadata": _records(),
        "get_external_id": _records(),
        "message_post": _records(),
        "action_archive": _records(),
        "action_unarchive": _records(),
        "toggle_active": _records(),
        "context_get": _model(),
    }
)
