"""A real Odoo with the addon, a receiver it posts to, and the database beneath it.

Odoo is started here, so that it can be killed here. Three variables say how:
`ODOO_COMMAND` starts a server (one process group) that has odoo_addon in its addons path,
`ODOO_DSN` reaches its database, and `--peer`, `--peer-database` say where it answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import shlex
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psycopg
import pytest
from aiohttp import web

CONNECTION = str(uuid.uuid4())
SECRET = "a-secret-for-this-run-" + uuid.uuid4().hex
# more than a wait after a failure and the turn of the scheduled action after it
DEADLINE = 180.0


class OdooError(Exception):
    """What Odoo answered in place of a result."""


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "X-BridgeCore-Connection": CONNECTION,
        "X-BridgeCore-Timestamp": stamp,
        "X-BridgeCore-Signature": f"v1={digest}",
        "Content-Type": "application/octet-stream",
    }


async def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that must come, however slow this machine is."""
    ends = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < ends, f"never came: {what}"
        await asyncio.sleep(0.05)


@dataclass
class Odoo:
    url: str
    database: str
    dsn: str
    command: list[str]
    http: aiohttp.ClientSession
    login: str = "admin"
    password: str = "admin"
    uid: int = 0
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        ends = time.monotonic() + 120
        while True:
            assert self.process.returncode is None, "Odoo ended while starting"
            assert time.monotonic() < ends, "Odoo does not answer"
            try:
                async with self.http.get(f"{self.url}/web/health") as answer:
                    if answer.status == 200:
                        break
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.3)
        self.uid = await self._rpc("common", "authenticate", self.database, "admin", "admin", {})

    async def end(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        await self.process.wait()

    async def kill(self) -> None:
        await self.end(signal.SIGKILL)

    async def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return await self._rpc(
            "object",
            "execute_kw",
            self.database,
            self.uid,
            self.password,
            model,
            method,
            list(args),
            kwargs,
        )

    async def _rpc(self, service: str, method: str, *args: Any) -> Any:
        body = {"params": {"service": service, "method": method, "args": args}}
        async with self.http.post(f"{self.url}/jsonrpc", json=body) as answer:
            said = await answer.json()
        if "error" in said:
            raise OdooError(said["error"]["data"]["name"], said["error"]["data"]["message"])
        return said.get("result")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def waiting(self) -> int:
        return int(self.sql("SELECT count(*) FROM bridgecore_event WHERE state = 'waiting'")[0][0])

    async def link(self) -> int:
        ids = await self.call("bridgecore.link", "search", [])
        return int(ids[0])

    async def watch(self, model: str, fields: list[str], **values: Any) -> int:
        ids = await self.call("ir.model", "search", [["model", "=", model]])
        field_ids = await self.call(
            "ir.model.fields", "search", [["model", "=", model], ["name", "in", fields]]
        )
        values |= {"model_id": ids[0], "field_ids": [[6, 0, field_ids]]}
        return int(await self.call("bridgecore.model", "create", values))


@dataclass
class Receiver:
    """What BridgeCore's end of the wire does: verifies, keeps, acknowledges by id."""

    batches: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    badly_signed: int = 0
    status: int = 200
    reject: Callable[[dict[str, Any]], bool] = lambda _event: False
    hold: asyncio.Event | None = None
    held: int = 0
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/api/webhooks/odoo", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-BridgeCore-Timestamp"]
        expected = signed(body, at=float(stamp))["X-BridgeCore-Signature"]
        if (
            request.headers["X-BridgeCore-Signature"] != expected
            or request.headers["X-BridgeCore-Connection"] != CONNECTION
        ):
            self.badly_signed += 1
            return web.json_response({"detail": "bad signature"}, status=401)
        said = json.loads(body)
        if self.hold is not None:
            self.held += 1
            await self.hold.wait()
        if self.status != 200:
            return web.json_response({"detail": "told to fail"}, status=self.status)
        self.batches.append(said)
        accepted, duplicates, rejected = [], [], []
        for event in said["events"]:
            if self.reject(event):
                rejected.append({"id": event["id"], "code": "unknown_model", "detail": "no"})
            elif event["id"] in self.events:
                duplicates.append(event["id"])
            else:
                self.events[event["id"]] = event
                self.order.append(event["id"])
                accepted.append(event["id"])
        self.duplicates += duplicates
        return web.json_response(
            {"accepted": accepted, "duplicates": duplicates, "rejected": rejected}
        )

    def of(self, model: str, record_id: int) -> list[dict[str, Any]]:
        found = [self.events[i] for i in self.order]
        return [e for e in found if e["model"] == model and e["record_id"] == record_id]

    def operations(self, model: str, record_id: int) -> list[str]:
        return [e["operation"] for e in self.of(model, record_id)]


@pytest.fixture(scope="session")
def catalogue() -> Callable[[Odoo], set[tuple[str, ...]]]:
    """What an addon could leave behind: every table, column, index, trigger, function, record."""

    def read(odoo: Odoo) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for kind, statement in {
            "relation": "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'public'",
            "column": "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'",
            "trigger": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
            " WHERE NOT tgisinternal",
            "function": "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public'",
            # saving the settings writes parameters of every addon
            "parameter": "SELECT key FROM ir_config_parameter WHERE strpos(key, 'bridgecore') > 0",
            "cron": "SELECT cron_name FROM ir_cron",
            "record": "SELECT model, module || '.' || name FROM ir_model_data",
            "model": "SELECT model FROM ir_model",
            "field": "SELECT model, name FROM ir_model_fields",
            "view": "SELECT id::text FROM ir_ui_view",
            "action": "SELECT id::text FROM ir_actions",
            "menu": "SELECT id::text FROM ir_ui_menu",
            "group": "SELECT id::text FROM res_groups",
            "access": "SELECT id::text FROM ir_model_access",
        }.items():
            found |= {(kind, *row) for row in odoo.sql(statement)}
        return found

    return read


@pytest.fixture(scope="session")
async def bare_odoo(request: pytest.FixtureRequest) -> AsyncIterator[Odoo]:
    """Odoo without the addon."""
    option = request.config.getoption
    command, dsn = os.environ.get("ODOO_COMMAND"), os.environ.get("ODOO_DSN")
    if not (option("--peer") and command and dsn):
        pytest.skip("needs --peer, ODOO_COMMAND and ODOO_DSN: docs/howto/install-the-odoo-addon.md")
    async with aiohttp.ClientSession() as http:
        odoo = Odoo(
            url=option("--peer"),
            database=option("--peer-database"),
            dsn=dsn,
            command=shlex.split(command),
            http=http,
            login=option("--peer-login"),
            password=option("--peer-password"),
        )
        await odoo.start()
        await odoo.call("ir.module.module", "update_list")
        await _uninstalled(odoo)
        yield odoo
        await odoo.end(signal.SIGTERM)


async def _modules(odoo: Odoo, *states: str) -> list[int]:
    found: list[int] = await odoo.call(
        "ir.module.module",
        "search",
        [["name", "=", "bridgecore_connector"], ["state", "in", list(states)]],
    )
    return found


async def _uninstalled(odoo: Odoo) -> None:
    if ids := await _modules(odoo, "installed", "to upgrade", "to install", "to remove"):
        await odoo.call("ir.module.module", "button_immediate_uninstall", ids)


@pytest.fixture(scope="session")
async def odoo(
    bare_odoo: Odoo, catalogue: Callable[[Odoo], set[tuple[str, ...]]]
) -> AsyncIterator[Odoo]:
    """Odoo with the addon, which leaves at the end and must leave nothing."""
    before = catalogue(bare_odoo)
    ids = await _modules(bare_odoo, "uninstalled")
    await bare_odoo.call("ir.module.module", "button_immediate_install", ids)
    added = catalogue(bare_odoo) - before
    assert ("relation", "bridgecore_event") in added
    assert ("function", "bridgecore_record") in added
    yield bare_odoo
    await _uninstalled(bare_odoo)
    left = catalogue(bare_odoo) - before
    assert not left


@pytest.fixture
async def receiver(odoo: Odoo) -> AsyncIterator[Receiver]:
    """A receiver of one test, to which an empty outbox is linked; partners are watched."""
    receiver = Receiver()
    await receiver.start()
    watched = await odoo.call("bridgecore.model", "search", [])
    await odoo.call("bridgecore.model", "unlink", watched)
    odoo.sql("DELETE FROM bridgecore_event")
    await odoo.call(
        "bridgecore.link",
        "write",
        [await odoo.link()],
        {
            "address": receiver.url,
            "connection": CONNECTION,
            "secret": SECRET,
            "paused": False,
            "batch_size": 500,
        },
    )
    await odoo.watch("res.partner", [])
    yield receiver
    assert receiver.badly_signed == 0
    await receiver.stop()


@pytest.fixture
def transaction(odoo: Odoo) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of somebody else in Odoo's database."""
    with psycopg.connect(odoo.dsn) as connection:
        yield connection
