"""An Odoo that is slow, away or too busy: what callers are told, and what it is spared."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import httpx

from bridgecore.domains.gateway.service.clients import CallLimits
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import Company, credentials
from tests.integration.gateway.conftest import Found, gateway_with
from tests.integration.gateway.wire import problem, writes

PARTNER = "res.partner"
COUNT: dict[str, Any] = {"model": PARTNER, "domain": []}
NEW: dict[str, Any] = {"model": PARTNER, "values": {"name": "Trouble"}}


async def test_odoo_refuses_connections(
    found: Found, odoo: OdooSimulator, closed_port: int
) -> None:
    away = credentials(odoo, url=f"http://127.0.0.1:{closed_port}")
    company = await found(settings=away)
    problem(await company.post("search_count", COUNT), 502, "UPSTREAM_UNREACHABLE")
    # nothing was sent, so there is no doubt about the write
    problem(await company.post("create", NEW), 502, "UPSTREAM_UNREACHABLE")
    assert [each["status"] for each in (await writes(company))["items"]] == ["failed"]


async def test_a_proxy_in_front_says_odoo_is_down(company: Company, odoo: OdooSimulator) -> None:
    await company.ask("search_count", COUNT)
    odoo.fault("down")
    problem(await company.post("search_read", COUNT), 502, "UPSTREAM_UNREACHABLE")
    problem(await company.post("create", NEW), 502, "UPSTREAM_OUTCOME_UNKNOWN")


async def test_a_connection_that_breaks_off(company: Company, odoo: OdooSimulator) -> None:
    await company.ask("search_count", COUNT)
    odoo.fault("drop_answer", times=1)
    problem(await company.post("search_read", COUNT), 502, "UPSTREAM_UNREACHABLE")


async def test_a_slow_odoo(company: Company, odoo: OdooSimulator, resources: Resources) -> None:
    limits = CallLimits(read_seconds=0.3, write_seconds=0.3)
    async with gateway_with(resources, limits) as client:
        await company.ask("search_count", COUNT, client=client)
        odoo.fault("latency", seconds=1, model=PARTNER)
        read = await company.post("search_read", COUNT, client=client)
        problem(read, 504, "UPSTREAM_TIMEOUT")
        write = await company.post("create", NEW, client=client)
        body = problem(write, 502, "UPSTREAM_OUTCOME_UNKNOWN")
    (doubtful,) = (await writes(company, status="unknown"))["items"]
    assert doubtful["id"] == body["intent_id"]


async def test_odoo_asks_for_fewer_calls(company: Company, odoo: OdooSimulator) -> None:
    await company.ask("search_count", COUNT)
    odoo.fault("rate_limit", seconds=9, model=PARTNER)
    for operation, body in (("search_read", COUNT), ("create", NEW)):
        answer = await company.post(operation, body)
        problem(answer, 503, "UPSTREAM_RATE_LIMITED")
        assert answer.headers["retry-after"] == "9"


async def test_a_dead_odoo_is_given_a_pause_and_found_again(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    async with gateway_with(resources, CallLimits(failures=5, pause=600)) as client:

        async def read(number: int) -> httpx.Response:
            body = {**COUNT, "limit": number, "fields": ["name"]}
            return await company.post("search_read", body, client=client)

        assert (await read(99)).status_code == 200
        odoo.fault("down", model=PARTNER)
        for number in range(1, 6):
            problem(await read(number), 502, "UPSTREAM_UNREACHABLE")
        (fault,) = odoo.faults.describe()
        refused = await read(6)
        problem(refused, 503, "CIRCUIT_OPEN")
        assert int(refused.headers["retry-after"]) >= 1
        # a write is refused before anything is sent, so nothing is in doubt
        problem(await company.post("create", NEW, client=client), 503, "CIRCUIT_OPEN")
        assert odoo.faults.describe()[0]["hits"] == fault["hits"] == 5
        # what is kept is still served
        assert (await read(99)).status_code == 200


async def test_after_the_pause_one_call_looks_and_finds_odoo_again(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    async with gateway_with(resources, CallLimits(failures=1, pause=0.2)) as client:
        numbers = itertools.count(1)

        async def reads(at_once: int) -> list[int]:
            bodies = ({**COUNT, "limit": next(numbers), "fields": ["name"]} for _ in range(at_once))
            posts = (company.post("search_read", body, client=client) for body in bodies)
            found = [answer.status_code for answer in await asyncio.gather(*posts)]
            await asyncio.sleep(0.02)  # a fast machine would run into the burst limit
            return found

        assert await reads(1) == [200]
        down = odoo.fault("down", model=PARTNER)
        assert await reads(1) == [502]
        async with asyncio.timeout(30):
            while down.hits < 3:
                before = down.hits
                # of those at once at most one looks, however long the pause is over
                assert sorted(await reads(5)) in ([503] * 5, [502, *[503] * 4])
                assert down.hits - before <= 1
            odoo.faults.clear()
            while 200 not in (found := await reads(5)):
                assert found == [503] * 5
        assert await reads(5) == [200] * 5


async def test_refusals_do_not_open_the_circuit(company: Company) -> None:
    for _ in range(7):
        refused = await company.call_kw(PARTNER, "no_such_method", [])
        assert refused.status_code == 400
    await company.ask("search_count", COUNT)


async def test_one_tenants_dead_odoo_is_no_concern_of_another(
    found: Found, odoo: OdooSimulator, closed_port: int
) -> None:
    away = credentials(odoo, url=f"http://127.0.0.1:{closed_port}")
    dead, alive = await found(settings=away), await found()
    for _ in range(6):
        answer = await dead.post("search_count", COUNT)
    problem(answer, 503, "CIRCUIT_OPEN")
    await alive.ask("search_count", COUNT)


async def test_too_many_calls_at_once_wait_then_are_refused(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    limits = CallLimits(places=2, queue=3, patience=5)
    async with gateway_with(resources, limits) as client:
        await company.ask("search_count", COUNT, client=client)
        odoo.fault("latency", seconds=0.4, model=PARTNER, method="search_read")
        answers = await asyncio.gather(
            *(
                company.post("search_read", {**COUNT, "limit": number}, client=client)
                for number in range(1, 9)
            )
        )
        served = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert (len(served), len(refused)) == (5, 3)
        for answer in refused:
            problem(answer, 503, "TENANT_BUSY")
            assert int(answer.headers["retry-after"]) >= 1
        assert odoo.journal.count(PARTNER, "search_read") == 5


async def test_an_installation_sets_how_many_calls_are_made_at_once(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    settings = resources.settings.model_copy(update={"odoo_concurrency": 2})
    async with gateway_with(replace(resources, settings=settings)) as client:
        await company.ask("search_count", COUNT, client=client)
        odoo.fault("latency", seconds=0.4, model=PARTNER, method="search_read")
        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(
            *(
                company.post("search_read", {**COUNT, "limit": number}, client=client)
                for number in range(1, 6)
            )
        )
        # five by twos are three turns, which can't be quicker than Odoo
        assert asyncio.get_running_loop().time() - began >= 3 * 0.4
    assert {answer.status_code for answer in answers} == {200}


async def test_a_queue_that_does_not_move_is_left(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    limits = CallLimits(places=1, queue=5, patience=0.2)
    async with gateway_with(resources, limits) as client:
        await company.ask("search_count", COUNT, client=client)
        odoo.fault("latency", seconds=0.8, model=PARTNER, method="search_read")
        first, second = await asyncio.gather(
            *(
                company.post("search_read", {**COUNT, "limit": number}, client=client)
                for number in (1, 2)
            )
        )
        assert sorted((first.status_code, second.status_code)) == [200, 503]
    # a write refused for want of a place was not sent
    assert odoo.journal.count(PARTNER, "search_read") == 1
