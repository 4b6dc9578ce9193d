"""Reads workflows, tags and projects: lists that n8n gives whole, without telling what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from bridgecore.connectors.contract import Change, Checkpoint, Page
from bridgecore.connectors.errors import CheckpointExpired
from bridgecore.connectors.n8n.client import PAGE_SIZE, N8nClient
from bridgecore.connectors.n8n.errors import Kind, N8nError
from bridgecore.connectors.n8n.projection import projected


@dataclass(frozen=True, slots=True)
class Source:
    """Where a list is, and what is asked of it. `archived` is the field that says so, if any."""

    path: str
    query: Mapping[str, str]
    archived: str | None = None


SOURCES = {
    "workflow": Source("/workflows", {"excludePinnedData": "true"}, archived="isArchived"),
    "tag": Source("/tags", {}),
    "project": Source("/projects", {}),
}

_READS_TO_AGREE = 4


class Place(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How far a list is read; without a cursor, wholly."""

    list: str
    cursor: str | None = None
    version: int = 1

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(msgspec.json.encode(self).decode())


class _Trigger(msgspec.Struct):
    name: str = ""
    type: str = ""
    disabled: bool = False
    parameters: dict[str, Any] = {}


class _Head(msgspec.Struct, rename="camel"):
    id: str | int
    updated_at: str | None = None
    is_archived: bool = False
    nodes: list[_Trigger] = []


_HEAD = msgspec.json.Decoder(_Head)


async def read(
    client: N8nClient,
    name: str,
    since: Checkpoint | None,
    fields: Sequence[str],
    *,
    page_size: int = PAGE_SIZE,
) -> AsyncIterator[Page]:
    """Every record with the given fields. Raises `N8nError` and `CheckpointExpired`."""
    source = SOURCES[name]
    cursor = _cursor(name, since)
    while True:
        try:
            listing = await client.page(source.path, source.query, cursor=cursor, limit=page_size)
        except N8nError as error:
            if error.kind is not Kind.BAD_CURSOR:
                raise
            raise CheckpointExpired("n8n no longer knows where this read stood.") from None
        cursor = listing.next_cursor
        changes = tuple(_change(bytes(raw), fields) for raw in listing.data)
        yield Page(changes, Place(name, cursor).checkpoint())
        if cursor is None:
            return


async def list_keys(
    client: N8nClient, name: str, *, page_size: int = PAGE_SIZE
) -> AsyncIterator[Sequence[str]]:
    """Pages of every key.

    n8n pages these lists by counting, so a change while several pages are read can hide a record;
    they are read until two readings agree.
    """
    before: list[list[str]] = []
    for _ in range(_READS_TO_AGREE):
        pages = [
            [str(_HEAD.decode(raw).id) for raw in listing.data]
            async for listing in client.pages(
                SOURCES[name].path, SOURCES[name].query, limit=page_size
            )
        ]
        if len(pages) == 1 or _keys(pages) == _keys(before):
            break
        before = pages
    seen: set[str] = set()
    for page in pages:
        keys = [key for key in page if key not in seen]
        seen.update(keys)
        if keys:
            yield keys


def _keys(pages: Sequence[Sequence[str]]) -> set[str]:
    return {key for page in pages for key in page}


def _change(raw: bytes, fields: Sequence[str]) -> Change:
    head = _HEAD.decode(raw)
    data = projected(raw, fields)
    if "triggers" in fields:
        triggers = msgspec.json.encode(list(_triggers(head.nodes)))
        data = data[:-1] + (b"," if len(data) > 2 else b"") + b'"triggers":' + triggers + b"}"
    changed_at = datetime.fromisoformat(head.updated_at) if head.updated_at else None
    return Change(str(head.id), data, changed_at, is_active=not head.is_archived)


def _triggers(nodes: Sequence[_Trigger]) -> Iterator[Mapping[str, Any]]:
    """The steps that start a workflow by itself; of a schedule, its rule too."""
    for node in nodes:
        kind = node.type.rpartition(".")[2]
        if kind == "webhook" or "trigger" in kind.lower() or kind in ("cron", "interval"):
            told: dict[str, Any] = {
                "name": node.name,
                "type": node.type,
                "disabled": node.disabled,
            }
            # the parameters of other triggers can hold what is nobody's business
            for rule in ("rule", "triggerTimes", "interval", "unit"):
                if kind in ("scheduleTrigger", "cron", "interval") and rule in node.parameters:
                    told[rule] = node.parameters[rule]
            yield told


def _cursor(name: str, since: Checkpoint | None) -> str | None:
    if since is None:
        return None
    try:
        place = msgspec.json.decode(since, type=Place)
    except (msgspec.DecodeError, ValueError):
        raise CheckpointExpired("This checkpoint is not one of n8n's lists.") from None
    if place.version != 1 or place.list != name:
        raise CheckpointExpired("This checkpoint is of another list.")
    return place.cursor
