"""Reading in order of change, on both ways Odoo compares times, while records keep changing."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridgecore.connectors.contract import Checkpoint, EntityFlag, Pace, Period, Presence
from bridgecore.connectors.odoo import OdooClient, OdooConnector, OdooError, discovery
from bridgecore.connectors.odoo.changes import read
from bridgecore.connectors.testing import ConnectorContract
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy

START = datetime.fromisoformat("2026-03-01 12:00:00")


def shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Table:
    """A model's rows with stored microseconds; compares as up to 18 or as 19 (odoo.md, 9)."""

    refused: Any
    major: int = 17
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    now: datetime = START
    queries: list[list[Any]] = field(default_factory=list)
    before_query: Any = None
    readable: bool = True
    lists_models: bool = True
    broken: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)

    def put(self, key: int, at: datetime | None = None, **values: Any) -> None:
        new = {"id": key, "name": f"n{key}", "active": True, "create_date": at or self.now}
        self.rows.setdefault(key, new)
        self.rows[key] |= {"write_date": at or self.now, **values}

    def handle(self, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if model in ("ir.model", "ir.model.fields"):
            if not self.lists_models:
                raise self.refused("odoo.exceptions.AccessError", "You are not allowed")
            times = ["write_date", "create_date", "active"]
            names = times if model == "ir.model.fields" else ["Thing"]
            return [{"model": "x.thing", "name": name} for name in names]
        if model != "x.thing":
            raise self.refused("odoo.exceptions.UserError", f"Object {model} doesn't exist")
        if method == "check_access_rights":
            return self.readable
        if method == "fields_get":
            kinds = {
                "name": "char",
                "active": "boolean",
                "write_date": "datetime",
                "create_date": "datetime",
                "image": "binary",
                "access_token": "char",
            }
            return {name: {"type": kind, "string": name} for name, kind in kinds.items()}
        if method in ("read", "exists"):
            if method == "exists":
                assert self.major <= 18
                return [key for key in args[0] if key in self.rows]
            ids = args[0] if args else kwargs["ids"]
            fields = args[1] if len(args) > 1 else kwargs["fields"]
            if self.hidden & set(ids):
                raise self.refused("odoo.exceptions.AccessError", "You are not allowed")
            return self._shown([self.rows[key] for key in ids if key in self.rows], fields)
        domain = kwargs["domain"] if not args else args[0]
        assert kwargs["context"]["active_test"] is False
        if self.before_query:
            self.before_query()
        self.queries.append(domain)
        seen = [row for key, row in self.rows.items() if key not in self.hidden]
        found = [row for row in seen if self._holds(row, domain)]
        if method.endswith("read_group"):
            return self._grouped(found, kwargs)
        for part in reversed(kwargs.get("order", "id asc").split(", ")):
            name, direction = part.split()
            found.sort(key=lambda row: row[name], reverse=direction == "desc")
        found = found[: kwargs.get("limit")]
        if method == "search":
            return [row["id"] for row in found]
        return self._shown(found, kwargs["fields"])

    def _shown(self, rows: list[dict[str, Any]], fields: list[str]) -> list[dict[str, Any]]:
        assert not {"image", "access_token"} & set(fields)
        if "name" in fields and self.broken & {row["id"] for row in rows}:
            raise self.refused("builtins.ZeroDivisionError", "float division by zero")
        times = ("write_date", "create_date")
        return [
            {
                "id": row["id"],
                **{name: shown(row[name]) if name in times else row[name] for name in fields},
            }
            for row in rows
        ]

    def _grouped(self, rows: list[dict[str, Any]], kwargs: dict[str, Any]) -> Any:
        assert kwargs["context"]["tz"] == "UTC"
        (group,) = kwargs["groupby"]
        period = Period(group.partition(":")[2])
        form = {"year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d"}
        starts: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            start = row["create_date"].strftime(form.get(period, "%Y-%m-%d %H:00:00"))
            starts.setdefault(start, []).append(row)
        answer = []
        for start, members in starts.items():
            span = period.span(datetime.fromisoformat(start))
            bounds = {"from": shown(span.start), "to": shown(span.end)}
            latest = shown(max(row["write_date"] for row in members))
            if self.major >= 19:
                shape = {group: [bounds["from"], "label"], "write_date:max": latest}
            else:
                shape = {group: "label", "__range": {group: bounds}, "write_date": latest}
            answer.append({**shape, "__count": len(members)})
        return answer

    def _holds(self, row: dict[str, Any], domain: list[Any]) -> bool:
        terms = iter(domain)
        return all(
            self._matches(row, next(terms)) | self._matches(row, next(terms))
            if term == "|"
            else self._matches(row, term)
            for term in terms
        )

    def _matches(self, row: dict[str, Any], term: list[Any]) -> bool:
        name, operator, value = term
        stored = row[name]
        if name in ("write_date", "create_date"):
            if value is False:
                return stored is not None
            value = datetime.fromisoformat(value)
            if self.major >= 19:
                stored = stored.replace(microsecond=0)
        match operator:
            case ">=":
                return stored >= value
            case "<":
                return stored < value
            case ">":
                return stored > value
            case "in":
                return stored in value
            case "not in":
                return stored not in value
        raise AssertionError(operator)


@pytest.fixture(params=[17, 19])
async def table(request, odoo, refused):
    odoo.version = f"{request.param}.0"
    held = Table(refused, request.param)
    odoo.handle = held.handle
    return held


@pytest.fixture
async def client(odoo, http):
    return OdooClient(odoo.identity(), http)


FIELDS = ("name", "write_date", "active")


async def all_of(client, since=None, *, page_size=4, overlap=timedelta(minutes=10)):
    """Keys in order of arrival, and the place after them."""
    keys = []
    place = since
    pages = read(client, "x.thing", FIELDS, since, pace=Pace(page_size), overlap=overlap)
    async for page in pages:
        keys += [int(change.key) for change in page.changes]
        place = page.checkpoint
    return keys, place


async def test_the_first_read_goes_by_id_and_brings_each_once(table, client):
    for key in range(1, 11):
        table.put(key, START + timedelta(seconds=11 - key))
    keys, _ = await all_of(client)
    assert keys == list(range(1, 11))


async def test_an_empty_table_has_a_place_to_start_from(table, client):
    keys, place = await all_of(client)
    assert keys == []
    table.put(1)
    assert (await all_of(client, place))[0] == [1]


async def test_a_change_is_its_record_as_it_is(table, client):
    table.put(5, START + timedelta(microseconds=123456), name="Жанна", active=False)
    pages = [page async for page in read(client, "x.thing", FIELDS, None)]
    (change,) = pages[0].changes
    assert change.changed_at == START.replace(tzinfo=UTC)
    assert not change.is_active
    assert json.loads(change.data) == {
        "id": 5,
        "name": "Жанна",
        "active": False,
        "write_date": "2026-03-01 12:00:00",
    }


async def test_boundary_rows_are_not_lost_within_their_second(table, client):
    table.put(1, START + timedelta(microseconds=100))
    _, place = await all_of(client)
    table.put(2, START + timedelta(microseconds=900_000))
    assert set((await all_of(client, place, overlap=timedelta(0)))[0]) == {1, 2}


@pytest.mark.parametrize("count", [3, 4, 5, 8, 9, 23])
async def test_one_transaction_larger_than_a_page(table, client, count):
    _, place = await all_of(client)
    moment = START + timedelta(microseconds=7)
    for key in range(1, count + 1):
        table.put(key, moment)
    table.put(100, START - timedelta(seconds=5))
    table.put(101, START + timedelta(seconds=5))
    keys, place = await all_of(client, place)
    assert sorted(keys) == [*range(1, count + 1), 100, 101]
    assert json.loads(place)["time"] == shown(START + timedelta(seconds=5))


async def test_no_change_is_read_twice_for_sharing_its_second_with_the_end_of_a_page(table, client):
    _, place = await all_of(client)
    for key in range(1, 31):
        table.put(key, START + timedelta(milliseconds=300 * key))
    keys, _ = await all_of(client, place, page_size=7)
    assert keys == list(range(1, 31))


async def test_what_changes_again_within_a_read_comes_again(table, client):
    _, place = await all_of(client)
    for key in range(1, 9):
        table.put(key, START + timedelta(milliseconds=100 * key))
    changed = []

    def change_once() -> None:
        if len(table.queries) == asked + 2 and not changed:
            changed.append(3)
            table.put(3, START + timedelta(seconds=5))

    asked = len(table.queries)
    table.before_query = change_once
    keys, place = await all_of(client, place, page_size=5)
    table.before_query = None
    again, _ = await all_of(client, place, page_size=5)
    assert changed
    assert set(keys) == set(range(1, 9))
    assert 3 in again


async def test_a_long_transaction_commits_behind_the_place(table, client):
    table.put(1, START)
    _, place = await all_of(client)
    table.put(2, START - timedelta(minutes=9))
    assert 2 in (await all_of(client, place))[0]


async def test_reads_without_news_stay_where_they_are(table, client):
    table.put(1, START)
    _, place = await all_of(client)
    del table.rows[1]
    for _ in range(5):
        _, place = await all_of(client, place)
    assert json.loads(place)["time"] == shown(START)


async def test_a_read_ends_though_changes_go_on(table, client):
    _, place = await all_of(client)
    for key in range(1, 13):
        table.put(key, START + timedelta(seconds=key))

    def busy():
        table.now += timedelta(seconds=30)
        table.put(len(table.rows) + 1)
        table.put(len(table.rows) + 1)

    table.now = START + timedelta(minutes=1)
    table.before_query = busy
    keys, place = await all_of(client, place)
    assert len(table.queries) < 40
    table.before_query = None
    later, _ = await all_of(client, place)
    assert set(keys) | set(later) == set(table.rows)


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_ever_missed(table, client, seed):
    """Random bursts of changes between and during reads, interrupted at random places."""
    dice = random.Random(seed)
    copy: dict[int, str] = {}

    def burst():
        table.now += timedelta(seconds=dice.choice([0, 0, 1, 40]), microseconds=dice.randrange(999))
        moment = table.now - timedelta(seconds=dice.choice([0, 0, 0, 120]))
        for key in dice.choices(range(1, 40), k=dice.choice([1, 2, 15])):
            table.put(key, moment, name=f"v{dice.random()}")

    table.before_query = lambda: dice.random() < 0.3 and burst()
    place: Checkpoint | None = None
    for _ in range(25):
        burst()
        async for page in read(
            client, "x.thing", FIELDS, place, pace=Pace(dice.choice([2, 5, 50]))
        ):
            for change in page.changes:
                copy[int(change.key)] = json.loads(change.data)["name"]
            place = page.checkpoint
            if dice.random() < 0.2:
                break
    table.before_query = None
    for _ in range(2):
        async for page in read(client, "x.thing", FIELDS, place, pace=Pace(7)):
            for change in page.changes:
                copy[int(change.key)] = json.loads(change.data)["name"]
            place = page.checkpoint
    assert copy == {key: row["name"] for key, row in table.rows.items()}


async def test_a_broken_record_is_set_aside_and_the_rest_is_read(table, client):
    _, place = await all_of(client)
    for key in range(1, 31):
        table.put(key, START + timedelta(seconds=key))
    table.broken = {3, 17, 30}
    for since in (None, place):
        read_keys, aside = [], {}
        async for page in read(client, "x.thing", FIELDS, since, pace=Pace(10)):
            read_keys += [int(change.key) for change in page.changes]
            aside |= {each.key: each.reason for each in page.set_aside}
        assert sorted(read_keys) == [key for key in range(1, 31) if key not in table.broken]
        assert set(aside) == {"3", "17", "30"}
        assert "division by zero" in aside["3"]


async def test_when_every_record_fails_it_is_no_fault_of_records(table, client):
    for key in range(1, 61):
        table.put(key)
    table.broken = set(range(1, 61))
    with pytest.raises(OdooError, match="division by zero"):
        await all_of(client, page_size=60)


async def test_a_page_too_large_is_asked_for_in_smaller_ones(table, odoo):
    for key in range(1, 13):
        table.put(key, name="x" * 300)
    table.put(13, name="x" * 3000)
    policy = AddressPolicy.of(["127.0.0.1"], allow_http=True)
    pace = Pace(12)
    async with HttpTransport(AddressGuard(policy), max_body=2000) as narrow:
        client = OdooClient(odoo.identity(), narrow)
        pages = [page async for page in read(client, "x.thing", FIELDS, None, pace=pace)]
    assert [int(change.key) for page in pages for change in page.changes] == list(range(1, 13))
    assert [each.key for page in pages for each in page.set_aside] == ["13"]
    assert pages[0].page_size < 12


async def test_hidden_and_deleted_and_archived_are_told_apart(table, odoo, http):
    for key in range(1, 6):
        table.put(key, active=key != 2)
    table.hidden = {3, 5}
    connector = OdooConnector(OdooClient(odoo.identity(), http))
    assert await connector.presence("x.thing", ["1", "2", "3", "4", "5", "6", "99999999999"]) == {
        "1": Presence.PRESENT,
        "2": Presence.ARCHIVED,
        "3": Presence.NOT_VISIBLE,
        "4": Presence.PRESENT,
        "5": Presence.NOT_VISIBLE,
        "6": Presence.DELETED,
        "99999999999": Presence.DELETED,
    }
    records = await connector.read_keys("x.thing", ["1", "3", "6", "x"])
    assert [change.key for change in records.changes] == ["1"]


async def test_a_broken_record_read_by_key_is_set_aside(table, odoo, http):
    for key in range(1, 6):
        table.put(key)
    table.broken = {2}
    connector = OdooConnector(OdooClient(odoo.identity(), http))
    records = await connector.read_keys("x.thing", ["1", "2", "3"])
    assert [change.key for change in records.changes] == ["1", "3"]
    assert [each.key for each in records.set_aside] == ["2"]


@dataclass
class TableSubject:
    connector: OdooConnector
    refused: OdooConnector
    table: Table
    entity: str = "x.thing"

    async def add(self, count: int) -> list[str]:
        first = max(self.table.rows, default=0) + 1
        for key in range(first, first + count):
            self.table.now += timedelta(milliseconds=100)
            self.table.put(key)
        return [str(key) for key in range(first, first + count)]

    async def change(self, key: str) -> None:
        self.table.put(int(key), name="changed")

    async def remove(self, key: str) -> None:
        del self.table.rows[int(key)]


class TestContract(ConnectorContract):
    @pytest.fixture
    async def subject(self, table, odoo, http):
        return TableSubject(
            OdooConnector(OdooClient(odoo.identity(), http), page_size=10),
            OdooConnector(OdooClient(odoo.identity("wrong"), http)),
            table,
        )

    async def test_flags_tell_how_an_entity_reads(self, subject):
        (entity,) = await subject.connector.discover()
        assert entity.flags == (
            EntityFlag.INCREMENTAL | EntityFlag.ARCHIVES | EntityFlag.LISTS_KEYS | EntityFlag.BANDED
        )

    async def test_what_may_not_be_read_is_left_out(self, subject):
        subject.table.readable = False
        assert list(await subject.connector.discover(["x.thing"])) == []

    async def test_without_the_list_of_models_the_usual_ones_are_tried(self, subject, monkeypatch):
        subject.table.lists_models = False
        monkeypatch.setattr(discovery, "BUSINESS_MODELS", ("x.thing", "crm.lead"))
        (entity,) = await subject.connector.discover()
        assert (entity.name, entity.fields) == ("x.thing", ())
