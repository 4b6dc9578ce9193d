"""One client's day: sign in, read, write, batch, a file, every documented error, refresh, out.

Told against the simulator as 17 and as 19; with `--peer http://…` against a real Odoo too.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bridgecore.infra.resources import Resources
from tests.e2e.conftest import Company, company_on, simulated
from tests.factories.tenants import PASSWORD, sign_in_staff


@dataclass(frozen=True, slots=True)
class Story:
    """The client, its company, and which Odoo it is about."""

    http: httpx.AsyncClient
    company: Company
    name: str

    async def call(self, path: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers=self.company.headers)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def odoo(self, address: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
        return await self.call(f"/api/v1/odoo/{address}", status, **body)


@pytest.fixture(
    scope="module",
    params=["17", "19", pytest.param("peer", marks=pytest.mark.peer)],
)
async def story(
    request: pytest.FixtureRequest, http: httpx.AsyncClient, resources: Resources
) -> AsyncIterator[Story]:
    if request.param == "peer":
        option = request.config.getoption
        if not option("--peer"):
            pytest.skip("needs a real Odoo: run with --peer http://127.0.0.1:8069")
        company = await company_on(
            resources,
            http,
            url=option("--peer"),
            database=option("--peer-database"),
            login=option("--peer-login"),
            password=option("--peer-password"),
        )
        yield Story(http, company, "peer")
        return
    async with simulated(int(request.param)) as odoo:
        company = await company_on(
            resources, http, url=odoo.url, database=next(iter(odoo.databases))
        )
        yield Story(http, company, request.param)


async def test_the_connection_is_tested(story: Story) -> None:
    tested = await story.call("/api/v1/integrations/odoo/test")
    assert tested["success"] is True
    assert tested["server_version"].startswith("19" if story.name == "19" else "17")


async def test_reading(story: Story) -> None:
    found = await story.odoo(
        "search_read",
        model="res.partner",
        domain=[["id", ">", 0]],
        fields=["id", "name", "email"],
        limit=5,
        order="id",
    )
    assert found["success"] is True
    assert found["records"] == found["result"]
    ids = [record["id"] for record in found["records"]]
    assert len(ids) == 5
    read = await story.odoo("read", model="res.partner", ids=ids[:2], fields=["name"])
    assert [record["id"] for record in read["result"]] == ids[:2]
    assert (await story.odoo("search", model="res.partner", limit=3, order="id"))["ids"] == ids[:3]
    assert (await story.odoo("search_count", model="res.partner"))["count"] >= 5
    fields = (await story.odoo("fields_get", model="res.partner", fields=["name"]))["result"]
    assert fields["name"]["type"] == "char"
    named = await story.odoo("name_search", model="res.partner", name="a", domain=[], limit=2)
    assert all(isinstance(each[0], int) for each in named["result"])
    names = await story.odoo("name_get", model="res.partner", ids=ids[:2])
    assert [each[0] for each in names["result"]] == ids[:2]
    groups = await story.odoo(
        "read_group", model="res.partner", fields=["id:count"], groupby=["is_company"]
    )
    assert (
        sum(group.get("is_company_count", group.get("__count", 0)) for group in groups["result"])
        >= 5
    )
    assert (await story.odoo("exists", model="res.partner", ids=[ids[0], 99999999]))["result"] == [
        ids[0]
    ]
    allowed = await story.odoo("check_access_rights", model="res.partner", operation="read")
    assert allowed["result"] is True
    web = await story.odoo("web_search_read", model="res.partner", fields=["name"], limit=2)
    assert isinstance(web["result"], list)
    assert web["length"] >= 2
    view = await story.odoo("get_view", model="res.partner", view_type="form")
    assert "<form" in view["result"]["arch"]
    views = await story.odoo("get_views", model="res.partner", views=[[None, "list"]])
    assert "list" in views["result"]["views"]


async def test_reading_as_the_flutter_client_does(story: Story) -> None:
    found = await story.odoo(
        "call_kw",
        model="res.partner",
        method="search_read",
        args=[],
        kwargs={"domain": [["is_company", "=", True]], "limit": 2, "offset": 0},
    )
    assert all(record["is_company"] is True for record in found["result"])
    created = await story.odoo(
        "call_kw", model="res.partner", method="create", args=[{"name": "SDK"}], kwargs={}
    )
    assert type(created["result"]) is int
    ids = [created["result"]]
    written = await story.odoo(
        "call_kw", model="res.partner", method="write", args=[ids, {"ref": "R"}], kwargs={}
    )
    assert written["result"] is True
    gone = await story.odoo("call_kw", model="res.partner", method="unlink", args=[ids], kwargs={})
    assert gone["result"] is True


async def test_writing(story: Story) -> None:
    name = f"Story {secrets.token_hex(4)}"
    created = await story.odoo("create", model="res.partner", values={"name": name})
    partner = created["result"]
    assert (created["id"], created["ids"]) == (partner, [partner])
    assert (await story.odoo("write", model="res.partner", ids=[partner], values={"ref": "A"}))[
        "result"
    ] is True
    read = await story.odoo("read", model="res.partner", ids=[partner], fields=["ref"])
    assert read["result"][0]["ref"] == "A"
    copied = (await story.odoo("copy", model="res.partner", id=partner))["result"]
    assert type(copied) is int
    quick = await story.odoo("name_create", model="res.partner", name=f"{name} quick")
    assert quick["result"][1].startswith(name)
    changed = await story.odoo(
        "onchange",
        model="res.partner",
        ids=[],
        values={"name": name, "is_company": False, "parent_id": partner},
        field="parent_id",
        spec={"name": "1", "parent_id": "1"},
    )
    assert isinstance(changed["result"], dict)
    defaults = await story.odoo("default_get", model="res.partner", fields=["active"])
    assert defaults["result"]["active"] is True
    saved = await story.odoo(
        "web_save", model="res.partner", records=[{"id": partner, "ref": "B"}, {"name": name}]
    )
    assert saved["result"] is True
    assert len(saved["records"]) == 2
    ids = [partner, copied, quick["result"][0], saved["records"][1]["id"]]
    assert (await story.odoo("unlink", model="res.partner", ids=ids))["result"] is True
    left = await story.odoo("exists", model="res.partner", ids=ids)
    assert left["result"] == []


async def test_a_sale_is_confirmed(story: Story) -> None:
    partner = (await story.odoo("search", model="res.partner", limit=1))["result"][0]
    product = (
        await story.odoo(
            "search", model="product.product", domain=[["sale_ok", "=", True]], limit=1
        )
    )["result"][0]
    order = (
        await story.odoo(
            "create",
            model="sale.order",
            values={
                "partner_id": partner,
                "order_line": [[0, 0, {"product_id": product, "product_uom_qty": 2}]],
            },
        )
    )["result"]
    await story.odoo("action_confirm", model="sale.order", ids=[order])
    state = await story.odoo("read", model="sale.order", ids=[order], fields=["state"])
    assert state["result"][0]["state"] == "sale"
    posted = await story.odoo(
        "call_method",
        model="sale.order",
        method="message_post",
        ids=[order],
        kwargs={"body": "Confirmed from the phone"},
    )
    assert type(posted["result"]) is int


async def test_batches(story: Story) -> None:
    created = await story.odoo(
        "batch_create", model="res.partner", values_list=[{"name": "B1"}, {"name": "B2"}]
    )
    first, second = created["result"]
    updates = [{"id": first, "values": {"ref": "1"}}, {"id": second, "values": {"ref": "2"}}]
    assert (await story.odoo("batch_write", model="res.partner", updates=updates))["result"] is True
    executed = await story.odoo(
        "batch_execute",
        operations=[
            {"method": "search_count", "model": "res.partner", "domain": [["ref", "=", "1"]]},
            {"method": "read", "model": "res.partner", "ids": [second], "fields": ["ref"]},
        ],
    )
    assert executed["result"][0] >= 1
    assert executed["result"][1][0]["ref"] == "2"
    several = await story.call(
        "/api/v1/batch",
        operations=[
            {"operation": "read", "model": "res.partner", "ids": [first], "fields": ["ref"]},
            {"operation": "read", "model": "no.such.model", "ids": [1]},
            {"operation": "search_count", "model": "res.partner"},
        ],
    )
    assert [each["success"] for each in several["results"]] == [True, False, True]
    assert (await story.odoo("batch_unlink", model="res.partner", ids=[first, second]))["success"]


async def test_a_file(story: Story) -> None:
    content = secrets.token_bytes(300_000)
    partner = (await story.odoo("search", model="res.partner", limit=1))["result"][0]
    stored = await story.http.post(
        "/api/v1/files",
        files={"file": ("photo.bin", content, "application/octet-stream")},
        data={"res_model": "res.partner", "res_id": str(partner)},
        headers=story.company.headers,
    )
    assert stored.status_code == 201, stored.text
    file_id = stored.json()["result"]
    listed = await story.http.get(
        "/api/v1/files",
        params={"res_model": "res.partner", "res_id": partner},
        headers=story.company.headers,
    )
    assert file_id in [each["id"] for each in listed.json()["items"]]
    fetched = await story.http.get(
        f"/api/v1/files/{file_id}/content", headers=story.company.headers
    )
    assert fetched.content == content
    assert fetched.headers["content-disposition"].startswith("attachment")
    gone = await story.http.delete(f"/api/v1/files/{file_id}", headers=story.company.headers)
    assert gone.status_code == 204
    missing = await story.http.get(f"/api/v1/files/{file_id}", headers=story.company.headers)
    assert missing.status_code == 404


async def test_a_report(story: Story) -> None:
    order = (await story.odoo("search", model="sale.order", limit=1))["result"][0]
    report = await story.http.get(
        f"/api/v1/files/reports/sale.report_saleorder/{order}", headers=story.company.headers
    )
    assert report.status_code == 200, report.text
    assert report.content.startswith(b"%PDF")


async def test_every_documented_error(story: Story, resources: Resources) -> None:
    odoo, http = story.odoo, story.http

    def code(answer: dict[str, Any]) -> str:
        assert answer["detail"] == answer["message"]
        assert answer["correlation_id"]
        return str(answer["code"])

    unknown = await odoo("search_read", 400, model="res.partner", fields=["name", "nosuch"])
    assert code(unknown) == "UPSTREAM_REJECTED"
    assert "Invalid field 'nosuch'" in unknown["detail"]
    blamed = await odoo("search_read", 400, model="res.partner", fields=["name"], order="nosuch")
    assert "Invalid field" not in blamed["detail"]
    assert code(await odoo("read", 404, model="no.such.model", ids=[1])) == "UPSTREAM_NOT_FOUND"
    gone = await odoo("write", 404, model="res.partner", ids=[99999999], values={"ref": "x"})
    assert code(gone) == "UPSTREAM_NOT_FOUND"
    method = await odoo("call_kw", 400, model="res.partner", method="nosuch", args=[[1]])
    assert code(method) == "UPSTREAM_REJECTED"
    private = await odoo("call_kw", 403, model="res.partner", method="_compute", args=[])
    assert code(private) == "METHOD_NOT_PERMITTED"
    invalid = await odoo("create", 400, model="res.partner", values={"name": False})
    assert code(invalid) == "UPSTREAM_REJECTED"
    assert code(await odoo("read", 422, model="res.partner", ids="1")) == "VALIDATION_FAILED"
    assert code(await odoo("read", 422, ids=[1])) == "VALIDATION_FAILED"

    path, own = "/api/v1/odoo/search_count", story.company.headers
    broken = await http.post(
        path, content=b"{nope", headers={**own, "content-type": "application/json"}
    )
    assert (broken.status_code, code(broken.json())) == (400, "BAD_REQUEST")
    form = await http.post(path, data={"model": "res.partner"}, headers=own)
    assert (form.status_code, code(form.json())) == (415, "UNSUPPORTED_MEDIA_TYPE")
    got = await http.get(path, headers=own)
    assert (got.status_code, code(got.json())) == (405, "METHOD_NOT_ALLOWED")
    nobody = await http.post(path, json={"model": "res.partner"})
    assert (nobody.status_code, code(nobody.json())) == (401, "UNAUTHORIZED")
    garbage = await http.post(path, json={}, headers={"Authorization": "Bearer garbage"})
    assert garbage.status_code == 401
    staff = await sign_in_staff(resources, http, role="super_admin")
    wrong_door = await http.post(path, json={"model": "res.partner"}, headers=staff.headers)
    assert wrong_door.status_code == 403
    large = await http.post(path, content=b" " * 11_000_000, headers=own)
    assert (large.status_code, code(large.json())) == (413, "BODY_TOO_LARGE")
    nowhere = await http.post("/api/v1/odoo/nosuch", json={}, headers=own)
    assert (nowhere.status_code, code(nowhere.json())) == (404, "NOT_FOUND")

    client = await story.company.people.member(story.company.tenant_id, role="client")
    refused = await http.post(path, json={"model": "res.partner"}, headers=client.headers)
    assert (refused.status_code, code(refused.json())) == (403, "FORBIDDEN")


async def test_the_tenant_is_suspended_and_comes_back(story: Story, resources: Resources) -> None:
    staff = await sign_in_staff(resources, story.http, role="admin")
    base = f"/admin/tenants/{story.company.tenant_id}"
    suspended = await story.http.post(
        f"{base}/suspend", json={"reason": "unpaid"}, headers=staff.headers
    )
    assert suspended.status_code == 200, suspended.text
    # both processes, from the very next request
    for _ in range(10):
        refused = await story.odoo("search_count", 403, model="res.partner")
        assert refused["code"] == "TENANT_SUSPENDED"
        assert "suspended" in refused["detail"]
    active = await story.http.post(f"{base}/activate", json={}, headers=staff.headers)
    assert active.status_code == 200, active.text
    assert (await story.odoo("search_count", model="res.partner"))["success"]


async def test_refresh_and_sign_out(story: Story) -> None:
    http, people = story.http, story.company.people
    person = await people.member(story.company.tenant_id, role="user")
    for _ in range(3):  # existing apps keep one refresh token for ever
        refreshed = await http.post(
            "/api/v1/auth/tenant/refresh",
            json={},
            headers={"Authorization": f"Bearer {person.refresh_token}"},
        )
        assert refreshed.status_code == 200, refreshed.text
    fresh = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    me = await http.post("/api/v1/auth/tenant/me", json={}, headers=fresh)
    assert me.status_code == 200, me.text
    assert me.json()["tenant"]["odoo_database"]
    with_access = await http.post("/api/v1/auth/tenant/refresh", json={}, headers=fresh)
    assert with_access.status_code == 401
    out = await http.post("/api/v1/auth/tenant/logout", json={}, headers=fresh)
    assert out.status_code == 200
    for headers in (fresh, person.headers):
        after = await http.post(
            "/api/v1/odoo/search_count", json={"model": "res.partner"}, headers=headers
        )
        assert after.status_code == 401, after.text
    dead = await http.post(
        "/api/v1/auth/tenant/refresh",
        json={},
        headers={"Authorization": f"Bearer {person.refresh_token}"},
    )
    assert dead.status_code == 401
    again = await http.post("/api/v1/auth/tenant/logout", json={}, headers=fresh)
    assert again.status_code == 200


async def test_what_odoo_knows_comes_with_the_sign_in(story: Story) -> None:
    answer = await story.http.post(
        "/api/v1/auth/tenant/login",
        json={
            "email": story.company.owner.email,
            "password": PASSWORD,
            "odoo_fields_check": {"model": "res.users", "list_fields": ["login", "nosuch"]},
        },
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["tenant"]["odoo_database"]
    assert body["odoo_fields_data"]["model_exists"] is True
    assert body["odoo_fields_data"]["success"] is False
    assert "nosuch" in body["odoo_fields_data"]["error"]


async def test_the_same_create_sent_twice_is_done_once(story: Story) -> None:
    name = f"Once {secrets.token_hex(4)}"
    body = {"model": "res.partner", "values": {"name": name}}
    keyed = {**story.company.headers, "Idempotency-Key": secrets.token_hex(8)}
    answers = await asyncio.gather(
        *(story.http.post("/api/v1/odoo/create", json=body, headers=keyed) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    count = await story.odoo("search_count", model="res.partner", domain=[["name", "=", name]])
    assert count["count"] == 1
    other = {"model": "res.partner", "values": {"name": "other"}}
    reused = await story.http.post("/api/v1/odoo/create", json=other, headers=keyed)
    assert (reused.status_code, reused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
