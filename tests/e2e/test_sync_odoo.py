"""A real Odoo 17 with demo data: copied, changed, compared, and with its addon heard of at once.

    pytest tests/e2e/test_sync_odoo.py -s --peer http://127.0.0.1:8069 --peer-database demo

The database is changed; the addon has to be installed there for what it is about.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.changing import Copied, Pusher, until
from tests.e2e.conftest import company_on, platform_running

pytestmark = pytest.mark.peer

PARTNERS = "res.partner"
CHANGES = 40
HINTED, PUSHED = 5.0, 2.0
"""Seconds from a change to the lake, p95: told by hints, and by the addon with values."""


@dataclass(slots=True)
class RealOdoo:
    """A real Odoo as an administrator's program calls it."""

    url: str
    database: str
    login: str
    password: str
    http: httpx.AsyncClient
    uid: int = 0

    async def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        if not self.uid:
            self.uid = await self._rpc(
                "common", "authenticate", self.database, self.login, self.password, {}
            )
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
        answer = (await self.http.post(f"{self.url}/jsonrpc", json=body)).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer.get("result")


@dataclass(slots=True)
class Peer:
    odoo: RealOdoo
    copied: Copied
    pusher: Pusher
    address: str

    async def held(self, model: str, key: int) -> Any:
        """A record in the lake: its data, or why it is gone, or None."""
        async with self.copied.resources.database.tenant(self.copied.company.tenant_id) as session:
            found = await session.execute(
                text(
                    "SELECT data::text, is_active, delete_reason FROM lake_records"
                    " WHERE entity = :e AND key = :k"
                ),
                {"e": model, "k": str(key)},
            )
            row = found.one_or_none()
        if row is None:
            return None
        return row.delete_reason or {**orjson.loads(row.data), "is_active": row.is_active}

    async def seen(self, key: int, name: str) -> None:
        async def there() -> bool:
            row = await self.held(PARTNERS, key)
            return isinstance(row, dict) and row["name"] == name

        await until(there, f"{name} in the lake", 30)

    async def outcomes(self) -> dict[str, int]:
        """What became of pushed events, by outcome."""
        async with self.copied.resources.database.tenant(self.copied.company.tenant_id) as session:
            found = await session.execute(
                text("SELECT coalesce(outcome, status), count(*) FROM webhook_events GROUP BY 1")
            )
            return {str(name): int(count) for name, count in found.all()}


@pytest.fixture
async def peer(
    pytestconfig: pytest.Config, settings: Settings, resources: Resources, tmp_path: Path
) -> AsyncIterator[Peer]:
    option = pytestconfig.getoption
    if not option("--peer"):
        pytest.skip("needs a real Odoo: run with --peer http://127.0.0.1:8069")
    async with (
        platform_running(
            settings, tmp_path, workers=1, worker=True, SYNC_ENABLED="true"
        ) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=120) as http,
        httpx.AsyncClient(timeout=120) as elsewhere,
    ):
        odoo = RealOdoo(
            option("--peer"),
            option("--peer-database"),
            option("--peer-login"),
            option("--peer-password"),
            elsewhere,
        )
        company = await company_on(
            resources,
            http,
            url=odoo.url,
            database=odoo.database,
            login=odoo.login,
            password=odoo.password,
        )
        copied = Copied(resources, company, http)
        yield Peer(odoo, copied, await copied.pusher(), platform.url)


async def test_the_default_plan_is_copied_and_stays_right(peer: Peer) -> None:
    copied, odoo = peer.copied, peer.odoo
    began = time.perf_counter()
    run = await copied.ended(await copied.request())
    assert run["status"] == "completed", run
    print(f"\nfirst load: {run['records_read']} records, {time.perf_counter() - began:.1f} s")
    assert {name: stats["read"] for name, stats in run["stats"].items()}[PARTNERS] > 50
    report = await copied.parity()
    assert report["status"] == "equal", report

    made = await odoo.call(PARTNERS, "create", [{"name": f"Proof {n}"} for n in range(30)])
    await odoo.call(PARTNERS, "write", made[:10], {"city": "Gent"})
    await odoo.call(PARTNERS, "write", made[10:15], {"active": False})
    await odoo.call(PARTNERS, "unlink", made[15:20])
    lead = await odoo.call("crm.lead", "create", {"name": "Proof", "partner_id": made[0]})
    await odoo.call("crm.lead", "action_set_won", [lead])
    product = (await odoo.call("product.product", "search", [["sale_ok", "=", True]], limit=1))[0]
    order = await odoo.call(
        "sale.order",
        "create",
        {
            "partner_id": made[0],
            "order_line": [[0, 0, {"product_id": product, "product_uom_qty": 3}]],
        },
    )
    await odoo.call("sale.order", "action_confirm", [order])
    await copied.synchronise()
    assert (await peer.held(PARTNERS, made[3]))["city"] == "Gent"
    assert not (await peer.held(PARTNERS, made[12]))["is_active"]
    assert await peer.held("crm.lead", lead) is not None
    assert (await peer.held("sale.order", order))["state"] == "sale"

    await odoo.call(PARTNERS, "unlink", made[20:25])
    await odoo.call(PARTNERS, "write", made[10:15], {"active": True})
    await copied.synchronise()
    assert await peer.held(PARTNERS, made[22]) == "deleted"
    assert (await peer.held(PARTNERS, made[12]))["is_active"]
    # what Odoo computes from other records moves no time of its own
    report = await copied.parity()
    print(f"after edits: {report['status']}, {report}")
    assert (report["missing"], report["extra"]) == (0, 0)
    if report["status"] == "differs":
        await copied.ended(await copied.request("repair"))
        assert (await copied.parity())["status"] == "equal"
    again = await copied.ended(await copied.request())
    print(f"nothing changed: {again['records_read']} read, {again['changed']} changed")


async def _times(
    peer: Peer, kind: str, tell: Callable[[int], Awaitable[None]] | None
) -> list[float]:
    """Seconds from each of many changes, its commit in Odoo, until it is in the lake."""
    made = await peer.odoo.call(PARTNERS, "create", [{"name": f"{kind} {n}"} for n in range(5)])
    await peer.copied.synchronise()
    waits = []
    for number in range(CHANGES):
        key, name = made[number % len(made)], f"{kind} {number} {uuid4().hex[:6]}"
        await peer.odoo.call(PARTNERS, "write", [key], {"name": name})
        began = time.perf_counter()
        if tell is not None:
            await tell(key)
        await peer.seen(key, name)
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.1)
    p95 = quantiles(waits, n=20)[18]
    print(f"\n{kind}: median {median(waits):.2f} s, p95 {p95:.2f} s, longest {max(waits):.2f} s")
    return waits


async def test_a_hinted_change_is_in_the_lake_within_seconds(peer: Peer) -> None:
    await peer.copied.synchronise()

    async def hint(key: int) -> None:
        event = {"id": str(uuid4()), "operation": "write", "model": PARTNERS, "record_id": key}
        body = orjson.dumps({"source": "odoo", "events": [event]})
        stamp = str(int(time.time()))
        digest = hmac.digest(peer.pusher.secret, stamp.encode() + b"." + body, "sha256").hex()
        answer = await peer.copied.http.post(
            "/api/webhooks/odoo",
            content=body,
            headers={
                "Content-Type": "application/json",
                "X-BridgeCore-Connection": peer.pusher.connection,
                "X-BridgeCore-Timestamp": stamp,
                "X-BridgeCore-Signature": f"v1={digest}",
            },
        )
        assert answer.status_code == 200, answer.text

    waits = await _times(peer, "hinted", hint)
    assert quantiles(waits, n=20)[18] < HINTED


@pytest.mark.parametrize("with_values", [True, False])
async def test_what_the_addon_tells_is_in_the_lake_at_once(peer: Peer, with_values: bool) -> None:
    odoo, copied = peer.odoo, peer.copied
    addon = await odoo.call(
        "ir.module.module",
        "search_count",
        [["name", "=", "bridgecore_connector"], ["state", "=", "installed"]],
    )
    if not addon:
        pytest.skip("needs the addon installed: docs/howto/install-the-odoo-addon.md")
    await copied.synchronise()
    fields = sorted(next(iter((await copied.rows(PARTNERS)).values())))
    watched = await odoo.call("bridgecore.model", "search", [])
    await odoo.call("bridgecore.model", "unlink", watched)
    link = (await odoo.call("bridgecore.link", "search", []))[0]
    await odoo.call(
        "bridgecore.link",
        "write",
        [link],
        {
            "address": peer.address,
            "connection": peer.pusher.connection,
            "secret": peer.pusher.secret.decode(),
            "paused": False,
        },
    )
    try:
        model = await odoo.call("ir.model", "search", [["model", "=", PARTNERS]])
        chosen = await odoo.call(
            "ir.model.fields", "search", [["model", "=", PARTNERS], ["name", "in", fields]]
        )
        await odoo.call(
            "bridgecore.model",
            "create",
            {"model_id": model[0], "field_ids": [[6, 0, chosen]], "send_values": with_values},
        )
        waits = await _times(peer, "with values" if with_values else "without values", None)
        gone = await odoo.call(PARTNERS, "create", {"name": "Soon gone"})
        await peer.seen(gone, "Soon gone")
        began = time.perf_counter()
        await odoo.call(PARTNERS, "unlink", [gone])

        async def removed() -> bool:
            return bool(await peer.held(PARTNERS, gone) == "deleted")

        await until(removed, "the deletion", 30)
        print(f"deleted after {time.perf_counter() - began:.2f} s; {await peer.outcomes()}")
        outcomes = await peer.outcomes()
        assert outcomes["applied" if with_values else "hinted"] >= CHANGES / 2
        assert outcomes["removed"] >= 1
        await odoo.call(PARTNERS, "create", [{"name": f"Many {n}"} for n in range(300)])
    finally:
        await odoo.call(
            "bridgecore.model", "unlink", await odoo.call("bridgecore.model", "search", [])
        )
    # what was pushed is what reading gives, value by value
    await copied.synchronise()
    report = await copied.parity()
    assert report["status"] == "equal", report
    assert quantiles(waits, n=20)[18] < PUSHED
