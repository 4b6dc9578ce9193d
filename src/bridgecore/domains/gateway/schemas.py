"""Requests of the gateway's operations, as existing apps send them.

Unknown members are ignored. What is only passed on to Odoo stays encoded (`Raw`), so a hot read
builds no Python objects from its domain. `connection` names one of several Odoo connections;
`fresh` asks for an answer that is not from the cache.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

Model = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=128, examples=["res.partner"])
]
Method = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128, examples=["search_read"])
]
RecordId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Ids = Annotated[list[RecordId], Meta(max_length=100_000)]
Names = Annotated[list[str], Meta(max_length=2_000)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Order = Annotated[str, Meta(max_length=1_000)]
Values = dict[str, Raw]

DEFAULT_LIMIT = 80


# made by functions, since JSON Schema can't show an encoded default


def _no_list() -> Raw:
    return Raw(b"[]")


def _no_object() -> Raw:
    return Raw(b"{}")


class GatewayRequest(msgspec.Struct, kw_only=True):
    """What every operation takes."""

    model: Model
    context: dict[str, Raw] | None = None
    connection: Annotated[str, Meta(max_length=100)] | None = None
    fresh: bool = False


class SearchRead(GatewayRequest, kw_only=True):
    """`limit` 0 means all; left out, it is 80 as in Odoo's own lists."""

    domain: Raw = msgspec.field(default_factory=_no_list)
    fields: Names | None = None
    limit: Count | None = DEFAULT_LIMIT
    offset: Count = 0
    order: Order | None = None


class Read(GatewayRequest, kw_only=True):
    ids: Ids
    fields: Names | None = None


class Create(GatewayRequest, kw_only=True):
    """`values`: one record, or a list of them."""

    values: Values | Annotated[list[Values], Meta(max_length=5_000)]


class Write(GatewayRequest, kw_only=True):
    ids: Ids
    values: Values


class Unlink(GatewayRequest, kw_only=True):
    ids: Ids


class Search(GatewayRequest, kw_only=True):
    domain: Raw = msgspec.field(default_factory=_no_list)
    limit: Count | None = DEFAULT_LIMIT
    offset: Count = 0
    order: Order | None = None


class SearchCount(GatewayRequest, kw_only=True):
    domain: Raw = msgspec.field(default_factory=_no_list)
    limit: Count | None = None


class Copy(GatewayRequest, kw_only=True):
    id: RecordId
    default: Values | None = None


class NameSearch(GatewayRequest, kw_only=True):
    """The filter is `domain`, or `args` as older apps call it."""

    name: Annotated[str, Meta(max_length=1_000)] = ""
    domain: Raw | UnsetType = UNSET
    args: Raw | UnsetType = UNSET
    operator: Annotated[str, Meta(max_length=20)] = "ilike"
    limit: Count | None = 100


class NameGet(GatewayRequest, kw_only=True):
    ids: Ids


class NameCreate(GatewayRequest, kw_only=True):
    name: Annotated[str, Meta(max_length=1_000)]


class Onchange(GatewayRequest, kw_only=True):
    """`field` and `spec` as existing apps send them, or `field_name` and `field_onchange`."""

    ids: Ids = []
    values: dict[str, Any] = {}
    field: str | list[str] | None = None
    field_name: str | list[str] | None = None
    spec: dict[str, Any] | None = None
    field_onchange: dict[str, Any] | None = None


class ReadGroup(GatewayRequest, kw_only=True):
    domain: Raw = msgspec.field(default_factory=_no_list)
    fields: Names = []
    groupby: str | Names = []
    offset: Count = 0
    limit: Count | None = None
    orderby: Order | bool | None = None
    lazy: bool = True


class DefaultGet(GatewayRequest, kw_only=True):
    fields: Names = []


class FieldsGet(GatewayRequest, kw_only=True):
    """`fields`, or `allfields` as Odoo calls it; left out: all."""

    fields: Names | None = None
    allfields: Names | None = None
    attributes: Names | None = None


class FieldsViewGet(GatewayRequest, kw_only=True):
    view_id: RecordId | bool | None = None
    view_type: Annotated[str, Meta(max_length=20)] = "form"
    toolbar: bool = False
    submenu: bool = False


class GetView(GatewayRequest, kw_only=True):
    view_id: RecordId | bool | None = None
    view_type: Annotated[str, Meta(max_length=20)] = "form"
    toolbar: bool = False


ViewRequest = tuple[RecordId | bool | None, Annotated[str, Meta(max_length=20)]]


class LoadViews(GatewayRequest, kw_only=True):
    """`views`: pairs of view id (null or false for the default one) and type."""

    views: Annotated[list[ViewRequest], Meta(max_length=20)]
    options: dict[str, Any] | None = None


class WebSearchRead(GatewayRequest, kw_only=True):
    """`fields` as a list of names, or Odoo's nested `specification`."""

    domain: Raw = msgspec.field(default_factory=_no_list)
    fields: Names | None = None
    specification: dict[str, Any] | None = None
    limit: Count | None = DEFAULT_LIMIT
    offset: Count = 0
    order: Order | None = None
    count_limit: Count | None = None


class WebRead(GatewayRequest, kw_only=True):
    ids: Ids
    fields: Names | None = None
    specification: dict[str, Any] | None = None


class WebSave(GatewayRequest, kw_only=True):
    """`records`: each with its `id`, 0 or none to create. Or `ids` with one set of `values`."""

    records: Annotated[list[dict[str, Raw]], Meta(max_length=1_000)] | None = None
    ids: Ids | None = None
    values: Values | None = None
    specification: dict[str, Any] | None = None


class CheckAccessRights(GatewayRequest, kw_only=True):
    operation: Annotated[str, Meta(pattern="^(create|read|write|unlink)$")] = "read"
    raise_exception: bool = False


class Exists(GatewayRequest, kw_only=True):
    ids: Ids


class CallKw(GatewayRequest, kw_only=True):
    """Any method; the context travels in `kwargs.context`."""

    method: Method
    args: Raw = msgspec.field(default_factory=_no_list)
    kwargs: Raw = msgspec.field(default_factory=_no_object)


class CallMethod(GatewayRequest, kw_only=True):
    """Any method; `ids`, where given, come before `args`."""

    method: Method
    ids: Ids | None = None
    args: list[Raw] | None = None
    kwargs: dict[str, Raw] | None = None


class Action(GatewayRequest, kw_only=True):
    """A button of the form view, on these records."""

    ids: Ids


class BatchCreate(GatewayRequest, kw_only=True):
    values_list: Annotated[list[Values], Meta(min_length=1, max_length=1_000)]


class BatchUpdate(msgspec.Struct):
    id: RecordId
    values: Values


class BatchWrite(GatewayRequest, kw_only=True):
    updates: Annotated[list[BatchUpdate], Meta(min_length=1, max_length=200)]


class BatchUnlink(GatewayRequest, kw_only=True):
    ids: Annotated[list[RecordId], Meta(min_length=1, max_length=5_000)]


# decoded one by one, so that a batch can answer for each
BatchItem = Annotated[Raw, Meta(extra_json_schema={"type": "object"})]


class BatchExecute(msgspec.Struct, kw_only=True):
    """`operations`: each names its `method` (an operation of this API) beside its own members."""

    operations: Annotated[list[BatchItem], Meta(min_length=1, max_length=50)]


class Batch(msgspec.Struct, kw_only=True):
    """`operations`: each names its `operation` beside its own members.

    `stop_on_error`: those behind the first failure are not tried. Odoo has no transaction over
    several calls, so what was done before it stays done; each answer says what became of it.
    """

    operations: Annotated[list[BatchItem], Meta(min_length=1, max_length=50)]
    stop_on_error: bool = False
