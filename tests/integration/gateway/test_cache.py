"""Kept answers: who shares them, what makes them old, and reads that fly together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bridgecore.domains.gateway.service.cache import AnswerCache, CacheKey
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import ROBOT, SELLER, Company, credentials
from tests.factories.waiting import until
from tests.integration.gateway.conftest import Found, gateway_with

PARTNER = "res.partner"
READ: dict[str, Any] = {"model": PARTNER, "domain": [["id", "<", 4]], "fields": ["name"]}


def asked(odoo: OdooSimulator, method: str = "search_read") -> int:
    """How often Odoo was asked."""
    return odoo.journal.count(PARTNER, method)


async def test_the_same_read_is_asked_once(company: Company, odoo: OdooSimulator) -> None:
    first = await company.post("search_read", READ)
    second = await company.post("search_read", READ)
    assert first.content == second.content
    assert asked(odoo) == 1


async def test_processes_share_answers(
    company: Company, odoo: OdooSimulator, other_process: httpx.AsyncClient
) -> None:
    first = await company.post("search_read", READ)
    second = await company.post("search_read", READ, client=other_process)
    assert first.content == second.content
    assert asked(odoo) == 1


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("create", {"values": {"name": "New"}}),
        ("write", {"ids": [1], "values": {"comment": "changed"}}),
        ("call_method", {"method": "message_post", "ids": [1], "kwargs": {"body": "Hello"}}),
    ],
)
async def test_a_change_through_either_process_empties_both(
    company: Company,
    odoo: OdooSimulator,
    other_process: httpx.AsyncClient,
    operation: str,
    body: dict[str, Any],
) -> None:
    for changer in (company.client, other_process):
        odoo.journal.clear()
        for reader in (company.client, other_process, company.client, other_process):
            await company.ask("search_read", READ, client=reader)
        kept = asked(odoo)
        await company.ask(operation, {"model": PARTNER, **body}, client=changer)
        for reader in (other_process, company.client):
            await company.ask("search_read", READ, client=reader)
        assert kept <= 1
        assert asked(odoo) == kept + 1


async def test_a_refused_write_leaves_answers_alone(company: Company, odoo: OdooSimulator) -> None:
    await company.ask("search_read", READ)
    refused = await company.call_kw(PARTNER, "write", [[1], {"no_such": 1}])
    assert refused.status_code == 400
    await company.ask("search_read", READ)
    assert asked(odoo) == 1


async def test_fresh_asks_and_is_kept_for_the_others(company: Company, odoo: OdooSimulator) -> None:
    name = await company.ask("create", {"model": PARTNER, "values": {"name": "Before"}})
    read = {"model": PARTNER, "ids": [name], "fields": ["name"]}
    assert (await company.ask("read", read))[0]["name"] == "Before"
    with odoo.databases["acme"].transaction(2) as env:
        row = env.store.tables[PARTNER].rows[name]
        env.store.put(PARTNER, name, {**row, "name": "After"})
    assert (await company.ask("read", read))[0]["name"] == "Before"
    assert (await company.ask("read", {**read, "fresh": True}))[0]["name"] == "After"
    assert (await company.ask("read", read))[0]["name"] == "After"
    assert asked(odoo, "read") == 2


async def test_another_context_is_another_answer(company: Company, odoo: OdooSimulator) -> None:
    contexts: list[dict[str, Any]] = [
        {},
        {"lang": "en_US"},
        {"lang": "ru_RU"},
        {"lang": "ru_RU", "allowed_company_ids": [1]},
        {"tz": "Asia/Dubai", "lang": "ru_RU"},
    ]
    for number, context in enumerate(contexts, 1):
        for _ in range(2):
            await company.ask("search_read", {**READ, "context": context} if context else READ)
        assert asked(odoo) == number
    for number, context in enumerate(contexts, len(contexts) + 1):
        body = {"model": PARTNER, "method": "search_read", "args": []}
        kwargs = {"domain": READ["domain"], "fields": ["name"], "context": context}
        await company.ask("call_kw", {**body, "kwargs": kwargs})
        assert asked(odoo) == number


async def test_another_connection_is_another_answer(company: Company, odoo: OdooSimulator) -> None:
    await company.connect(credentials(odoo), "Same place")
    await company.ask("search_read", READ)
    await company.ask("search_read", {**READ, "connection": "Same place"})
    assert asked(odoo) == 2


async def test_another_tenant_is_another_answer(found: Found, odoo: OdooSimulator) -> None:
    ours, theirs = await found(), await found()
    await ours.ask("search_read", READ)
    await theirs.ask("search_read", READ)
    assert asked(odoo) == 2
    await theirs.ask("write", {"model": PARTNER, "ids": [1], "values": {"comment": "theirs"}})
    await ours.ask("search_read", READ)
    assert asked(odoo) == 2


async def test_a_member_with_an_own_login_has_answers_of_their_own(
    company: Company, odoo: OdooSimulator
) -> None:
    seller = await company.member(as_user=SELLER)
    await company.ask("search_read", READ)
    await company.ask("search_read", READ, by=seller)
    assert asked(odoo) == 2
    colleague = await company.member()
    await company.ask("search_read", READ, by=colleague)
    assert asked(odoo) == 2


async def test_anothers_login_with_a_wrong_password_opens_nothing_kept(
    company: Company, odoo: OdooSimulator
) -> None:
    await company.ask("search_read", READ)
    robot = await company.member(as_user=ROBOT)
    await company.ask("search_read", READ, by=robot)
    assert asked(odoo) == 1  # the same login and password are the same person in Odoo
    liar = await company.member(as_user=replace(ROBOT, password="a guess"))
    answer = await company.post("search_read", READ, by=liar)
    assert answer.status_code == 502
    assert answer.json()["code"] == "UPSTREAM_CREDENTIALS"


async def test_what_depends_on_the_moment_is_not_kept(
    company: Company, odoo: OdooSimulator
) -> None:
    for _ in range(2):
        await company.ask("default_get", {"model": PARTNER, "fields": ["type"]})
        await company.ask("onchange", {"model": PARTNER, "values": {"name": "x"}, "field": "name"})
    assert asked(odoo, "default_get") == asked(odoo, "onchange") == 2


async def test_a_failure_is_not_kept(company: Company, odoo: OdooSimulator) -> None:
    odoo.fault("error", model=PARTNER, method="search_read", times=1)
    assert (await company.post("search_read", READ)).status_code == 400
    await company.ask("search_read", READ)


async def test_answers_end_with_their_time_and_0_keeps_none(
    company: Company, odoo: OdooSimulator, settings: Settings
) -> None:
    for ttl, expected in ((1, [1, 1, 2]), (0, [1, 2, 3])):
        await company.client.delete("/api/v1/odoo/cache/clear", headers=company.owner.headers)
        odoo.journal.clear()
        short = settings.model_copy(update={"cache_ttl": ttl})
        async with open_resources(short) as opened, gateway_with(opened) as client:
            counts = []
            for pause in (0.0, 0.0, 1.2 if ttl else 0.0):
                await asyncio.sleep(pause)
                await company.ask("search_read", READ, client=client)
                counts.append(asked(odoo))
        assert counts == expected


async def test_stats_and_clear(company: Company, odoo: OdooSimulator) -> None:
    async def stats() -> dict[str, Any]:
        answer = await company.client.get("/api/v1/odoo/cache/stats", headers=company.owner.headers)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["success"] is True
        return dict(told)

    before = await stats()
    await company.ask("search_read", READ)
    await company.ask("search_read", READ)
    after = await stats()
    assert after["enabled"] is True
    assert after["ttl_seconds"] == 300
    assert after["hits"] == before["hits"] + 1
    assert after["misses"] == before["misses"] + 1
    assert after["entries"] > 0
    assert after["bytes"] > 0
    cleared = await company.client.delete("/api/v1/odoo/cache/clear", headers=company.owner.headers)
    assert cleared.json() == {"success": True, "generation": after["generation"] + 1}
    await company.ask("search_read", READ)
    assert asked(odoo) == 2


async def test_stats_tell_nothing_of_other_tenants(found: Found) -> None:
    ours, theirs = await found(), await found()
    for _ in range(3):
        await theirs.ask("search_read", READ)
    answer = await ours.client.get("/api/v1/odoo/cache/stats", headers=ours.owner.headers)
    told = answer.json()
    assert (told["entries"], told["bytes"], told["hits"], told["misses"]) == (0, 0, 0, 0)
    assert told["hit_rate"] is None


async def test_fifty_identical_reads_at_once_are_one_call(
    company: Company, odoo: OdooSimulator
) -> None:
    await company.ask("search_count", {"model": PARTNER})
    odoo.fault("latency", seconds=0.3, model=PARTNER, method="search_read")
    answers = await asyncio.gather(*(company.post("search_read", READ) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert asked(odoo) == 1


async def test_one_who_hangs_up_does_not_end_the_call_of_the_others(
    company: Company, odoo: OdooSimulator
) -> None:
    await company.ask("search_count", {"model": PARTNER})
    slow = odoo.fault("latency", seconds=3, model=PARTNER, method="search_read", times=1)
    first = asyncio.create_task(company.post("search_read", READ))
    await until(lambda: slow.hits, "the call of the first")
    others = [asyncio.create_task(company.post("search_read", READ)) for _ in range(3)]
    await asyncio.sleep(0.1)  # if they are later than this, they prove less and fail no more
    first.cancel()
    answers = await asyncio.gather(*others)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    # the first took its own call of Odoo with it, which Odoo ends; the rest share a second one
    await until(lambda: asked(odoo) == 2, "the end of both calls")


async def test_a_failure_is_told_to_everybody_who_waited(
    company: Company, odoo: OdooSimulator
) -> None:
    await company.ask("search_count", {"model": PARTNER})
    odoo.fault("latency", seconds=0.2, model=PARTNER, method="search_read")
    odoo.fault("error", model=PARTNER, method="search_read", message="Closed today")
    batch = {
        "operations": [
            {"method": "search_count", "model": PARTNER},
            {"method": "search_read", **READ},
        ]
    }
    single, in_a_batch = await asyncio.gather(
        company.post("search_read", READ), company.post("batch_execute", batch)
    )
    assert single.status_code == in_a_batch.status_code == 400
    assert single.json()["detail"] == in_a_batch.json()["detail"] == "Closed today"
    assert in_a_batch.json()["completed"] == 1
    assert "completed" not in single.json()


async def test_a_read_that_began_before_a_write_is_not_kept_after_it(
    company: Company, odoo: OdooSimulator, resources: Resources
) -> None:
    await company.ask("search_count", {"model": PARTNER})
    late = odoo.fault("latency", seconds=1, model=PARTNER, method="search_read", times=1)
    slow = asyncio.create_task(company.post("search_read", READ))
    await until(lambda: late.hits, "the read")
    await company.ask("write", {"model": PARTNER, "ids": [2], "values": {"comment": "now"}})
    assert (await slow).status_code == 200
    await company.ask("search_read", READ)
    assert asked(odoo) == 2


async def test_with_redis_away_reads_and_writes_go_on_and_nothing_kept_is_served(
    company: Company, odoo: OdooSimulator, settings: Settings, closed_port: int
) -> None:
    await company.ask("search_read", READ)
    nowhere = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{closed_port}/0"})
    async with open_resources(nowhere) as opened, gateway_with(opened) as client:
        for number in (2, 3):
            await company.ask("search_read", READ, client=client)
            assert asked(odoo) == number
        created = {"model": PARTNER, "values": {"name": "Without Redis"}}
        assert type(await company.ask("create", created, client=client)) is int


async def test_kept_answers_are_compressed_for_who_asks(company: Company) -> None:
    read = {"model": PARTNER, "limit": 40}
    plain, small = [
        await company.post("search_read", read, headers={"Accept-Encoding": encoding})
        for encoding in ("identity", "gzip")
    ]
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 3
    assert small.json() == plain.json()


async def test_bodies_made_of_answers_count_and_go_with_them(resources: Resources) -> None:
    cache = AnswerCache(resources.redis, ttl=60, capacity=1000)
    keys = [CacheKey("sized", 1, bytes([number] * 20)) for number in range(3)]
    for key in keys[:2]:
        await cache.put(key, b"x" * 300)
    made: list[bytes] = []

    def make(raw: bytes) -> bytes:
        made.append(raw)
        return b'{"result":' + raw + b"}"

    for _ in range(3):
        kept = cache.near(keys[1])
        assert kept is not None
        assert cache.body(kept, "search_read", make) == b'{"result":' + b"x" * 300 + b"}"
    assert len(made) == 1
    use = cache.use("sized")
    assert (use.entries, use.bytes) == (2, 911)
    await cache.put(keys[2], b"y" * 300)  # what was used least goes
    assert (use.entries, use.bytes) == (2, 911)
    assert cache.near(keys[0]) is None
    await cache.put(keys[1], b"z" * 10)
    assert (use.entries, use.bytes) == (2, 310)
