"""One call of Odoo, and what making it amounts to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Raw


class Access(StrEnum):
    """What a call needs the permission for: `gateway:<access>`."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    METHOD = "method"


class OdooCall(NamedTuple):
    """One call as the connector takes it.

    `fields`: names a read asked for, or how to find them out; errors are worded by them.
    `digests`: of a call that is kept for its repeats, what names it in the cache, by identity.
    """

    model: str
    method: str
    args: list[Any] | Raw
    kwargs: dict[str, Any] | Raw
    access: Access
    fields: list[str] | Callable[[], list[str] | None] | None = None
    cacheable: bool = False
    digests: dict[str, bytes] | None = None


READS: Mapping[str, bool] = MappingProxyType(
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
    if method in READS:
        return Access.READ
    if method in _WRITES:
        return Access.WRITE
    return Access.DELETE if method == "unlink" else Access.METHOD
