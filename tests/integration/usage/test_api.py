"""Logs, errors and figures over HTTP: shapes, filters, pages, exports, and who sees what."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.usage import service
from bridgecore.infra.problems import Code
from bridgecore.infra.ratelimit import tenant_counter
from bridgecore.infra.resources import Resources
from bridgecore.kit.cursors import encode_cursor
from bridgecore.kit.rate_limits import Period
from tests.factories.waiting import hour_goes_on
from tests.integration.usage.conftest import MakeRecorder, Past, record

NOBODY = UUID("00000000-0000-7000-8000-000000000000")

FORGED_CURSORS = (
    encode_cursor("usage", ["2026-01-01T00:00:00", NOBODY]),
    encode_cursor("usage", ["9999-12-31T23:59:59.999999Z", NOBODY]),
    encode_cursor("errors", ["2026-01-01T00:00:00Z", NOBODY]),
)
STAFF_READS = (
    "/admin/analytics/overview",
    "/admin/analytics/requests",
    "/admin/analytics/status-distribution",
    "/admin/analytics/response-times",
    "/admin/analytics/top-endpoints",
    "/admin/analytics/top-models",
    "/admin/analytics/top-tenants",
    "/admin/metrics/platform",
    "/admin/logs/usage",
    "/admin/logs/usage.csv",
    "/admin/logs/usage/summary",
    "/admin/logs/errors",
    "/admin/logs/errors.csv",
    "/admin/logs/errors/summary",
)
TENANT_READS = (
    "/api/v1/usage",
    "/api/v1/usage/daily",
    "/api/v1/logs/usage",
    "/api/v1/logs/errors",
)


@pytest.fixture
async def two_tenants(tenant_factory: Any, make_recorder: MakeRecorder) -> tuple[UUID, UUID]:
    """Two tenants; each made three requests, one of which failed."""
    await hour_goes_on(20)  # a day may end with it
    recorder, _ = make_recorder()
    found = []
    for name in ("first", "second"):
        tenant = await tenant_factory.tenant()
        recorder.observe(record(tenant.id, model="res.partner", user_agent=name))
        recorder.observe(record(tenant.id, method="GET", status=404, code=Code.NOT_FOUND))
        recorder.observe(
            record(
                tenant.id,
                status=502,
                code=Code.UPSTREAM_UNREACHABLE,
                detail=f"=Odoo of {name} does not answer.",
                correlation_id=f"known-to-{name}-{tenant.id}",
                duration_ms=2500.0,
            )
        )
        found.append(tenant.id)
    assert await recorder.flush()
    return found[0], found[1]


async def read(client: httpx.AsyncClient, path: str, headers: dict[str, str], **params: Any) -> Any:
    answer = await client.get(path, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def lines_of(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], **params: Any
) -> list[Any]:
    """All that a log holds: a page may hold less than asked for where a search takes long."""
    found = []
    while True:
        page = await read(client, path, headers, **params)
        assert page["as_of"]
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def test_each_route_is_for_its_own_side(
    client: httpx.AsyncClient, tenant_factory: Any, staff_headers: dict[str, str]
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    user = await tenant_factory.member(tenant.id, role="user")
    for path in STAFF_READS:
        assert (await client.get(path)).status_code == 401, path
        assert (await client.get(path, headers=owner.headers)).status_code in (401, 403), path
        assert (await client.get(path, headers=staff_headers)).status_code == 200, path
    for path in TENANT_READS:
        assert (await client.get(path)).status_code == 401, path
        assert (await client.get(path, headers=staff_headers)).status_code in (401, 403), path
        assert (await client.get(path, headers=user.headers)).status_code == 403, path
        assert (await client.get(path, headers=owner.headers)).status_code == 200, path
    error_id = uuid4()
    for act in ("resolve", "reopen"):
        path = f"/admin/logs/errors/{error_id}/{act}"
        answer = await client.post(path, headers=owner.headers, json={"resolution_notes": "x"})
        assert answer.status_code in (401, 403), path


async def test_a_tenant_sees_its_own_and_nothing_else(
    client: httpx.AsyncClient, tenant_factory: Any, two_tenants: tuple[UUID, UUID]
) -> None:
    mine, theirs = two_tenants
    headers = (await tenant_factory.member(mine)).headers
    for params in ({}, {"tenant_id": str(theirs)}):
        lines = await lines_of(client, "/api/v1/logs/usage", headers, **params)
        assert {line["tenant_id"] for line in lines} == {str(mine)}
        errors = (await read(client, "/api/v1/logs/errors", headers, **params))["items"]
        assert {error["message"] for error in errors} == {"=Odoo of first does not answer."}
        daily = await read(client, "/api/v1/usage/daily", headers, **params)
        assert daily["tenant_id"] == str(mine)
        assert daily["items"][-1]["requests"] >= 3
        assert len(daily["items"]) == 30


async def test_the_database_itself_keeps_tenants_apart(
    resources: Resources, two_tenants: tuple[UUID, UUID], past: Past
) -> None:
    """Row-level security, not the queries: nothing is filtered here."""
    mine, _ = two_tenants
    tables = ("usage_logs", "error_logs", "error_groups")
    for tenant_id in (mine, past.tenants[0]):
        async with resources.database.tenant(tenant_id) as session:
            for table in (*tables, "usage_hourly", "usage_daily"):
                seen = await session.execute(text(f"SELECT DISTINCT tenant_id FROM {table}"))
                assert {row[0] for row in seen} <= {tenant_id}, table
    async with resources.database.anonymous() as session:
        for table in (*tables, "usage_hourly", "usage_daily", "usage_metering", "storage_use"):
            assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


async def test_filters_of_the_request_log(
    client: httpx.AsyncClient, staff_headers: dict[str, str], two_tenants: tuple[UUID, UUID]
) -> None:
    tenant_id = str(two_tenants[0])

    async def count(**params: Any) -> int:
        return len(
            await lines_of(
                client, "/admin/logs/usage", staff_headers, tenant_id=tenant_id, **params
            )
        )

    assert await count() == 3
    assert await count(method="get") == 1
    assert await count(status=502) == 1
    assert await count(status_class=4) == 1
    assert await count(status_class=2) == 1
    assert await count(model="res.partner") == 1
    assert await count(route="/api/v1/odoo/read") == 3
    assert await count(route="/api/v1/odoo") == 0
    assert await count(min_duration=2000) == 1
    assert await count(correlation_id=f"known-to-first-{tenant_id}") == 1
    assert await count(to=(datetime.now(UTC) - timedelta(hours=1)).isoformat()) == 0
    assert await count(**{"from": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}) == 3


async def test_pages_of_the_log_hold_every_line_once(
    client: httpx.AsyncClient, staff_headers: dict[str, str], past: Past, resources: Resources
) -> None:
    tenant_id = str(past.tenants[2])
    seen: list[str] = []
    moments: list[str] = []
    cursor: str | None = None
    while True:
        params = {"tenant_id": tenant_id, "limit": 97, **({"cursor": cursor} if cursor else {})}
        page = await read(client, "/admin/logs/usage", staff_headers, **params)
        seen += [line["id"] for line in page["items"]]
        moments += [line["occurred_at"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    async with resources.database.platform() as session:
        rows = await session.scalar(
            text("SELECT count(*) FROM usage_logs WHERE tenant_id = :id"), {"id": tenant_id}
        )
    assert len(seen) == len(set(seen)) == rows
    assert [datetime.fromisoformat(one) for one in moments] == sorted(
        (datetime.fromisoformat(one) for one in moments), reverse=True
    )


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/admin/logs/usage", {"cursor": "nonsense"}),
        *(("/admin/logs/usage", {"cursor": cursor}) for cursor in FORGED_CURSORS),
        ("/admin/logs/usage", {"model": "a\x00b"}),
        ("/admin/logs/usage", {"status": 99}),
        ("/admin/logs/usage", {"min_duration": "nan"}),
        ("/admin/logs/usage", {"from": "0001-01-01T00:00:00+23:00"}),
        ("/admin/logs/usage", {"from": "2026-01-01T00:00:00"}),
        ("/admin/logs/errors", {"search": "a\x00"}),
        ("/admin/logs/errors", {"severity": "terrible"}),
        ("/admin/logs/usage.csv", {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}),
        ("/admin/analytics/requests", {"from": "2199-01-01T00:00:00Z"}),
        ("/admin/analytics/requests", {"interval": "hour", "days": 400}),
        ("/admin/analytics/top-tenants", {"limit": 0}),
        ("/admin/analytics/top-endpoints", {"route": "\x00"}),
        (f"/admin/analytics/tenants/{NOBODY}", {"days": 401}),
    ],
)
async def test_bad_questions_are_refused(
    client: httpx.AsyncClient, staff_headers: dict[str, str], path: str, params: dict[str, Any]
) -> None:
    answer = await client.get(path, headers=staff_headers, params=params)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]


async def test_unknown_things_are_not_found(
    client: httpx.AsyncClient, staff_headers: dict[str, str]
) -> None:
    for path in (
        f"/admin/analytics/tenants/{uuid4()}",
        f"/admin/analytics/tenants/{uuid4()}/daily",
        f"/admin/logs/errors/{uuid4()}",
    ):
        assert (await client.get(path, headers=staff_headers)).status_code == 404, path


async def test_an_error_through_its_life(
    client: httpx.AsyncClient,
    staff: Any,
    two_tenants: tuple[UUID, UUID],
    make_recorder: MakeRecorder,
    resources: Resources,
) -> None:
    tenant_id, other = two_tenants
    listing = {"tenant_id": str(tenant_id), "severity": "high", "unresolved_only": "true"}

    async def open_errors() -> list[dict[str, Any]]:
        found = await read(client, "/admin/logs/errors", staff.headers, **listing)
        items: list[dict[str, Any]] = found["items"]
        return items

    (error,) = await open_errors()
    detail = await read(client, f"/admin/logs/errors/{error['id']}", staff.headers)
    (line,) = detail["lines"]
    assert line["correlation_id"] == f"known-to-first-{tenant_id}"

    # by the id of one of its lines, as well as by its own
    path = f"/admin/logs/errors/{line['id']}/resolve"
    answer = await client.post(
        path,
        headers=staff.headers,
        json={"resolution_notes": "Fixed by updating configuration"},
    )
    assert answer.status_code == 200, answer.text
    resolved = answer.json()
    assert resolved["id"] == error["id"]
    assert resolved["resolved"] is True
    assert resolved["resolved_by"] == str(staff.user_id)
    assert resolved["resolution_notes"] == "Fixed by updating configuration"
    assert await open_errors() == []
    assert (await client.post(path, headers=staff.headers, json={})).status_code == 422

    # the same error of another tenant is another error
    listing["tenant_id"] = str(other)
    assert len(await open_errors()) == 1
    listing["tenant_id"] = str(tenant_id)

    # it comes again, with another name in it
    recorder, _ = make_recorder()
    recorder.observe(
        record(
            tenant_id,
            status=502,
            code=Code.UPSTREAM_UNREACHABLE,
            detail="=Odoo of first does not answer.",
        )
    )
    assert await recorder.flush()
    (again,) = await open_errors()
    assert (again["id"], again["occurrences"]) == (error["id"], 2)
    assert again["reopened_at"] is not None
    assert again["resolution_notes"] == "Fixed by updating configuration"

    # and by hand
    await client.post(path, headers=staff.headers, json={"resolution_notes": "Again"})
    assert await open_errors() == []
    answer = await client.post(
        f"/admin/logs/errors/{error['id']}/reopen", headers=staff.headers, json={"reason": "no"}
    )
    assert answer.json()["resolved"] is False
    assert len(await open_errors()) == 1
    async with resources.database.platform() as session:
        trail = await session.scalars(
            text("SELECT action FROM audit_entries WHERE target_id = :id ORDER BY occurred_at"),
            {"id": error["id"]},
        )
        assert list(trail) == ["error.resolved", "error.resolved", "error.reopened"]


async def test_error_filters_and_summary(
    client: httpx.AsyncClient, staff_headers: dict[str, str], two_tenants: tuple[UUID, UUID]
) -> None:
    tenant_id = str(two_tenants[1])

    async def count(**params: Any) -> int:
        found = await read(
            client, "/admin/logs/errors", staff_headers, tenant_id=tenant_id, **params
        )
        return len(found["items"])

    assert await count() == 1
    assert await count(code="UPSTREAM_UNREACHABLE") == 1
    assert await count(code="NOT_FOUND") == 0
    assert await count(search="ODOO OF SECOND") == 1
    assert await count(search="100%") == 0
    assert await count(to="2026-01-01T00:00:00Z") == 0
    found = await read(
        client, "/admin/logs/errors/summary", staff_headers, tenant_id=tenant_id, days=7
    )
    assert found["occurrences"] == 1
    assert found["by_severity"] == {"low": 0, "medium": 0, "high": 1, "critical": 0}
    assert found["by_code"] == {"UPSTREAM_UNREACHABLE": 1}
    assert found["open_errors"]["high"] == 1
    assert found["most_frequent"][0]["tenant_id"] == tenant_id


async def test_csv_of_requests_is_whole(
    client: httpx.AsyncClient, staff_headers: dict[str, str], past: Past, resources: Resources
) -> None:
    answer = await client.get(
        "/admin/logs/usage.csv",
        headers=staff_headers,
        params={"from": past.start.isoformat(), "to": past.end.isoformat()},
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert "usage.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    async with resources.database.platform() as session:
        count, duration = (
            await session.execute(
                text(
                    "SELECT count(*), sum(duration_ms::float8) FROM usage_logs"
                    " WHERE occurred_at >= :start AND occurred_at < :end"
                ),
                {"start": past.start, "end": past.end},
            )
        ).one()
    assert len(rows) == count
    assert sum(float(row["duration_ms"]) for row in rows) == pytest.approx(duration, rel=1e-6)


async def test_csv_is_no_formula(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    tenant_factory: Any,
    make_recorder: MakeRecorder,
) -> None:
    tenant = await tenant_factory.tenant()
    recorder, _ = make_recorder()
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'a,"b"\nc']
    for value in hostile:
        recorder.observe(
            record(tenant.id, user_agent=value, status=500, code=Code.INTERNAL_ERROR, detail=value)
        )
    assert await recorder.flush()
    for name, column in (("usage", "user_agent"), ("errors", "message")):
        answer = await client.get(
            f"/admin/logs/{name}.csv", headers=staff_headers, params={"tenant_id": str(tenant.id)}
        )
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert len(rows) == len(hostile)
        found = {row[column] for row in rows}
        assert 'a,"b"\nc' in found
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in found)


async def test_analytics_of_a_tenant(
    client: httpx.AsyncClient, staff_headers: dict[str, str], two_tenants: tuple[UUID, UUID]
) -> None:
    tenant_id = two_tenants[0]
    found = await read(client, f"/admin/analytics/tenants/{tenant_id}", staff_headers, days=30)
    assert found["total"]["requests"] == 3
    assert found["total"]["errors"] == 2
    assert found["top_endpoints"][0]["requests"] == 2
    assert found["top_models"] == [
        {**found["top_models"][0], "model": "res.partner", "requests": 1}
    ]
    assert found["open_errors"]["high"] == 1
    start, end = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    assert start.hour == start.minute == 0
    assert timedelta(days=29) < end - start <= timedelta(days=30)
    daily = await read(client, f"/admin/analytics/tenants/{tenant_id}/daily", staff_headers, days=3)
    assert [day["requests"] for day in daily["items"]] == [0, 0, 3]
    assert [day["complete"] for day in daily["items"]] == [True, True, False]


async def test_overview_counts_what_happens(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    tenant_factory: Any,
    make_recorder: MakeRecorder,
) -> None:
    await hour_goes_on(20)
    before = await read(client, "/admin/analytics/overview", staff_headers)
    tenant = await tenant_factory.tenant()
    recorder, _ = make_recorder()
    for _ in range(7):
        recorder.observe(record(tenant.id, status=503, code=Code.SERVICE_UNAVAILABLE))
    assert await recorder.flush()
    after = await read(client, "/admin/metrics/platform", staff_headers)
    # the application writes down what it was asked before at its own pace: others may come too
    assert after["active_tenants"] > before["active_tenants"]
    assert after["tenants"]["active"] == before["tenants"]["active"] + 1
    assert after["last_24h"]["status_5xx"] >= before["last_24h"]["status_5xx"] + 7
    assert after["requests_today"] >= before["requests_today"] + 7
    assert after["open_errors"]["high"] >= before["open_errors"]["high"] + 1
    assert after["database"]["size_bytes"] > 1_000_000
    assert after["redis"]["ok"] is True
    assert after["as_of"] > before["as_of"]


async def test_use_of_the_plan(
    client: httpx.AsyncClient, tenant_factory: Any, resources: Resources
) -> None:
    tenant = await tenant_factory.tenant(plan="free", max_requests_per_hour=77)
    headers = (await tenant_factory.member(tenant.id)).headers
    await hour_goes_on(20)
    now = datetime.now(UTC).timestamp()
    counter = tenant_counter(str(tenant.id))
    before = await read(client, "/api/v1/usage", headers)
    base = before["requests"][0]["used"]
    await resources.redis.redis.incrby(f"{counter}:hour:{int(now // Period.HOUR)}", 12)
    async with resources.database.platform() as session:
        await service.measure_storage(session, "files", {tenant.id: 1000})
        await service.measure_storage(session, "lake", {tenant.id: 24})
        await service.measure_storage(session, "files", {tenant.id: 2000})
    found = await read(client, "/api/v1/usage", headers)
    hour, day = found["requests"]
    assert (hour["name"], hour["limit"]) == ("hour", 77)
    assert hour["used"] >= base + 12
    assert hour["remaining"] == max(0, 77 - hour["used"])
    assert (day["name"], day["limit"]) == ("day", 1000)
    assert (found["plan"], found["plan_name"]) == ("free", "Free")
    assert found["users"] == {"limit": 5, "used": 1}
    assert found["storage"]["used_bytes"] == 2024
    assert found["storage"]["by_kind"] == {"files": 2000, "lake": 24}
    assert found["storage"]["limit_bytes"] == 1024**3


async def test_looking_is_no_use_of_the_plan(
    client: httpx.AsyncClient, tenant_factory: Any
) -> None:
    tenant = await tenant_factory.tenant(plan="free", max_requests_per_hour=3)
    person = (await tenant_factory.member(tenant.id)).headers
    await hour_goes_on(20)
    key = await client.post(
        "/api/v1/api-keys", json={"name": "till", "scopes": ["connections:read"]}, headers=person
    )
    assert key.status_code == 201, key.text
    machine = {"Authorization": f"Bearer {key.json()['key']}"}

    async def used() -> int:
        return int((await read(client, "/api/v1/usage", person))["requests"][0]["used"])

    base = await used()
    for _ in range(4):
        looked = await client.get("/api/v1/integrations", headers=person)
        assert looked.status_code == 200, looked.text
    assert "tenant_hour" not in looked.headers.get("RateLimit-Policy", "")
    assert await used() == base == 1  # the key that was made
    for path, who in (("/api/v1/lake/records?entity=x", person), ("/api/v1/integrations", machine)):
        counted = await client.get(path, headers=who)
        assert counted.status_code != 429
        assert '"tenant_hour"' in counted.headers["RateLimit-Policy"], path
    assert await used() == 3
    refused = await client.get("/api/v1/integrations", headers=machine)
    assert refused.status_code == 429, refused.text
    assert (await client.get("/api/v1/integrations", headers=person)).status_code == 200


async def test_lines_name_their_tenant_and_staff_can_be_left_out(
    client: httpx.AsyncClient,
    staff_headers: dict[str, str],
    make_recorder: MakeRecorder,
    two_tenants: tuple[UUID, UUID],
) -> None:
    recorder, _ = make_recorder()
    word = f"/staff-page-{uuid4()}"
    recorder.observe(record(None, route=word, actor_kind="staff"))
    recorder.observe(record(two_tenants[0], route=word))
    assert await recorder.flush()
    lines = await lines_of(client, "/admin/logs/usage", staff_headers, route=word)
    assert {line["tenant_name"] is None for line in lines} == {True, False}
    (line,) = await lines_of(
        client, "/admin/logs/usage", staff_headers, route=word, tenants_only=True
    )
    tenant = await read(client, f"/admin/tenants/{two_tenants[0]}", staff_headers)
    assert line["tenant_name"] == tenant["name"]
    errors = await read(client, "/admin/logs/errors", staff_headers, tenant_id=str(two_tenants[0]))
    assert {error["tenant_name"] for error in errors["items"]} == {tenant["name"]}
    detail = await read(client, f"/admin/logs/errors/{errors['items'][0]['id']}", staff_headers)
    assert detail["tenant_name"] == tenant["name"]


async def test_staff_see_what_a_tenant_uses_now(
    client: httpx.AsyncClient, staff_headers: dict[str, str], tenant_factory: Any
) -> None:
    tenant = await tenant_factory.tenant()
    owner = await tenant_factory.member(tenant.id)
    await hour_goes_on(20)
    await client.get("/api/v1/lake/records?entity=res.partner", headers=owner.headers)
    theirs = await read(client, "/api/v1/usage", owner.headers)
    found = await read(client, f"/admin/tenants/{tenant.id}/usage", staff_headers)
    assert found["users"] == theirs["users"]
    assert [each["limit"] for each in found["requests"]] == [
        each["limit"] for each in theirs["requests"]
    ]
    assert found["requests"][0]["used"] == theirs["requests"][0]["used"] == 1
    missing = await client.get(f"/admin/tenants/{NOBODY}/usage", headers=staff_headers)
    assert missing.json()["code"] == "TENANT_NOT_FOUND"
