"""The n8n connector against the simulator, as both major versions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bridgecore.connectors.contract import Checkpoint, EntityFlag
from bridgecore.connectors.errors import CheckpointExpired, Reauthorise, Rejected, RetryAfter
from bridgecore.connectors.n8n import Kind, N8nConnector, N8nError, open_connector
from bridgecore.connectors.n8n.client import N8nClient
from bridgecore.connectors.n8n.executions import MOST_LOOKUPS
from bridgecore.connectors.n8n.server import N8nServer
from bridgecore.connectors.testing import ConnectorContract
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy
from bridgecore.simulators.n8n import Installation, N8nSimulator

KEY = "n8n_api_0123456789abcdef"
LATER = timedelta(hours=1)


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[HttpTransport]:
    policy = AddressPolicy.of(["127.0.0.1"], allow_http=True)
    async with HttpTransport(AddressGuard(policy)) as transport:
        yield transport


@pytest.fixture(params=["1.123.81", "2.41.3"])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[N8nSimulator]:
    async with N8nSimulator(request.param, api_key=KEY) as running:
        yield running


def connector_of(
    simulator: N8nSimulator, http: HttpTransport, key: str = KEY, *, page_size: int = 250
) -> N8nConnector:
    return N8nConnector(
        N8nClient(N8nServer.from_config(config(simulator, key)), http), page_size=page_size
    )


def config(simulator: N8nSimulator, key: str = KEY) -> dict[str, str]:
    return {"url": simulator.url, "api_key": key}


@pytest.fixture
def connector(simulator: N8nSimulator, http: HttpTransport) -> N8nConnector:
    return connector_of(simulator, http)


@pytest.fixture
def server(simulator: N8nSimulator) -> Installation:
    return simulator.installation


@pytest.fixture
def workflow(server: Installation) -> str:
    return str(server.add_workflow("Orders")["id"])


@dataclass
class Executions:
    """Executions as the contract's subject: they wait until they are changed."""

    connector: N8nConnector
    refused: N8nConnector
    server: Installation
    entity: str = "execution"

    async def add(self, count: int) -> Sequence[str]:
        workflow = self.server.add_workflow("Contract")["id"]
        return [str(self.server.start(workflow)) for _ in range(count)]

    async def change(self, key: str) -> None:
        self.server.finish(int(key))

    async def remove(self, key: str) -> None:
        self.server.delete_executions([int(key)])


@dataclass
class Ended(Executions):
    """The same, over as soon as they begin."""

    async def add(self, count: int) -> Sequence[str]:
        workflow = self.server.add_workflow("Contract")["id"]
        return [str(self.server.run(workflow, "error")) for _ in range(count)]

    async def change(self, key: str) -> None:
        row = self.server.executions[int(key)]
        self.server.run(row["workflowId"], mode="retry", retry_of=int(key))


@dataclass
class Workflows(Executions):
    """Workflows as the contract's subject."""

    entity: str = "workflow"

    async def add(self, count: int) -> Sequence[str]:
        return [str(self.server.add_workflow(f"Number {n}")["id"]) for n in range(count)]

    async def change(self, key: str) -> None:
        self.server.change_workflow(key, name="Changed")

    async def remove(self, key: str) -> None:
        self.server.remove_workflow(key)


class TestEndedExecutions(ConnectorContract):
    @pytest.fixture
    def subject(self, simulator, http) -> Executions:
        connector = connector_of(simulator, http, page_size=20)
        return Ended(connector, connector_of(simulator, http, "wrong"), simulator.installation)


class TestWorkflows(ConnectorContract):
    @pytest.fixture
    def subject(self, simulator, http) -> Executions:
        connector = connector_of(simulator, http, page_size=20)
        return Workflows(connector, connector_of(simulator, http, "wrong"), simulator.installation)


class Copy:
    """What a platform that reads again and again has of one n8n's executions."""

    def __init__(self, connector: N8nConnector) -> None:
        self.connector = connector
        self.rows: dict[str, dict[str, Any]] = {}
        self.place: Checkpoint | None = None

    async def read(self, *, pages: int | None = None) -> list[str]:
        """Read on, a number of pages at most: the keys that came, in their order."""
        came = []
        async for page in self.connector.read("execution", self.place):
            for change in page.changes:
                self.rows[change.key] = json.loads(change.data)
                came.append(change.key)
            self.place = page.checkpoint
            if pages is not None and (pages := pages - 1) <= 0:
                break
        return came

    def statuses(self) -> dict[str, str]:
        return {key: row["status"] for key, row in self.rows.items()}


def kept(server: Installation) -> dict[str, str]:
    return {str(number): row["status"] for number, row in server.executions.items()}


async def test_every_end_arrives_whatever_the_order(server, workflow, connector):
    """Executions overlap, wait, retry and leave no trace; the copy ends equal each time."""
    copy = Copy(connector)
    unsaved = server.add_workflow("Unsaved", settings={"saveDataSuccessExecution": "none"})["id"]
    long_one = server.start(workflow)
    await copy.read()
    for number in range(8):
        waiting = server.start(workflow)
        server.wait(waiting, server.clock() + LATER)
        running = server.start(workflow)
        server.run(workflow, "success" if number % 2 else "error")
        vanishing = server.start(unsaved)
        server.run(workflow)
        await copy.read()
        assert copy.rows[str(waiting)]["status"] == "waiting"
        assert copy.rows[str(running)]["status"] == "running"
        server.finish(running, "canceled")
        server.finish(vanishing)
        server.finish(waiting)
        await copy.read()
        assert copy.rows[str(vanishing)]["status"] == "unknown"
    server.finish(long_one, "error")
    await copy.read()
    assert {key: status for key, status in copy.statuses().items() if status != "unknown"} == kept(
        server
    )


async def test_nothing_new_is_one_request(simulator, server, workflow, connector):
    copy = Copy(connector)
    for _ in range(30):
        server.run(workflow)
    await copy.read()
    place = copy.place
    simulator.requests.clear()
    assert await copy.read() == []
    assert len(simulator.requests) == 1
    assert copy.place == place


async def test_a_burst_between_two_reads_is_read_whole(simulator, server, workflow, http):
    copy = Copy(connector_of(simulator, http, page_size=10))
    server.run(workflow)
    await copy.read()
    held = server.start(workflow)
    for _ in range(45):
        server.run(workflow)
    await copy.read(pages=2)
    server.run(workflow)
    await copy.read()
    server.finish(held)
    await copy.read()
    assert copy.statuses() == kept(server)


async def test_what_ended_between_two_requests_of_a_read(simulator, server, workflow, connector):
    """It runs when the list is read, and no longer when the running ones are asked for."""
    copy = Copy(connector)
    server.run(workflow)
    await copy.read()
    brief = server.start(workflow)
    server.run(workflow)

    class Ending(N8nClient):
        async def page(self, path, query=None, **rest):
            if query and query.get("status") == "running" and brief in server.held:
                server.finish(brief)
            return await super().page(path, query, **rest)

    copy.connector = N8nConnector(Ending(connector.client.server, connector.client._http))
    await copy.read()
    assert copy.rows[str(brief)]["status"] == "success"


async def test_pruned_executions_stay_as_they_were(server, workflow, connector):
    copy = Copy(connector)
    for _ in range(20):
        server.run(workflow)
    await copy.read()
    before = copy.statuses()
    assert server.prune(keep=3) == 17
    server.run(workflow, "error")
    await copy.read()
    assert len(copy.rows) == 21
    assert {key: copy.statuses()[key] for key in before} == before
    (entity,) = await connector.discover(["execution"])
    assert EntityFlag.LISTS_KEYS not in entity.flags


async def test_a_stop_in_mid_run_is_told_as_a_crash(server, workflow, connector):
    copy = Copy(connector)
    running = server.start(workflow)
    waiting = server.start(workflow)
    server.wait(waiting, server.clock() + LATER)
    server.run(workflow)
    await copy.read()
    server.restart()
    await copy.read()
    assert copy.rows[str(running)]["status"] == "crashed"
    assert copy.rows[str(waiting)]["status"] == "waiting"
    server.finish(waiting)
    await copy.read()
    assert copy.statuses() == kept(server)


async def test_a_retry_that_succeeds_changes_what_it_retried(server, workflow, connector):
    copy = Copy(connector)
    failed = server.run(workflow, "error")
    await copy.read()
    retry = server.run(workflow, mode="retry", retry_of=failed)
    await copy.read()
    assert copy.rows[str(failed)]["retrySuccessId"] == str(retry)
    assert copy.rows[str(retry)]["retryOf"] == str(failed)


async def test_many_waiting_ones_are_asked_for_in_turn(simulator, server, workflow, connector):
    copy = Copy(connector)
    waiting = [server.start(workflow) for _ in range(MOST_LOOKUPS * 2)]
    for number in waiting:
        server.wait(number, server.clock() + LATER)
    server.run(workflow)
    for _ in range(2):
        await copy.read()
    assert list(copy.statuses().values()).count("waiting") == len(waiting)
    for number in waiting:
        server.finish(number)
    for _ in range(2):
        simulator.requests.clear()
        await copy.read()
        assert len(simulator.requests) <= MOST_LOOKUPS + 3
    assert copy.statuses() == kept(server)


async def test_once_a_day_the_newest_are_read_again(simulator, server, workflow, http):
    copy = Copy(connector_of(simulator, http, page_size=10))
    began = server.clock() - timedelta(days=3)
    for _ in range(40):
        server.run(workflow, at=began)
    await copy.read()
    server.executions[5]["status"] = "error"  # unseen: it is old, and nothing points to it
    server.run(workflow, at=began + timedelta(hours=1))
    await copy.read()
    assert copy.rows["5"]["status"] == "success"
    server.run(workflow, at=began + timedelta(days=2))
    await copy.read()
    assert copy.rows["5"]["status"] == "error"
    assert len(await copy.read()) == 0


async def test_a_database_made_anew_is_noticed(simulator, server, workflow, connector):
    copy = Copy(connector)
    for _ in range(5):
        server.run(workflow, at=server.clock() - LATER)
    await copy.read()
    server.delete_executions(list(server.executions))
    server.last_id = 0
    server.run(workflow)
    with pytest.raises(CheckpointExpired):
        await copy.read()


async def test_the_newest_being_deleted_changes_nothing(server, workflow, connector):
    copy = Copy(connector)
    for _ in range(5):
        server.run(workflow)
    await copy.read()
    server.delete_executions([5])
    assert await copy.read() == []
    server.run(workflow)
    assert await copy.read() == ["6"]


async def test_why_an_execution_failed(server, workflow, connector):
    failed = server.run(workflow, "error", error="The warehouse said no", node="Ask")
    failure = await connector.failure_of(str(failed))
    assert failure is not None
    assert (failure.message, failure.node) == ("The warehouse said no", "Ask")
    assert await connector.failure_of(str(server.run(workflow))) is None
    assert await connector.failure_of("999") is None


async def test_a_workflow_comes_without_its_inner_workings(server, connector):
    schedule = {
        "name": "Every hour",
        "type": "n8n-nodes-base.scheduleTrigger",
        "parameters": {"rule": {"interval": [{"field": "hours"}]}, "token": "secret"},
    }
    made = server.add_workflow("Hourly", nodes=[schedule], settings={"timeSavedPerExecution": 3})
    pages = [page async for page in connector.read("workflow")]
    (change,) = (each for page in pages for each in page.changes)
    assert b"secret" not in change.data
    told = json.loads(change.data)
    assert told["settings"]["timeSavedPerExecution"] == 3
    assert told["triggers"][0]["rule"] == {"interval": [{"field": "hours"}]}
    server.change_workflow(made["id"], isArchived=True)
    pages = [page async for page in connector.read("workflow", fields=["name", "nodes"])]
    (change,) = (each for page in pages for each in page.changes)
    assert set(json.loads(change.data)) == {"id", "name", "nodes"}
    assert not change.is_active


async def test_projects_are_there_with_a_licence(http):
    async with N8nSimulator(api_key=KEY) as plain, N8nSimulator(api_key=KEY, licensed=True) as paid:
        paid.installation.add_project("Sales")
        without, with_ = connector_of(plain, http), connector_of(paid, http)
        assert "project" not in {entity.name for entity in await without.discover()}
        assert "project" in {entity.name for entity in await with_.discover()}
        with pytest.raises(Rejected, match="license"):
            [page async for page in without.read("project")]
        pages = [page async for page in with_.read("project")]
        assert b"Sales" in pages[0].changes[0].data


async def test_check_tells_what_is_wrong(simulator, http):
    report = await connector_of(simulator, http).check()
    assert report.ok
    assert report.version == simulator.installation.version
    simulator.installation.add_key("narrow", ["workflow:list", "tag:list"])
    report = await connector_of(simulator, http, "narrow").check()
    assert not report.ok
    assert "execution:list" in report.problems[0]
    simulator.installation.add_key("old", expires_at=1)
    report = await connector_of(simulator, http, "old").check()
    assert "expired" in report.problems[0]
    simulator.installation.version = "3.0.0"
    report = await connector_of(simulator, http).check()
    assert "3.0.0" in report.problems[0]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("down", Kind.UNAVAILABLE),
        ("close", Kind.UNREACHABLE),
        ("rate_limit", Kind.RATE_LIMITED),
        ("starting", Kind.STARTING),
        ("error", Kind.UNAVAILABLE),
    ],
)
async def test_bad_days_can_be_retried_later(simulator, server, workflow, connector, fault, kind):
    server.run(workflow)
    simulator.fault(fault, path="/api", seconds=7)
    with pytest.raises(RetryAfter) as caught:
        await Copy(connector).read()
    assert isinstance(caught.value, N8nError)
    assert caught.value.kind is kind
    assert caught.value.retry_after == (7 if fault == "rate_limit" else None)
    simulator.faults.clear()
    assert await Copy(connector).read() == ["1"]


async def test_what_is_in_the_way_is_not_taken_for_n8n(simulator, http):
    async with HttpTransport(AddressGuard(AddressPolicy.of([]))) as guarded:
        connector = open_connector(config(simulator), guarded)
        report = await connector.check()
        assert not report.ok
        assert "may not call" in report.problems[0]


@pytest.mark.parametrize(
    ("url", "root", "api"),
    [
        ("https://n8n.acme.example", "https://n8n.acme.example", "/api/v1"),
        ("https://n8n.acme.example/api/v1/", "https://n8n.acme.example", "/api/v1"),
        ("https://acme.example/n8n/rest-api/v1", "https://acme.example/n8n", "/rest-api/v1"),
        ("n8n.acme.example/home/workflows?x=1", "https://n8n.acme.example", "/api/v1"),
        ("http://10.0.0.5:5678/workflow/abc/executions/5", "http://10.0.0.5:5678", "/api/v1"),
    ],
)
def test_addresses_as_people_paste_them(url, root, api):
    server = N8nServer.from_config({"url": url, "api_key": "k"})
    assert (server.root, server.api) == (root, root + api)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://n8n.example"},
        {"url": "ftp://n8n.example", "api_key": "k"},
        {"url": "https://me:secret@n8n.example", "api_key": "k"},
        {"url": "https://n8n.example", "api_key": "two words"},
    ],
)
def test_settings_that_lead_nowhere(settings, http):
    with pytest.raises(Rejected):
        open_connector(settings, http)


def test_the_key_is_not_shown():
    server = N8nServer.from_config({"url": "https://n8n.example", "api_key": "hush-hush"})
    assert "hush" not in repr(server)


async def test_a_refused_key_asks_for_a_new_one(simulator, http):
    with pytest.raises(Reauthorise):
        await Copy(connector_of(simulator, http, "wrong")).read()
