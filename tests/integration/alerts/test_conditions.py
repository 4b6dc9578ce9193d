"""Each condition really comes about: it is told once when it fires and once when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from bridgecore.domains.alerts import service
from bridgecore.domains.usage import service as usage
from bridgecore.domains.usage.schemas import Period, Subject
from bridgecore.domains.webhooks.service.processing import work_once
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import DATABASE, USERS, found_company
from tests.factories.tenants import SignedIn, TenantFactory
from tests.integration.sync.conftest import CREDENTIALS, PARTNERS, Copy, copying
from tests.integration.sync.odoo import InOdoo
from tests.integration.webhooks.conftest import event, receiving_company
from tests.integration.webhooks.test_processing import partner, synchronised

TAGS = "res.partner.category"
LONG_AGO = 86_400.0
STORAGE_GB = 1024**3


@dataclass(frozen=True, slots=True)
class Watched:
    """One kind of condition of one tenant, as its owner sees it."""

    kind: str
    tenant_id: UUID
    owner: SignedIn
    http: httpx.AsyncClient
    resources: Resources

    async def told(self) -> list[str]:
        """Look three times; what the owner was told of this kind, oldest first."""
        for _ in range(3):
            await service.evaluate_tenant(self.resources, self.tenant_id)
        answer = await self.http.get("/api/v1/notifications", headers=self.owner.headers)
        found = [each["event"] for each in answer.json()["items"] if each["kind"] == self.kind]
        return found[::-1]

    async def firing(self) -> list[dict[str, Any]]:
        answer = await self.http.get(
            "/api/v1/alerts",
            params={"status": "firing", "kind": self.kind},
            headers=self.owner.headers,
        )
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def set(self, **parameters: Any) -> None:
        """What the rule goes by."""
        rules = (await self.http.get("/api/v1/alerts/rules", headers=self.owner.headers)).json()
        (rule,) = (each for each in rules if each["kind"] == self.kind)
        answer = await self.http.put(
            f"/api/v1/alerts/rules/{rule['id']}",
            json={"parameters": parameters},
            headers=self.owner.headers,
        )
        assert answer.status_code == 200, answer.text


Watch = Callable[[str, UUID, SignedIn], Watched]


@pytest.fixture
def watch(resources: Resources, client: httpx.AsyncClient) -> Watch:
    return lambda kind, tenant_id, owner: Watched(kind, tenant_id, owner, client, resources)


@pytest.fixture
async def copy(
    resources: Resources, client: httpx.AsyncClient, tenant_factory: TenantFactory
) -> AsyncIterator[Copy]:
    async with (
        OdooSimulator(17, DATABASE, users=USERS) as simulator,
        copying(resources, client, tenant_factory, simulator) as made,
    ):
        yield made


async def test_an_entity_that_can_not_be_read(copy: Copy, watch: Watch) -> None:
    watched = watch("sync_failed", copy.tenant_id, copy.owner)
    await copy.plan(PARTNERS, TAGS)
    await copy.sync()
    assert await watched.told() == []
    fault = copy.simulator.fault(
        "error", model=TAGS, error="odoo.exceptions.AccessError", message="You may not."
    )
    await copy.sync()
    assert await watched.told() == ["fired"]
    (alert,) = await watched.firing()
    assert TAGS in alert["text"]

    copy.simulator.faults.remove(fault.id)
    await copy.sync()
    assert await watched.told() == ["fired", "recovered"]
    assert await watched.firing() == []


async def test_a_removal_that_waits_for_an_answer(copy: Copy, watch: Watch) -> None:
    watched = watch("deletes_waiting", copy.tenant_id, copy.owner)
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS, delete_floor=10)
    made = odoo.create(100)
    await copy.sync()
    assert await watched.told() == []
    odoo.remove_unseen(made)
    assert (await copy.sync())["status"] == "needs_confirmation"
    assert await watched.told() == ["fired"]

    run = await copy.call(
        "POST",
        "/integrations/odoo/sync/deletes",
        json={"entity": PARTNERS, "decision": "confirm"},
    )
    assert (await copy.ended(run["id"]))["status"] == "completed"
    assert await watched.told() == ["fired", "recovered"]


async def test_a_copy_that_differs(copy: Copy, watch: Watch) -> None:
    watched = watch("parity_differs", copy.tenant_id, copy.owner)
    odoo = InOdoo(copy.simulator)
    await copy.plan(PARTNERS)
    changed = odoo.create(2, late=LONG_AGO)
    await copy.sync()
    assert (await copy.parity())["status"] == "equal"
    assert await watched.told() == []
    for key in changed:
        odoo.change_unseen(key, name="Raw SQL")
    assert (await copy.parity())["status"] == "differs"
    assert await watched.told() == ["fired"]
    (alert,) = await watched.firing()
    assert alert["facts"]["records"] == 2

    repair = await copy.call("POST", "/integrations/odoo/sync/repair")
    assert (await copy.ended(repair["id"]))["status"] == "completed"
    assert await watched.told() == ["fired", "recovered"]


async def test_requests_that_fail(
    resources: Resources, client: httpx.AsyncClient, tenant_factory: TenantFactory, watch: Watch
) -> None:
    async with OdooSimulator(17, DATABASE, users=USERS) as odoo:
        company = await found_company(
            client, tenant_factory, odoo, {**CREDENTIALS, "url": odoo.url}
        )
        watched = watch("error_rate", company.id, company.owner)
        await service.evaluate_tenant(resources, company.id)
        await watched.set(share=0.5, minutes=15, requests=20)

        async def search(count: int) -> list[int]:
            """So many reads, each of its own, so that none shares another's answer."""
            statuses = []
            for number in range(count):
                answer = await client.post(
                    "/api/v1/odoo/search_read",
                    json={"model": PARTNERS, "fields": ["name"], "limit": 1, "offset": number},
                    headers=company.owner.headers,
                )
                statuses.append(answer.status_code)
            return statuses

        odoo.fault("down")
        assert all(status >= 500 for status in await search(25))
        await logged(resources, company.id, errors=25)
        assert await watched.told() == ["fired"]
        (alert,) = await watched.firing()
        assert alert["facts"]["errors"] == 25

        odoo.faults.clear()
        # any request counts, and the breaker need not have closed for these
        for _ in range(60):
            answer = await client.get("/api/v1/auth/me", headers=company.owner.headers)
            assert answer.status_code == 200
        await logged(resources, company.id, errors=25, requests=85)
        assert await watched.told() == ["fired", "recovered"]


async def logged(resources: Resources, tenant_id: UUID, *, errors: int, requests: int = 0) -> None:
    """Returns once the log, which is written off the path of requests, has them."""

    async with asyncio.timeout(60):
        while True:
            now = utcnow()
            period = Period(now - timedelta(minutes=15), now)
            async with resources.database.platform() as session:
                told = await usage.status_distribution(
                    session, period, Subject(tenant_id=tenant_id)
                )
            total = told.status_2xx + told.status_3xx + told.status_4xx + told.status_5xx
            if told.status_5xx >= errors and total >= requests:
                return
            await asyncio.sleep(0.1)


async def test_events_that_could_not_be_worked_on(
    resources: Resources, client: httpx.AsyncClient, tenant_factory: TenantFactory, watch: Watch
) -> None:
    receiving = await receiving_company(client, resources, tenant_factory)
    watched = watch("dead_letters", receiving.tenant_id, receiving.owner)
    await synchronised(receiving, 1)
    assert await watched.told() == []
    body = orjson.dumps({"events": [event(1, values=partner(1, "POISON"))]})
    # more than a number of PostgreSQL holds
    await receiving.send(body.replace(b'"name":"POISON"', b'"name":1e999999'))
    await work_once(resources, receiving.tenant_id)
    assert await watched.told() == ["fired"]

    (letter,) = (await receiving.read("dead-letter"))["items"]
    await receiving.made("dead-letter/discard", event_ids=[letter["id"]])
    assert await watched.told() == ["fired", "recovered"]


async def test_a_plan_that_is_nearly_used_up(
    resources: Resources, client: httpx.AsyncClient, tenant_factory: TenantFactory, watch: Watch
) -> None:
    tenant = await tenant_factory.tenant(plan="free")
    owner = await tenant_factory.member(tenant.id)
    watched = watch("quota_near", tenant.id, owner)
    people = [await tenant_factory.member(tenant.id, role="user") for _ in range(2)]
    assert await watched.told() == []
    people.append(await tenant_factory.member(tenant.id, role="user"))
    assert await watched.told() == ["fired"]
    (alert,) = await watched.firing()
    assert (alert["subject"], alert["facts"]["used"], alert["facts"]["limit"]) == ("users", 4, 5)

    listed = await client.get(
        "/api/v1/members", params={"search": people[-1].email}, headers=owner.headers
    )
    (member,) = listed.json()["items"]
    answer = await client.delete(f"/api/v1/members/{member['id']}", headers=owner.headers)
    assert answer.is_success, answer.text
    assert await watched.told() == ["fired", "recovered"]

    # what is stored is measured apart, and is a condition of its own
    async with resources.database.platform() as session:
        await usage.measure_storage(session, "files", {tenant.id: STORAGE_GB * 9 // 10})
    assert await watched.told() == ["fired", "recovered", "fired"]
    async with resources.database.platform() as session:
        await usage.measure_storage(session, "files", {tenant.id: STORAGE_GB // 10})
    assert await watched.told() == ["fired", "recovered", "fired", "recovered"]
