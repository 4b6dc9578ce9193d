"""The lake over HTTP: entities, records by filter and view, changes, who may read what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bridgecore.domains.connections import service as connections
from bridgecore.domains.connections.schemas import ConnectionIn
from bridgecore.domains.lake.schemas import ConnectionRef
from bridgecore.infra.resources import Resources
from tests.factories.tenants import SignedIn, TenantFactory
from tests.integration.lake.conftest import Writer, at, change

ODOO = {"url": "http://127.0.0.1:9", "database": "d", "username": "u", "password": "p"}


@dataclass
class Served:
    """One company with some records, and its owner."""

    lake: Writer
    client: httpx.AsyncClient
    owner: SignedIn

    async def get(self, path: str, *, status: int = 200, **params: Any) -> Any:
        answer = await self.client.get(
            f"/api/v1/lake/{path}", params=params, headers=self.owner.headers
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    async def keys(self, entity: str, *filters: str, **params: Any) -> list[str]:
        found = await self.get("records", entity=entity, filter=filters, **params)
        return [item["serving_id"] for item in found["items"]]


async def serve(
    resources: Resources, people: TenantFactory, client: httpx.AsyncClient, **fields: Any
) -> Served:
    tenant = await people.tenant(**fields)
    owner = await people.member(tenant.id)
    async with resources.database.platform() as session:
        made = await connections.create_connection(
            session,
            resources,
            None,
            tenant.id,
            ConnectionIn.model_validate({"connector": "odoo", "name": "Main", "config": ODOO}),
        )
    lake = Writer(resources)
    lake.connection = ConnectionRef(tenant.id, made.id)
    return Served(lake, client, owner)


@pytest.fixture
async def served(
    resources: Resources, tenant_factory: TenantFactory, client: httpx.AsyncClient
) -> Served:
    found = await serve(resources, tenant_factory, client)
    await found.lake.apply(
        change(1, "Acme", is_company=True, credit=10, country_id=[7, "France"], ref="A-1"),
        change(2, "Ann", is_company=False, credit=2.5, country_id=False, ref=False),
        change(3, "Bob", is_company=False, credit=30, country_id=[7, "France"], ref="b_1"),
        change(4, "Old", is_company=False, credit=0, active=False, ref=""),
        change(5, "Gone", is_company=True, credit=1, ref="x"),
    )
    await found.lake.remove("5", observed=1)
    await found.lake.apply(
        change(8, move_type="out_invoice", payment_state="paid"),
        change(9, move_type="entry", payment_state="not_paid"),
        entity="account.move",
    )
    return found


async def test_a_record_is_served_with_where_it_is_from(served: Served) -> None:
    found = await served.get("records/res.partner/1")
    stored = found.pop("last_aggregated")
    assert stored.endswith("Z")
    assert found == {
        "entity_type": "res.partner",
        "serving_id": "1",
        "source": "odoo",
        "connection_id": str(served.lake.connection.id),
        "version": 1,
        "is_active": True,
        "deleted_at": None,
        "delete_reason": None,
        "source_created_at": "2026-03-02T09:00:00Z",
        "source_changed_at": "2026-03-02T09:00:00Z",
        "first_seen_at": "2026-03-02T09:00:00Z",
        "last_seen_at": "2026-03-02T09:00:00Z",
        "data": {
            "id": 1,
            "name": "Acme",
            "is_company": True,
            "credit": 10,
            "country_id": [7, "France"],
            "ref": "A-1",
        },
    }


async def test_views_are_entities_by_the_names_of_the_business(served: Served) -> None:
    assert await served.keys("account") == ["1"]
    assert await served.keys("contact") == ["2", "3"]
    assert await served.keys("invoice") == ["8"]
    assert await served.keys("opportunity") == []
    found = await served.get("records/account/1")
    assert found["entity_type"] == "account"
    await served.get("records/contact/1", status=404)
    everything = (await served.get("entities"))["items"]
    assert {item["entity"]: item["views"] for item in everything} == {
        "account.move": ["invoice"],
        "res.partner": ["account", "contact"],
    }


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        (["name:eq:Ann"], ["2"]),
        (["name:ne:Ann"], ["1", "3"]),
        (["credit:eq:10"], ["1"]),
        (["credit:eq:10.0"], ["1"]),
        (['credit:eq:"10"'], []),
        (["credit:gt:2"], ["1", "2", "3"]),
        (["credit:gte:10", "credit:lt:30"], ["1"]),
        (["credit:lte:2.5"], ["2"]),
        (["name:gt:Ann"], ["3"]),
        (["name:lt:9"], []),
        (["country_id.0:eq:7"], ["1", "3"]),
        (["country_id.1:contains:RAN"], ["1", "3"]),
        (["country_id:unset:"], ["2"]),
        (["country_id:set"], ["1", "3"]),
        (["missing:unset"], ["1", "2", "3"]),
        (["missing:eq:null"], ["1", "2", "3"]),
        (["is_company:eq:true"], ["1"]),
        (["is_company:ne:true"], ["2", "3"]),
        (['is_company:eq:"true"'], []),
        (['name:in:["Ann","Bob","Zoe"]'], ["2", "3"]),
        (["id:in:[1,3,9]"], ["1", "3"]),
        (["ref:contains:_1"], ["3"]),
        (["ref:contains:A-1"], ["1"]),
    ],
)
async def test_filters(served: Served, filters: list[str], keys: list[str]) -> None:
    assert await served.keys("res.partner", *filters) == keys


@pytest.mark.parametrize(
    "term", ["name", "name:like:x", ":eq:1", "a..b:eq:1", "name:in:3", "name:eq:[1]", "x:contains:"]
)
async def test_a_filter_that_is_none_says_what_is_wrong(served: Served, term: str) -> None:
    found = await served.get("records", entity="res.partner", filter=[term], status=422)
    assert found["errors"][0]["pointer"] == "/query/filter"


async def test_archived_and_deleted_are_shown_when_asked_for(served: Served) -> None:
    assert await served.keys("res.partner", archived="only") == ["4"]
    assert await served.keys("res.partner", archived="any") == ["1", "2", "3", "4"]
    assert await served.keys("res.partner", deleted="only") == ["5"]
    assert await served.keys("res.partner", deleted="any", archived="any") == [*"12345"]
    gone = await served.get("records/res.partner/5")
    assert (gone["is_active"], gone["delete_reason"]) == (False, "deleted")
    assert gone["deleted_at"] is not None


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        ("key", [*"1234"]),
        ("-key", [*"4321"]),
        ("version", [*"1234"]),
        ("-version", [*"4321"]),
        ("data.credit", [*"4213"]),
        ("-data.credit", [*"3124"]),
        ("data.name", [*"1234"]),
        ("data.missing", [*"1234"]),
        ("data.country_id.1", ["2", "4", "1", "3"]),
    ],
)
async def test_every_order_can_be_read_in_pages(served: Served, sort: str, keys: list[str]) -> None:
    read: list[str] = []
    more: dict[str, str] = {}
    while True:
        found = await served.get(
            "records", entity="res.partner", archived="any", sort=sort, limit=1, **more
        )
        read += [item["serving_id"] for item in found["items"]]
        if found["next_cursor"] is None:
            break
        more = {"cursor": found["next_cursor"]}
    assert read == keys


async def test_a_cursor_fits_its_own_order_only(served: Served) -> None:
    found = await served.get("records", entity="res.partner", limit=1)
    cursor = found["next_cursor"]
    await served.get("records", entity="res.partner", sort="-key", cursor=cursor, status=400)
    await served.get("records", entity="res.partner", cursor="nonsense", status=400)
    await served.get("records", entity="res.partner", sort="nothing", status=422)


async def test_changes_come_in_order_with_tombstones(served: Served) -> None:
    found = await served.get("changes", limit=3)
    assert [item["serving_id"] for item in found["items"]] == [*"123"]
    assert (found["next_after"], found["latest_version"]) == (3, 8)
    found = await served.get("changes", after=found["next_after"])
    assert [(item["serving_id"], item["version"]) for item in found["items"]] == [
        ("4", 4),
        ("5", 6),
        ("8", 7),
        ("9", 8),
    ]
    assert found["items"][1]["deleted_at"] is not None
    assert await served.get("changes", after=found["next_after"]) == {
        "items": [],
        "next_after": 8,
        "latest_version": 8,
        "forgotten_version": 0,
    }
    only = await served.get("changes", entity=["account.move"], limit=1)
    assert [item["version"] for item in only["items"]] == [7]
    await served.lake.apply(change(1, "Acme Ltd", 3), observed=3)
    late = await served.get("changes", after=8, entity=["account.move"])
    assert (late["items"], late["next_after"]) == ([], 9)


async def test_entities_tell_how_many_and_how_fresh(served: Served) -> None:
    found = {item["entity"]: item for item in (await served.get("entities"))["items"]}
    partners = found["res.partner"]
    assert (partners["records"], partners["archived"], partners["deleted"]) == (4, 1, 1)
    assert (partners["source"], partners["version"]) == ("odoo", 6)
    assert partners["last_read"] == at(1).isoformat().replace("+00:00", "Z")


async def test_a_key_of_two_connections_must_say_which(served: Served) -> None:
    mine = served.lake.connection
    other = Writer(served.lake.resources)
    other.connection = ConnectionRef(mine.tenant_id, other.connection.id)
    await other.apply(change(1, "Elsewhere"))
    await served.get("records/res.partner/1", status=422)
    found = await served.get("records/res.partner/1", connection_id=mine.id)
    assert found["data"]["name"] == "Acme"
    assert len(await served.keys("res.partner")) == 4
    assert len(await served.keys("res.partner", connection_id=mine.id)) == 3


async def test_what_is_not_there_is_not_found(served: Served) -> None:
    await served.get("records/res.partner/77", status=404)
    await served.get("records/x.y/1", status=404)
    assert await served.keys("x.y") == []


async def test_the_allow_list_of_models_holds_here_too(
    resources: Resources, tenant_factory: TenantFactory, client: httpx.AsyncClient
) -> None:
    served = await serve(resources, tenant_factory, client, allowed_models=["crm.lead"])
    await served.lake.apply(change(1))
    await served.lake.apply(change(2), entity="crm.lead")
    for path in ("records/res.partner/1", "records/account/1"):
        assert (await served.get(path, status=403))["code"] == "MODEL_NOT_ALLOWED"
    await served.get("records", entity="res.partner", status=403)
    await served.get("changes", entity=["res.partner"], status=403)
    assert await served.keys("opportunity") == ["2"]
    assert [item["version"] for item in (await served.get("changes"))["items"]] == [2]
    assert [item["entity"] for item in (await served.get("entities"))["items"]] == ["crm.lead"]


async def test_models_that_hold_secrets_take_more_than_reading(
    served: Served, tenant_factory: TenantFactory
) -> None:
    await served.lake.apply(change(1, "secret"), entity="ir.config_parameter")
    tenant_id = served.lake.connection.tenant_id
    user = Served(served.lake, served.client, await tenant_factory.member(tenant_id, role="user"))
    assert await served.keys("ir.config_parameter") == ["1"]
    await user.get("records", entity="ir.config_parameter", status=403)
    await user.get("records/ir.config_parameter/1", status=403)
    told = {item["entity_type"] for item in (await user.get("changes"))["items"]}
    assert told == {"res.partner", "account.move"}


async def test_reading_takes_the_permission_and_the_tenant(
    served: Served, tenant_factory: TenantFactory
) -> None:
    viewer = await tenant_factory.member(served.lake.connection.tenant_id, role="client")
    stranger = await tenant_factory.member((await tenant_factory.tenant()).id)
    for path in ("entities", "records?entity=res.partner", "records/res.partner/1", "changes"):
        address = f"/api/v1/lake/{path}"
        assert (await served.client.get(address)).status_code == 401
        assert (await served.client.get(address, headers=viewer.headers)).status_code == 403
        answer = await served.client.get(address, headers=stranger.headers)
        assert "Acme" not in answer.text
