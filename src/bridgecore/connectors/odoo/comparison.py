"""What Odoo can tell of a model without its content: bands by time of creation, keys, presence.

One grouped aggregate gives the bands (`read_group`, from 19 `formatted_read_group`), in UTC.
What a person's account can know of a record that a search does not find: up to 18 `exists` looks
past the record rules, so hidden and deleted are told apart. From 19 it is private; there `read`
refuses what the rules hide and leaves out what is gone. A record that a rule hides and that is
deleted later is then told as deleted at the next look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bridgecore.connectors.contract import Band, KeyState, Period, Presence, Span
from bridgecore.connectors.odoo.client import OdooClient
from bridgecore.connectors.odoo.errors import Kind, OdooError
from bridgecore.connectors.odoo.records import EVERYTHING, TIMEOUT, moment

FORMATTED_SINCE = 19
EXISTS_UNTIL = 18
KEYS_A_PAGE = 10_000

_CONTEXT: Mapping[str, Any] = {**EVERYTHING, "tz": "UTC"}
_NO_ID = 2**31
_FORMAT = "%Y-%m-%d %H:%M:%S"


class _Range(msgspec.Struct):
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class _KeyRow(msgspec.Struct):
    id: int
    write_date: str | bool = False
    active: bool = True


async def bands(client: OdooClient, model: str, period: Period, within: Span | None) -> list[Band]:
    """Bands that have records, by start. Raises `OdooError`."""
    major = (await client.account()).version.major
    group = f"create_date:{period.value}"
    domain = [["id", ">", 0], *_within(within)]
    if major >= FORMATTED_SINCE:
        raw = await client.call(
            model,
            "formatted_read_group",
            [],
            {
                "domain": domain,
                "groupby": [group],
                "aggregates": ["__count", "write_date:max"],
                "context": _CONTEXT,
            },
            timeout=TIMEOUT,
        )
        rows = msgspec.json.decode(raw, type=list[dict[str, Any]])
        found = [_formatted(row, period, group) for row in rows]
    else:
        raw = await client.call(
            model,
            "read_group",
            [],
            {
                "domain": domain,
                "fields": ["write_date:max"],
                "groupby": [group],
                "lazy": False,
                "context": _CONTEXT,
            },
            timeout=TIMEOUT,
        )
        rows = msgspec.json.decode(raw, type=list[dict[str, Any]])
        found = [_classic(row, group) for row in rows]
    kept = [band for band in found if band.count]
    # the one of records without a time first, as None sorts nowhere
    return sorted(kept, key=lambda band: band.span.start or datetime.min.replace(tzinfo=UTC))


def _classic(row: dict[str, Any], group: str) -> Band:
    # 15 names the range by the field, later versions by the whole term
    ranges = row.get("__range") or {}
    bounds = ranges.get(group) or ranges.get("create_date")
    span = Span()
    if bounds:
        limits = msgspec.convert(bounds, _Range)
        span = Span(moment(limits.start), moment(limits.end))
    return Band(span, _count(row), _latest(row.get("write_date")))


def _formatted(row: dict[str, Any], period: Period, group: str) -> Band:
    shown = row.get(group)
    span = period.span(_utc(shown[0])) if shown else Span()
    return Band(span, _count(row), _latest(row.get("write_date:max")))


def _count(row: dict[str, Any]) -> int:
    return msgspec.convert(row.get("__count"), int)


def _latest(shown: str | bool | None) -> datetime | None:
    # an aggregate may keep the fraction that records are shown without
    found = moment(shown or "")
    return found.replace(microsecond=0) if found else None


def _utc(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def band_keys(
    client: OdooClient, model: str, span: Span, *, archives: bool
) -> AsyncIterator[Sequence[KeyState]]:
    """Pages of a span's records by id; `archives`: the model has `active`. Raises `OdooError`."""
    after = 0
    fields = ["write_date", "active"] if archives else ["write_date"]
    while True:
        raw = await client.call(
            model,
            "search_read",
            [],
            {
                "domain": [["id", ">", after], *_within(span)],
                "fields": fields,
                "order": "id asc",
                "limit": KEYS_A_PAGE,
                "context": EVERYTHING,
            },
            timeout=TIMEOUT,
        )
        rows = msgspec.json.decode(raw, type=list[_KeyRow])
        if rows:
            after = rows[-1].id
            yield [KeyState(str(row.id), moment(row.write_date), row.active) for row in rows]
        if len(rows) < KEYS_A_PAGE:
            return


def ids_of(keys: Sequence[str]) -> list[int]:
    """The ids that keys stand for; what can't be an id stands for nothing."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= 10]
    return [number for number in numbers if number < _NO_ID]


async def presence(
    client: OdooClient, model: str, keys: Sequence[str], *, archives: bool
) -> dict[str, Presence]:
    """What has become of records, by key. Raises `OdooError`, also where all are hidden."""
    ids = ids_of(keys)
    found = dict.fromkeys(keys, Presence.DELETED)
    fields = ["active"] if archives else ["id"]
    raw = await client.call(
        model,
        "search_read",
        [],
        {"domain": [["id", "in", ids]], "fields": fields, "context": EVERYTHING},
        timeout=TIMEOUT,
    )
    for row in msgspec.json.decode(raw, type=list[_KeyRow]):
        found[str(row.id)] = Presence.PRESENT if row.active else Presence.ARCHIVED
    missing = [each for each in ids if found[str(each)] is Presence.DELETED]
    if missing:
        for each in await _hidden(client, model, missing):
            found[str(each)] = Presence.NOT_VISIBLE
    return found


async def _hidden(client: OdooClient, model: str, ids: list[int]) -> list[int]:
    """Those of unfound ids that are there all the same."""
    major = (await client.account()).version.major
    if major <= EXISTS_UNTIL:
        raw = await client.call(model, "exists", [ids], timeout=TIMEOUT)
        return msgspec.json.decode(raw, type=list[int])
    return await _refused(client, model, ids)


async def _refused(client: OdooClient, model: str, ids: list[int]) -> list[int]:
    """Those of ids whose reading the record rules refuse, found by halving."""
    try:
        # a stored column: Odoo may answer for `id` alone without looking
        await client.call(model, "read", [ids, ["write_date"]], timeout=TIMEOUT)
    except OdooError as error:
        if error.kind is not Kind.ACCESS_ERROR:
            raise
        if len(ids) == 1:
            return ids
        middle = len(ids) // 2
        return [
            *await _refused(client, model, ids[:middle]),
            *await _refused(client, model, ids[middle:]),
        ]
    return []


def _within(span: Span | None) -> list[Any]:
    if span is None:
        return []
    if span.start is None and span.end is None:
        return [["create_date", "=", False]]
    domain: list[Any] = []
    if span.start is not None:
        domain.append(["create_date", ">=", span.start.astimezone(UTC).strftime(_FORMAT)])
    if span.end is not None:
        domain.append(["create_date", "<", span.end.astimezone(UTC).strftime(_FORMAT)])
    return domain
