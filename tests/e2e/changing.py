"""A simulated Odoo that people change all the time, and what has to become of it in the lake.

Ordinary changes arrive over HTTP from several clients at once. Long transactions take their ids
and times when they begin and are seen when they commit, as PostgreSQL does it; one whose rows
somebody else changed meanwhile fails, as PostgreSQL's would.
"""

from __future__ import annotations

import asyncio
import hmac
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
from sqlalchemy import text

from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.e2e.conftest import Company

PARTNERS, LEADS = "res.partner", "crm.lead"
MODELS = (PARTNERS, LEADS)
ADMIN = 2
SKEW = 300.0
ENDED = ("completed", "partial", "failed", "cancelled")
_LINKS = ("many2one", "many2one_reference", "reference")
_UNTIMED = ("one2many", "many2many")


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds: float = 120.0) -> Any:
    """What the condition answers once it is true of anything."""
    ends = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < ends, f"never came: {what}"
        await asyncio.sleep(0.1)
    return found


@dataclass(slots=True)
class _Open:
    """A transaction that has not committed: rows as they were, and as they will be."""

    model: str
    before: dict[int, Any]
    after: dict[int, Any]


class Business:
    """People who change one simulated Odoo."""

    def __init__(self, odoo: OdooSimulator, chance: random.Random, http: httpx.AsyncClient) -> None:
        self.chance = chance
        self.acts = 0
        self.changed: asyncio.Queue[tuple[str, str, int]] = asyncio.Queue()
        self._odoo = odoo
        self._http = http
        self._name, self._held = next(iter(odoo.databases.items()))
        self._open: list[_Open] = []

    # ── what they do ───────────────────────────────────────────────────────────────────────────

    async def act(self) -> None:
        """One change, whatever it is."""
        self.acts += 1
        chance, model = self.chance, self.chance.choice(MODELS)
        some = self._some(model, chance.choice([1, 1, 2, 30]))
        match chance.randrange(12):
            case 0 | 1:
                await self._create(model, chance.choice([1, 1, 3, 40]))
            case 2 | 3 | 4:
                await self._write(model, some, {"name": f"Written {self.acts}"})
            case 5:
                await self._write(model, some, {"active": False})
            case 6:
                await self._write(model, some, {"active": True})
            case 7:
                await self._unlink(model, some[:4])
            case 8 | 9:
                self._begin(model, some)
            case 10:
                self._commit_one()
            case _:
                with self._at_one_moment():
                    for key in some:
                        self._direct(model, "write", [key], {"name": f"Moment {self.acts}"})
                self._tell("write", model, some)

    async def busy(self, acts: int) -> None:
        """One person among others."""
        for _ in range(acts):
            await self.act()
            await asyncio.sleep(self.chance.random() * 0.1)

    def clocks_jump(self, seconds: float) -> None:
        """The database's server is put right by so much."""
        clock = self._held.clock
        self._held.clock = lambda: clock() + timedelta(seconds=seconds)

    def finish(self) -> None:
        """Every transaction under way commits."""
        while self._open:
            self._commit_one()

    async def create(self, model: str, count: int) -> None:
        await self._create(model, count)

    async def _create(self, model: str, count: int) -> None:
        rows = [{"name": f"Made {self.acts}.{number}"} for number in range(count)]
        ids = await self._rpc(model, "create", [rows])
        self._tell("create", model, ids if isinstance(ids, list) else [ids])

    async def _write(self, model: str, ids: list[int], values: dict[str, Any]) -> None:
        if await self._rpc(model, "write", [ids, values]) is not None:
            self._tell("write", model, ids)

    async def _unlink(self, model: str, ids: list[int]) -> None:
        if await self._rpc(model, "unlink", [ids]) is not None:
            self._tell("unlink", model, ids)

    def _begin(self, model: str, some: list[int]) -> None:
        store = self._held.store
        rows = store.tables[model].rows
        if self.chance.random() < 0.5:
            count = self.chance.choice([1, 5, 40])
            late = [{"name": f"Late {self.acts}.{number}"} for number in range(count)]
            made = self._direct(model, "create", late)
            keys = made if isinstance(made, list) else [made]
            before: dict[int, Any] = dict.fromkeys(keys)
        else:
            keys = [key for key in some if key in rows]
            before = {key: rows[key] for key in keys}
            self._direct(model, "write", keys, {"name": f"Late {self.acts}"})
        after = {key: rows[key] for key in keys}
        for key, row in before.items():
            store.put(model, key, row)
        store.commit()
        self._open.append(_Open(model, before, after))

    def _commit_one(self) -> None:
        if not self._open:
            return
        late = self._open.pop(self.chance.randrange(len(self._open)))
        store = self._held.store
        rows = store.tables[late.model].rows
        if any(rows.get(key) is not row for key, row in late.before.items()):
            return
        for key, row in late.after.items():
            store.put(late.model, key, row)
        store.commit()
        self._tell("write", late.model, list(late.after))

    @contextmanager
    def _at_one_moment(self) -> Iterator[None]:
        clock = self._held.clock
        moment = clock()
        self._held.clock = lambda: moment
        try:
            yield
        finally:
            self._held.clock = clock

    def _some(self, model: str, count: int) -> list[int]:
        # those of the demo data are linked with everything; enough of these are made
        rows = self._held.store.tables[model].rows
        ours = [key for key, row in rows.items() if str(row.get("name", "")).split(" ")[0] in _OURS]
        return self.chance.sample(ours, min(len(ours), count))

    def _tell(self, operation: str, model: str, ids: list[int]) -> None:
        for key in ids:
            self.changed.put_nowait((operation, model, key))

    # ── how it is called ───────────────────────────────────────────────────────────────────────

    def _direct(self, model: str, method: str, *args: Any) -> Any:
        return self._odoo.installation.execute(self._held, ADMIN, model, method, list(args), {})

    async def _rpc(self, model: str, method: str, args: list[Any], **kwargs: Any) -> Any:
        """None where Odoo refuses: somebody else was first."""
        call = {
            "service": "object",
            "method": "execute_kw",
            "args": [self._name, ADMIN, "admin", model, method, args, kwargs],
        }
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": call}
        answer = await self._http.post(f"{self._odoo.url}/jsonrpc", json=body)
        return answer.json().get("result")

    async def truth(self, model: str, fields: list[str]) -> dict[str, Any]:
        rows = await self._rpc(
            model, "search_read", [[]], fields=fields, context={"active_test": False}
        )
        return {str(row["id"]): row for row in rows}


_OURS = {"Made", "Written", "Late", "Moment"}


@dataclass(slots=True)
class Reader:
    """Follows the change feed by version over HTTP, whatever happens to who answers."""

    company: Company
    http: httpx.AsyncClient
    limit: int = 200
    after: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    held: dict[tuple[str, str], Any] = field(default_factory=dict)

    async def follow(self) -> None:
        """Read until told to stop, then to the end. Asserts that no version comes late."""
        while True:
            ending = self.stop.is_set()
            try:
                answer = await self.http.get(
                    "/api/v1/lake/changes",
                    params={"after": self.after, "limit": self.limit},
                    headers=self.company.headers,
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code >= 500:
                await asyncio.sleep(0.1)
                continue
            assert answer.status_code == 200, answer.text
            told = answer.json()
            versions = [each["version"] for each in told["items"]]
            assert versions == sorted(set(versions))
            assert not versions or versions[0] > self.after
            # what was seen is never taken back, by no crash either
            assert told["latest_version"] >= self.after
            for each in told["items"]:
                key = (each["entity_type"], each["serving_id"])
                self.held[key] = None if each["deleted_at"] else each["data"]
            if versions:
                self.after = versions[-1]
            elif ending:
                return
            else:
                await asyncio.sleep(0.03)


@dataclass(slots=True)
class Pusher:
    """Tells of a share of the changes by signed webhooks, again until it was answered."""

    http: httpx.AsyncClient
    connection: str
    secret: bytes
    share: float = 0.5
    accepted: list[str] = field(default_factory=list)

    async def push_on(self, business: Business) -> None:
        """Until cancelled; `business.changed` is empty when all was told."""
        while True:
            found = [await business.changed.get()]
            while not business.changed.empty() and len(found) < 50:
                found.append(business.changed.get_nowait())
            told = [each for each in found if business.chance.random() < self.share]
            if told:
                await self._push(told)
            for _ in found:
                business.changed.task_done()

    async def _push(self, changes: list[tuple[str, str, int]]) -> None:
        events: list[dict[str, object]] = [
            {"id": str(uuid4()), "operation": operation, "model": model, "record_id": key}
            for operation, model, key in changes
        ]
        body = orjson.dumps({"source": "odoo", "events": events})
        while True:
            stamp = str(int(time.time()))
            digest = hmac.digest(self.secret, stamp.encode() + b"." + body, "sha256").hex()
            headers = {
                "Content-Type": "application/json",
                "X-BridgeCore-Connection": self.connection,
                "X-BridgeCore-Timestamp": stamp,
                "X-BridgeCore-Signature": f"v1={digest}",
            }
            try:
                answer = await self.http.post("/api/webhooks/odoo", content=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == 200:
                said = answer.json()
                assert not said["rejected"]
                assert {*said["accepted"], *said["duplicates"]} == {each["id"] for each in events}
                self.accepted += [str(each["id"]) for each in events]
                return
            assert answer.status_code >= 500, answer.text
            await asyncio.sleep(0.1)


@dataclass(slots=True)
class Copied:
    """A company whose Odoo is copied, as its owner sees it over HTTP."""

    resources: Resources
    company: Company
    http: httpx.AsyncClient

    async def plan(self, **more: object) -> None:
        entities = [{"entity": name} for name in MODELS]
        await self._ask(
            "PUT",
            "integrations/odoo/sync/plan",
            {"entities": entities, "delete_share": 1.0, **more},
        )

    async def pusher(self) -> Pusher:
        made = await self._ask("POST", "webhooks/secrets", {})
        return Pusher(self.http, made["connection_id"], made["secret"].encode())

    async def request(self, kind: str = "trigger", **body: object) -> str:
        """Ask for a run, again until that was answered: its id."""
        return str((await self._ask("POST", f"integrations/odoo/sync/{kind}", body))["id"])

    async def run(self, run_id: str) -> Any:
        return await self._ask("GET", f"integrations/sync/{run_id}")

    async def ended(self, run_id: str, seconds: float = 180.0) -> Any:
        async def done() -> Any:
            run = await self.run(run_id)
            return run if run["status"] in ENDED else None

        return await until(done, f"the end of run {run_id}", seconds)

    async def synchronise(self) -> None:
        """A run that was asked for now, to its end."""
        run = await self.ended(await self.request())
        assert run["status"] == "completed", run

    async def parity(self) -> Any:
        """Content of everything compared now: the report."""
        run = await self.ended(await self.request("parity", content="full"))
        assert run["status"] == "completed", run
        return await self._ask("GET", f"lake/parity/{run['options']['report_id']}")

    async def rows(self, model: str) -> dict[str, Any]:
        """What the lake holds and has not made a tombstone of, by key."""
        async with self.resources.database.tenant(self.company.tenant_id) as session:
            found = await session.execute(
                text(
                    "SELECT key, data::text FROM lake_records"
                    " WHERE entity = :e AND deleted_at IS NULL"
                ),
                {"e": model},
            )
            return {row.key: orjson.loads(row.data) for row in found}

    async def types(self, model: str) -> dict[str, str]:
        """The stored fields of an entity and their types, as the plan knows them."""
        async with self.resources.database.tenant(self.company.tenant_id) as session:
            found = await session.scalar(
                text("SELECT source_fields FROM sync_entities WHERE entity = :e"), {"e": model}
            )
        return {name: about["type"] for name, about in found.items() if about.get("stored", True)}

    async def equals(self, business: Business) -> None:
        """The lake is the source: what moves a time at once, and all after a full comparison."""
        for model in MODELS:
            held, types = await self.rows(model), await self.types(model)
            fields = sorted(next(iter(held.values())))
            truth = await business.truth(model, fields)
            assert held.keys() == truth.keys(), (
                f"{model}: missing {sorted(truth.keys() - held.keys())},"
                f" left over {sorted(held.keys() - truth.keys())}"
            )
            for key, row in truth.items():
                ours, theirs = _timed(held[key], types), _timed(row, types)
                unlike = {
                    name: (ours[name], theirs[name])
                    for name in theirs
                    if ours[name] != theirs[name]
                }
                assert not unlike, f"{model} {key}: {unlike}, {row['write_date']}"
        report = await self.parity()
        assert (report["missing"], report["extra"]) == (0, 0), report
        if report["status"] == "differs":
            repaired = await self.ended(await self.request("repair"))
            assert repaired["status"] == "completed", repaired
            report = await self.parity()
        assert report["status"] == "equal", report
        for model in MODELS:
            held = await self.rows(model)
            assert held == await business.truth(model, sorted(next(iter(held.values()))))

    async def feed_was_whole(self, reader: Reader) -> None:
        """Who followed the feed from its beginning holds what the lake holds."""
        for model in MODELS:
            followed = {key: data for (name, key), data in reader.held.items() if name == model}
            assert {key: data for key, data in followed.items() if data} == await self.rows(model)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer: httpx.Response | None = None

        async def answered() -> bool:
            nonlocal answer
            try:
                answer = await self.http.request(
                    method, f"/api/v1/{path}", json=body, headers=self.company.headers
                )
            except httpx.HTTPError:
                return False
            return answer.status_code < 500

        await until(answered, f"an answer to {method} {path}")
        assert answer is not None
        assert answer.is_success, answer.text
        return answer.json()


def _timed(row: dict[str, Any], types: dict[str, str]) -> dict[str, Any]:
    """The fields whose change moves the record's time; of a link the target, not its label."""
    return {
        name: value[0] if isinstance(value, list) and types[name] in _LINKS else value
        for name, value in row.items()
        if types.get(name, "one2many") not in _UNTIMED
    }
