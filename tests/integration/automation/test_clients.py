"""Clients and their people: what staff set up, what each side sees, and that nothing mixes."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bridgecore.domains.automation import service
from bridgecore.domains.identity.service.permissions import STAFF_ROLES
from bridgecore.infra.resources import Resources
from tests.factories.tenants import sign_in_staff
from tests.integration.automation.conftest import MakeClient


async def test_a_name_is_enough(make_client: MakeClient) -> None:
    client = await make_client("Just A Name", servers=0)
    told = await client.get(f"clients/{client.id}")
    assert told["name"] == "Just A Name"
    assert told["n8n_configured"] is False
    metrics = await client.metrics()
    assert metrics["figures"]["executions"] == 0
    assert metrics["figures"]["success_rate"] is None
    assert [each["reason"] for each in metrics["attention"]] == ["no_server"]


async def test_a_client_through_its_life(make_client: MakeClient) -> None:
    client = await make_client(servers=0)
    http, headers = client.http, client.staff.headers
    path = f"/api/v1/clients/{client.id}"
    answer = await http.put(path, json={"name": "Renamed"}, headers=headers)
    assert answer.json()["name"] == "Renamed"
    listed = await client.get("clients", search="Renamed", limit=1000)
    assert str(client.id) in {each["id"] for each in listed["items"]}
    answer = await http.delete(path, headers=headers)
    assert answer.json()["status"] == "deleted"
    answer = await http.get(f"/api/v1/clients/{client.id.hex[::-1]}", headers=headers)
    assert answer.status_code in (404, 422)


async def test_the_key_is_never_shown(make_client: MakeClient) -> None:
    client = await make_client()
    key = client.server.simulator.api_key
    told = [
        await client.get(f"clients/{client.id}"),
        await client.get("clients", limit=1000),
        await client.metrics(),
        await client.get("metrics/all"),
    ]
    assert key not in str(told)


async def test_what_an_n8n_config_lacks_is_named(make_client: MakeClient) -> None:
    client = await make_client(servers=0)
    path = f"/api/v1/clients/{client.id}/n8n-config"
    for body, pointer in (
        ({"n8n_api_key": "k"}, "/n8n_api_url"),
        ({"n8n_api_url": "https://n8n.example"}, "/n8n_api_key"),
    ):
        answer = await client.http.post(path, json=body, headers=client.staff.headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
    wrong = {"n8n_api_url": "http://169.254.169.254/", "n8n_api_key": "k"}
    answer = await client.http.post(path, json=wrong, headers=client.staff.headers)
    assert answer.status_code == 422


async def test_a_server_of_another_client_is_not_configured(make_client: MakeClient) -> None:
    client, other = await make_client(), await make_client()
    answer = await client.http.post(
        f"/api/v1/clients/{client.id}/n8n-config",
        json={"connection_id": str(other.server.connection_id), "n8n_api_key": "another"},
        headers=client.staff.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/connection_id"


async def test_a_new_key_for_the_same_server(make_client: MakeClient) -> None:
    client = await make_client()
    answer = await client.http.post(
        f"/api/v1/clients/{client.id}/n8n-config",
        json={"n8n_api_key": "another"},
        headers=client.staff.headers,
    )
    assert answer.status_code == 200, answer.text
    (server,) = answer.json()["servers"]
    assert server["connection_id"] == str(client.server.connection_id)


async def test_nothing_mixes(make_client: MakeClient) -> None:
    """Two clients and two servers of one of them, with the same ids, names and even a person."""
    one, other = await make_client("Twin", servers=2), await make_client("Twin")
    email = "same@people.example"
    looking = []
    for client in (one, other):
        looking.append(await client.factory.member(client.id, role="client", email=email))
    for client in (one, other):
        for index, server in enumerate(client.servers):
            n8n = server.simulator.installation
            n8n.add_workflow("Orders", id="sameworkflow0001")
            for number in range(3 + index + (5 if client is other else 0)):
                status = "error" if client is other and number == 0 else "success"
                n8n.run("sameworkflow0001", status, error="Only the other's")
            await server.read()
            await service.explain_server(server.resources, client.id, server.connection_id)
    for client, person, count, failed in ((one, 0, 7, 0), (other, 1, 8, 1)):
        signed_in = await client.factory.sign_in(email, client.id) if person else looking[0]
        answer = await client.http.post(
            "/api/v1/auth/switch-tenant",
            json={"tenant": str(client.id)},
            headers=signed_in.headers,
        )
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        told = (await client.http.get("/api/v1/metrics/my-metrics", headers=headers)).json()
        assert told["client"]["id"] == str(client.id)
        assert (told["figures"]["executions"], told["figures"]["error"]) == (count, failed)
        rows = (await client.http.get("/api/v1/metrics/my-executions", headers=headers)).json()
        assert len(rows["items"]) == count
        assert {row["connection_id"] for row in rows["items"]} == {
            str(server.connection_id) for server in client.servers
        }
        flows = (await client.http.get("/api/v1/metrics/my-workflows", headers=headers)).json()
        assert len(flows["workflows"]) == len(client.servers)
        assert ("Only the other's" in str(told)) is (client is other)


async def test_a_removed_server_takes_its_history_along(
    make_client: MakeClient, resources: Resources
) -> None:
    client = await make_client(servers=2)
    for server in client.servers:
        n8n = server.simulator.installation
        n8n.run(str(n8n.add_workflow("Orders")["id"]))
        await server.read()
    gone = client.servers[1].connection_id
    answer = await client.http.delete(
        f"/api/v1/clients/{client.id}/n8n-config/{gone}", headers=client.staff.headers
    )
    assert answer.status_code == 204, answer.text
    async with resources.database.platform() as session:
        await service.forget_server(session, client.id, gone)
    told = await client.metrics()
    assert told["figures"]["executions"] == 1
    assert [each["connection_id"] for each in told["servers"]] == [str(client.server.connection_id)]


async def test_who_sees_what(
    make_client: MakeClient, resources: Resources, client: httpx.AsyncClient
) -> None:
    made = await make_client()
    looking = await made.factory.member(made.id, role="client")
    for path in ("my-metrics", "my-workflows", "my-executions"):
        await made.get(f"metrics/{path}", by=looking)
    for path in ("all", f"client/{made.id}", f"client/{made.id}/workflows"):
        answer = await client.get(f"/api/v1/metrics/{path}", headers=looking.headers)
        assert answer.status_code == 403
    answer = await client.get("/api/v1/metrics/my-metrics", headers=made.staff.headers)
    assert answer.status_code == 403
    for role in STAFF_ROLES:
        person = await sign_in_staff(resources, client, role=role)
        assert await made.get("metrics/all", by=person)
        answer = await client.post("/api/v1/clients", json={"name": role}, headers=person.headers)
        assert answer.status_code == (403 if role == "support" else 201)


async def test_what_is_saved(make_client: MakeClient) -> None:
    client = await make_client()
    n8n = client.server.simulator.installation
    flow = str(n8n.add_workflow("Invoices", settings={"timeSavedPerExecution": 6})["id"])
    for _ in range(10):
        n8n.run(flow)
    n8n.run(flow, "error")
    n8n.run(flow, mode="manual")
    await client.server.read()
    figures = (await client.metrics())["figures"]
    assert figures["minutes_saved"] == 60
    assert figures["money_saved"] == []
    path = f"{client.server.connection_id}/{flow}/savings"
    owner = await client.factory.member(client.id)
    answer = await client.http.put(
        f"/api/v1/metrics/my-workflows/{path}",
        json={"minutes_saved": 7.5, "hourly_rate": 40, "currency": "EUR"},
        headers=owner.headers,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["minutes"] == 7.5
    for told in (
        (await client.metrics())["figures"],
        (await client.get(f"metrics/client/{client.id}/workflows"))["workflows"][0]["figures"],
        next(
            each["figures"]
            for each in (await client.get("metrics/all"))["clients"]
            if each["client"]["id"] == str(client.id)
        ),
    ):
        assert told["minutes_saved"] == 75
        assert told["money_saved"] == [{"currency": "EUR", "amount": 50.0}]
    answer = await client.http.put(
        f"/api/v1/clients/{client.id}/workflows/{path}", json={}, headers=client.staff.headers
    )
    assert answer.json() == {
        "minutes": 6.0,
        "minutes_saved": None,
        "source_minutes": 6.0,
        "hourly_rate": None,
        "currency": None,
    }
    looking = await client.factory.member(client.id, role="client")
    answer = await client.http.put(
        f"/api/v1/metrics/my-workflows/{path}", json={}, headers=looking.headers
    )
    assert answer.status_code == 403


async def test_streaks_and_what_needs_attention(make_client: MakeClient) -> None:
    client = await make_client()
    n8n = client.server.simulator.installation
    flow = str(n8n.add_workflow("Orders")["id"])
    now = n8n.clock()
    for minute, status in enumerate(("success", "error", "success", "error", "canceled", "error")):
        n8n.run(flow, status, at=now - timedelta(minutes=60 - minute))
    await client.server.read()
    (told,) = (await client.get(f"metrics/client/{client.id}/workflows"))["workflows"]
    assert told["streak"] == {"outcome": "failure", "length": 2}
    assert told["attention"] == []
    n8n.run(flow, "crashed", at=now - timedelta(minutes=10))
    await client.server.read()
    (told,) = (await client.get(f"metrics/client/{client.id}/workflows"))["workflows"]
    assert told["streak"]["length"] == 3
    assert told["attention"][0]["reason"] == "workflow_failing"
    first = (await client.get("metrics/all"))["clients"][0]
    assert first["attention"][0]["severity"] == "critical"
    n8n.run(flow, at=now - timedelta(minutes=5))
    n8n.run(flow, "error", mode="manual", at=now - timedelta(minutes=4))
    await client.server.read()
    (told,) = (await client.get(f"metrics/client/{client.id}/workflows"))["workflows"]
    assert told["streak"] == {"outcome": "success", "length": 1}


async def test_failures_are_explained(make_client: MakeClient, resources: Resources) -> None:
    client = await make_client()
    server = client.server
    n8n = server.simulator.installation
    flow = str(n8n.add_workflow("Orders")["id"])
    for number in range(5):
        message = "No stock" if number < 3 else "Timed out"
        n8n.run(flow, "error", error=message, node="Reserve")
    pruned = n8n.run(flow, "error")
    await server.read()
    n8n.delete_executions([pruned])
    server.simulator.fault("down", path="/api", times=1)
    assert await service.explain_server(resources, client.id, server.connection_id) == 0
    assert await service.explain_server(resources, client.id, server.connection_id) == 6
    server.simulator.requests.clear()
    assert await service.explain_server(resources, client.id, server.connection_id) == 0
    assert server.simulator.requests == []
    errors = (await client.metrics())["errors"]
    assert [(each["message"], each["count"]) for each in errors] == [
        ("No stock", 3),
        ("Timed out", 2),
        (None, 1),
    ]
    assert errors[0]["node"] == "Reserve"
    assert errors[0]["latest"]["id"] == "3"
    assert errors[0]["latest"]["url"] == f"{server.simulator.url}/workflow/{flow}/executions/3"
    rows = await client.get(f"metrics/client/{client.id}/executions", status="error", limit=2)
    assert rows["items"][0]["explained"] is True
    assert rows["items"][0]["error_message"] is None
    (told,) = (await client.get(f"metrics/client/{client.id}/workflows"))["workflows"]
    assert told["most_common_error"]["message"] == "No stock"


async def test_executions_page_by_page_and_as_csv(make_client: MakeClient) -> None:
    client = await make_client()
    n8n = client.server.simulator.installation
    flow = str(n8n.add_workflow("=cmd()")["id"])
    moment = n8n.clock()
    for number in range(25):
        n8n.run(flow, "error" if number % 5 == 0 else "success", at=moment)
    await client.server.read()
    seen: list[str] = []
    cursor = {}
    while True:
        page = await client.get(f"metrics/client/{client.id}/executions", limit=4, **cursor)
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [str(number) for number in range(25, 0, -1)]
    failed = await client.get(f"metrics/client/{client.id}/executions", status=["error", "crashed"])
    assert len(failed["items"]) == 5
    owner = await client.factory.member(client.id)
    for path, lines in (
        ("my-executions.csv", 25),
        ("my-metrics.csv", 30),
        ("my-workflows.csv", 1),
    ):
        answer = await client.http.get(f"/api/v1/metrics/{path}", headers=owner.headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == lines
        assert "\n=cmd" not in answer.text.replace(",=cmd", "\n=cmd")
    answer = await client.http.get("/api/v1/metrics/all.csv", headers=client.staff.headers)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert next(row for row in rows if row["client_id"] == str(client.id))["executions"] == "25"


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2030-01-01T00:00:00Z"},
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"days": 0},
        {"days": 300, "interval": "hour"},
        {"interval": "minute"},
    ],
)
async def test_periods_that_are_none(make_client: MakeClient, params: dict[str, str]) -> None:
    client = await make_client(servers=0)
    for path in ("all", f"client/{client.id}", f"client/{client.id}/workflows"):
        answer = await client.http.get(
            f"/api/v1/metrics/{path}", params=params, headers=client.staff.headers
        )
        if path.endswith("workflows") and params.get("interval") == "hour":
            continue
        assert answer.status_code == 422, (path, answer.text)


async def test_a_check_of_an_n8n_over_the_platform(make_client: MakeClient) -> None:
    client = await make_client()
    owner = await client.factory.member(client.id)
    answer = await client.http.post(
        f"/api/v1/integrations/{client.server.connection_id}/test", headers=owner.headers
    )
    assert answer.json()["success"] is True, answer.text
    assert answer.json()["server_version"] == "1.123.81"
    client.server.simulator.installation.keys.clear()
    answer = await client.http.post(
        f"/api/v1/integrations/{client.server.connection_id}/test", headers=owner.headers
    )
    assert answer.json()["success"] is False
    assert "API key" in answer.json()["problem"]


async def test_a_stored_n8n_is_tried_when_asked(make_client: MakeClient) -> None:
    client = await make_client()
    stranger = await make_client("Somebody else")
    server = client.server
    path = f"/api/v1/clients/{client.id}/n8n-config/{server.connection_id}/test"

    async def tried(at: str = path) -> httpx.Response:
        return await client.http.post(at, headers=client.staff.headers)

    async def shown() -> dict[str, Any]:
        (found,) = (await client.get(f"clients/{client.id}"))["servers"]
        return dict(found)

    assert (await tried()).json()["success"] is True
    assert (await shown())["version"] == server.simulator.installation.version
    server.simulator.installation.keys.clear()
    found = (await tried()).json()
    assert found["success"] is False
    assert "API key" in found["problem"]
    assert (await shown())["status"] == "reauthorise"
    other = path.replace(str(client.id), str(stranger.id))
    assert (await tried(other)).status_code == 404
