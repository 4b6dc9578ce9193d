"""Trying connections against a simulated Odoo."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.connections import service
from bridgecore.domains.connections.schemas import ConnectionStatus
from bridgecore.domains.connections.service.checks import try_configuration
from bridgecore.infra.outbox import OutboxEvent
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import Fault, OdooSimulator
from tests.factories.tenants import TenantFactory, sign_in_staff

ROUTE = "/api/v1/integrations"
TEST = f"{ROUTE}/odoo/test"
STAFF_TEST = "/admin/integrations/test"


@contextmanager
def fault(odoo: OdooSimulator, kind: str, **options: Any) -> Iterator[Fault]:
    given = odoo.fault(kind, **options)
    try:
        yield given
    finally:
        odoo.faults.remove(given.id)


async def struck(slow: Fault) -> None:
    """Return once a call is waiting at the simulator."""
    async with asyncio.timeout(10):
        while slow.hits == 0:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.02)


@pytest.fixture
async def tenant_id(tenant_factory: TenantFactory) -> UUID:
    return (await tenant_factory.tenant()).id


@pytest.fixture
async def owner(tenant_factory: TenantFactory, tenant_id: UUID) -> dict[str, str]:
    return (await tenant_factory.member(tenant_id)).headers


@pytest.fixture
async def connection(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> dict[str, Any]:
    answer = await client.post(f"{ROUTE}/odoo/configure", json=settings_of_odoo, headers=owner)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_connection_that_works_is_remembered_so(
    client: httpx.AsyncClient, owner: dict[str, str], connection: dict[str, Any]
) -> None:
    found = (await client.post(TEST, headers=owner)).json()
    assert found["success"], found
    assert found["server_version"].startswith("17")
    assert found["user"] == "robot"
    assert found["latency_ms"] > 0
    assert found["problem"] is None
    kept = (await client.get(f"{ROUTE}/{connection['id']}", headers=owner)).json()
    assert kept["status"] == "ok"
    assert kept["server_version"] == found["server_version"]
    assert kept["checked_at"] is not None


async def test_values_are_tried_before_anything_is_stored(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    assert (await client.post(TEST, json=settings_of_odoo, headers=owner)).json()["success"]
    body = {"connector": "odoo", "config": settings_of_odoo}
    answer = await client.post(f"{ROUTE}/test", json=body, headers=owner)
    assert answer.json()["success"]
    assert (await client.get(ROUTE, headers=owner)).json()["total"] == 0


async def test_without_anything_to_try_the_credentials_are_missing(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    answer = await client.post(TEST, headers=owner)
    assert answer.status_code == 400
    assert "Missing Odoo credentials" in answer.json()["detail"]


async def test_a_refused_password_says_what_to_do(
    client: httpx.AsyncClient,
    owner: dict[str, str],
    connection: dict[str, Any],
) -> None:
    wrong = await client.post(TEST, json={"password": "no such"}, headers=owner)
    assert wrong.status_code == 200
    assert not wrong.json()["success"]
    assert "API key" in wrong.json()["what_to_do"]
    path = f"{ROUTE}/{connection['id']}"
    # values that were only tried leave no mark on the stored connection
    assert (await client.get(path, headers=owner)).json()["status"] == "unknown"
    await client.put(path, json={"config": {"password": "no such"}}, headers=owner)
    assert not (await client.post(f"{path}/test", headers=owner)).json()["success"]
    kept = (await client.get(path, headers=owner)).json()
    assert kept["status"] == "reauthorise"
    assert kept["status_detail"]


async def test_a_missing_database_names_those_there_are(
    client: httpx.AsyncClient, owner: dict[str, str], connection: dict[str, Any]
) -> None:
    found = (await client.post(TEST, json={"database": "nope"}, headers=owner)).json()
    assert not found["success"]
    assert "acme" in found["problem"]
    assert "database" in found["what_to_do"]


async def test_a_server_that_is_not_there(
    client: httpx.AsyncClient, owner: dict[str, str], settings_of_odoo: dict[str, str]
) -> None:
    nowhere = {**settings_of_odoo, "url": "http://127.0.0.1:9"}
    found = (await client.post(TEST, json=nowhere, headers=owner)).json()
    assert not found["success"]
    assert "firewall" in found["what_to_do"]


async def test_a_server_that_never_answers_is_given_up(
    resources: Resources, odoo: OdooSimulator, settings_of_odoo: dict[str, str]
) -> None:
    with fault(odoo, "hang"):
        async with asyncio.timeout(5):
            outcome = await try_configuration(
                resources, service.connectors()["odoo"], settings_of_odoo, seconds=2.5
            )
    assert outcome.status is ConnectionStatus.FAILING
    assert not outcome.answer.success
    assert outcome.answer.problem


async def test_no_database_connection_waits_with_the_check(
    client: httpx.AsyncClient,
    resources: Resources,
    odoo: OdooSimulator,
    owner: dict[str, str],
    connection: dict[str, Any],
) -> None:
    with fault(odoo, "latency", seconds=1.0, times=1) as slow:
        running = asyncio.create_task(client.post(TEST, headers=owner))
        await struck(slow)
        async with resources.database.platform() as session:
            held = await session.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND application_name LIKE 'bridgecore-%'"
                    " AND state LIKE 'idle in transaction%'"
                )
            )
        assert not running.done()
        assert held == 0
        assert (await running).json()["success"]


async def test_a_result_for_settings_that_changed_meanwhile_is_dropped(
    client: httpx.AsyncClient,
    odoo: OdooSimulator,
    owner: dict[str, str],
    connection: dict[str, Any],
) -> None:
    path = f"{ROUTE}/{connection['id']}"
    with fault(odoo, "latency", seconds=1.0, times=1) as slow:
        running = asyncio.create_task(client.post(TEST, headers=owner))
        await struck(slow)
        await client.put(path, json={"config": {"username": "someone"}}, headers=owner)
        assert (await running).json()["success"]
    assert (await client.get(path, headers=owner)).json()["status"] == "unknown"


async def test_a_change_of_health_is_announced_once(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_id: UUID,
    owner: dict[str, str],
    connection: dict[str, Any],
) -> None:
    for _ in range(2):
        await client.post(TEST, headers=owner)
    await service.note_status(
        resources, tenant_id, UUID(connection["id"]), ConnectionStatus.REAUTHORISE, "refused"
    )
    async with resources.database.tenant(tenant_id) as session:
        rows = await session.execute(
            text(
                f"SELECT payload->'status' FROM {OutboxEvent.__tablename__}"
                " WHERE type = 'connection.status_changed' ORDER BY sequence"
            )
        )
        changes = [row[0] for row in rows]
    assert changes == [["unknown", "ok"], ["ok", "reauthorise"]]


async def test_staff_test_a_tenants_connection(
    client: httpx.AsyncClient,
    tenant_id: UUID,
    connection: dict[str, Any],
    staff_headers: dict[str, str],
) -> None:
    answer = await client.post(f"/admin/tenants/{tenant_id}/test-connection", headers=staff_headers)
    assert answer.json()["success"]
    shown = (await client.get(f"/admin/tenants/{tenant_id}", headers=staff_headers)).json()
    assert shown["connection_status"] == "ok"
    assert shown["odoo_version"].startswith("17")


async def test_an_unreachable_secret_asks_for_it_again(
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_id: UUID,
    owner: dict[str, str],
    connection: dict[str, Any],
) -> None:
    async with resources.database.platform() as session:
        await session.execute(
            text("UPDATE connections SET secret = '\\x00' WHERE id = :id"),
            {"id": connection["id"]},
        )
    found = (await client.post(TEST, headers=owner)).json()
    assert not found["success"]
    assert found["what_to_do"] == "Enter it again."
    kept = (await client.get(f"{ROUTE}/{connection['id']}", headers=owner)).json()
    assert kept["status"] == "reauthorise"


async def test_staff_test_a_connection_before_its_tenant_is_saved(
    client: httpx.AsyncClient,
    owner: dict[str, str],
    staff_headers: dict[str, str],
    settings_of_odoo: dict[str, str],
) -> None:
    body = {"connector": "odoo", "config": settings_of_odoo}
    found = await client.post(STAFF_TEST, json=body, headers=staff_headers)
    assert found.json()["success"], found.text
    assert (await client.post(STAFF_TEST, json=body, headers=owner)).status_code in (401, 403)
    inside = {**settings_of_odoo, "url": "http://169.254.169.254"}
    refused = await client.post(STAFF_TEST, json={**body, "config": inside}, headers=staff_headers)
    assert refused.json()["code"] == "ADDRESS_NOT_ALLOWED", refused.text


async def test_staff_test_changes_of_a_tenant_without_its_password(
    client: httpx.AsyncClient,
    tenant_id: UUID,
    connection: dict[str, Any],
    owner: dict[str, str],
    staff_headers: dict[str, str],
) -> None:
    async def tried(tenant: str, **config: str) -> httpx.Response:
        body = {"connector": "odoo", "tenant_id": tenant, "config": config}
        return await client.post(STAFF_TEST, json=body, headers=staff_headers)

    assert (await tried(str(tenant_id))).json()["success"]
    assert not (await tried(str(tenant_id), username="nobody")).json()["success"]
    elsewhere = await tried(str(tenant_id), url="https://odoo.example")
    assert elsewhere.status_code == 422
    assert elsewhere.json()["errors"][0]["code"] == "secret_needed"
    assert (await tried(str(uuid4()))).json()["code"] == "TENANT_NOT_FOUND"
    kept = (await client.get(f"{ROUTE}/{connection['id']}", headers=owner)).json()
    assert kept["status"] == "unknown"


async def test_tests_that_fail_again_and_again_have_to_wait(
    client: httpx.AsyncClient, resources: Resources, settings_of_odoo: dict[str, str]
) -> None:
    person = await sign_in_staff(resources, client, role="admin")
    closed = {**settings_of_odoo, "url": "http://127.0.0.1:9"}
    statuses = [
        (
            await client.post(
                STAFF_TEST,
                json={"connector": "odoo", "config": closed},
                headers=person.headers,
            )
        ).status_code
        for _ in range(21)
    ]
    assert statuses == [200] * 20 + [429]
