"""Fetching events from an addon that can't call us: an outbox over HTTP, in the addon's format."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from bridgecore.domains.webhooks.service.processing import work_once
from bridgecore.domains.webhooks.service.pulling import Puller, PullRefused
from tests.integration.webhooks.conftest import Receiving, event

ADDON = Path(__file__).parents[3] / "odoo_addon" / "bridgecore_connector"


def _wire() -> ModuleType:
    """The addon's own module of the format; it needs no Odoo."""
    spec = importlib.util.spec_from_file_location("addon_wire", ADDON / "wire.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Outbox:
    """The addon's outbox: events leave it by acknowledgement only."""

    connection: str
    secret: str
    wire: ModuleType = field(default_factory=_wire)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    answers_as: str = ""
    loses_answers: int = 0
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        body = await request.read()
        refusal = self.wire.verify(request.headers, self.connection, self.secret, body)
        if refusal:
            return web.json_response({"code": refusal, "detail": "Not as agreed."}, status=401)
        asked = json.loads(body)
        gone = set(asked.get("acknowledge", []))
        self.rejected |= {each["id"]: each["code"] for each in asked.get("rejected", [])}
        self.waiting = [
            each
            for each in self.waiting
            if each["id"] not in gone and each["id"] not in self.rejected
        ]
        answer: dict[str, Any] = {"waiting": len(self.waiting)}
        if request.path == "/bridgecore/pull":
            answer |= self.wire.batch("acme", self.waiting[: asked["limit"]])
        if self.loses_answers:
            self.loses_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        content = self.wire.encode(answer)
        headers = self.wire.headers(self.connection, self.answers_as or self.secret, content)
        return web.Response(body=content, headers=headers, content_type="application/json")


@pytest.fixture
async def outbox(receiving: Receiving) -> AsyncIterator[Outbox]:
    held = Outbox(receiving.connection_id, receiving.secret)
    app = web.Application()
    app.router.add_post("/bridgecore/{_:pull|acknowledge}", held.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    changed = await receiving.client.post(
        "/api/v1/integrations/odoo/configure",
        json={"url": held.url, "password": "admin", "addon_events": "fetched"},
        headers=receiving.headers,
    )
    assert changed.is_success, changed.text
    yield held
    await runner.cleanup()


async def error_of(receiving: Receiving) -> str | None:
    found = (await receiving.read("status"))["receivers"]
    error: str | None = next(
        each["pull_error"] for each in found if each["connection_id"] == receiving.connection_id
    )
    return error


async def test_what_waits_is_fetched_stored_and_acknowledged(
    receiving: Receiving, outbox: Outbox
) -> None:
    outbox.waiting = [event(number) for number in range(1, 1_203)]
    outbox.waiting.append(event(0))
    bad = outbox.waiting[-1]["id"]
    puller = Puller(receiving.resources)
    await puller.round()
    assert outbox.waiting == []
    assert outbox.rejected == {bad: "RECORD_INVALID"}
    rows = await receiving.stored()
    assert len(rows) == 1_202
    assert {row.trust for row in rows} == {"signed"}
    assert await error_of(receiving) is None
    while await work_once(receiving.resources, receiving.tenant_id):
        pass
    assert {row.status for row in await receiving.stored()} == {"done"}


async def test_nothing_is_lost_or_doubled_when_an_answer_is_lost(
    receiving: Receiving, outbox: Outbox
) -> None:
    outbox.waiting = [event(number) for number in range(1, 8)]
    outbox.loses_answers = 1
    puller = Puller(receiving.resources)
    tenant_id, connection_id = receiving.tenant_id, UUID(receiving.connection_id)
    with pytest.raises(PullRefused, match="could not be reached"):
        await puller.pull(tenant_id, connection_id)
    assert await puller.pull(tenant_id, connection_id) == 7
    # acknowledged, but the answer to that is lost: what comes again is known
    outbox.waiting = [event(8)]
    kept = list(outbox.waiting)
    assert await puller.pull(tenant_id, connection_id) == 1
    outbox.waiting = kept
    assert await puller.pull(tenant_id, connection_id) == 0
    assert outbox.waiting == []
    assert len(await receiving.stored()) == 8


async def test_whoever_answers_unsigned_is_not_believed_and_that_is_told(
    receiving: Receiving, outbox: Outbox
) -> None:
    outbox.waiting = [event(1)]
    outbox.answers_as = "another secret"
    puller = Puller(receiving.resources)
    await puller.round()
    assert await receiving.stored() == []
    assert "signature fits no secret" in (await error_of(receiving) or "")
    # it is left alone for a while, and what is told goes once it is well
    asked = len(outbox.asked)
    await puller.round()
    assert len(outbox.asked) == asked
    outbox.answers_as = ""
    await Puller(receiving.resources).round()
    assert await error_of(receiving) is None
    assert len(await receiving.stored()) == 1


async def test_a_wrong_secret_is_told_with_what_to_do(receiving: Receiving, outbox: Outbox) -> None:
    outbox.secret = "of yesterday"
    await Puller(receiving.resources).round()
    assert "enter this connection's ID and secret in Odoo" in (await error_of(receiving) or "")


async def test_an_odoo_that_pushes_is_not_asked(receiving: Receiving, outbox: Outbox) -> None:
    await receiving.client.post(
        "/api/v1/integrations/odoo/configure",
        json={"addon_events": "pushed"},
        headers=receiving.headers,
    )
    await Puller(receiving.resources).round()
    assert outbox.asked == []
