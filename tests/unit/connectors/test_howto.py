"""The connector of the how-to, run as it is printed there, through the contract's own tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bridgecore.connectors.contract import Connector, ConnectorSpec
from bridgecore.connectors.testing import ConnectorContract
from bridgecore.domains.connections.service.configuration import check_schema, faults_of

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "write-a-connector.md"


@pytest.fixture(scope="module")
def spec() -> ConnectorSpec:
    (code, *_) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    room: dict[str, Any] = {"__name__": "your_package"}
    exec(compile(code, str(PAGE), "exec"), room)
    found = room["SPEC"]
    assert isinstance(found, ConnectorSpec)
    return found


@dataclass
class TaskList:
    """The task list of the how-to: a real server, its clock moved by every change."""

    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    now: datetime = datetime(2026, 3, 1, tzinfo=UTC)

    def put(self, key: int, title: str) -> None:
        self.now += timedelta(seconds=1)
        self.tasks[key] = {"id": key, "title": title, "changed": self.now.isoformat()}

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("x-key") != "right":
            return web.json_response({}, status=401)
        if request.path == "/tasks/ids":
            return web.json_response(list(self.tasks))
        place = (request.query["since"], int(request.query["after"]))
        rows = sorted(self.tasks.values(), key=lambda task: (task["changed"], task["id"]))
        later = [task for task in rows if (task["changed"], task["id"]) > place]
        return web.json_response(later[: int(request.query["limit"])])


@dataclass
class TaskSubject:
    connector: Connector
    refused: Connector
    source: TaskList
    entity: str = "task"

    async def add(self, count: int) -> Sequence[str]:
        first = max(self.source.tasks, default=0) + 1
        for key in range(first, first + count):
            self.source.put(key, "new")
        return [str(key) for key in range(first, first + count)]

    async def change(self, key: str) -> None:
        self.source.put(int(key), "changed")

    async def remove(self, key: str) -> None:
        del self.source.tasks[int(key)]


class TestTheConnectorOfTheHowTo(ConnectorContract):
    @pytest.fixture
    async def subject(self, spec, http) -> AsyncIterator[TaskSubject]:
        source = TaskList()
        app = web.Application()
        app.router.add_get("/{path:.*}", source.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        opened = [spec.open({"url": url, "key": key}, http) for key in ("right", "wrong")]
        yield TaskSubject(opened[0], opened[1], source)
        await runner.cleanup()


def test_its_form_can_be_checked(spec):
    check_schema(spec)
    assert spec.secrets == {"key"}
    assert list(faults_of(spec.config_schema, {"url": "https://tasks.example", "key": "k"})) == []
    assert dict(faults_of(spec.config_schema, {"url": "https://tasks.example"})).keys() == {"key"}
