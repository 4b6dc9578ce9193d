"""The Odoo connector against the simulator, as each supported version and over each transport."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridgecore.connectors.contract import EntityFlag, Period, Presence
from bridgecore.connectors.errors import Reauthorise, Rejected, RetryAfter
from bridgecore.connectors.odoo import (
    SPEC,
    Kind,
    OdooClient,
    OdooConnector,
    OdooError,
    OdooIdentity,
    TransportName,
)
from bridgecore.connectors.odoo.subjects import OTHER
from bridgecore.connectors.testing import ConnectorContract
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.kit.addresses import AddressPolicy
from bridgecore.simulators.odoo import OdooSimulator, UserSpec

KEY = "0123456789abcdef0123456789abcdef01234567"
ROBOT = UserSpec("robot", "a long password", "Robot", "admin", api_key=KEY)
SELLER = UserSpec("seller", "another long password", "Seller", "sales")
TIMEOUT = 10.0


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[HttpTransport]:
    policy = AddressPolicy.of(["127.0.0.1"], allow_http=True)
    async with HttpTransport(AddressGuard(policy)) as transport:
        yield transport


@pytest.fixture(scope="module", params=[15, 16, 17, 18, 19])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[OdooSimulator]:
    async with OdooSimulator(request.param, "shop", size=40, users=[ROBOT, SELLER]) as running:
        yield running


def client_of(
    simulator: OdooSimulator,
    http: HttpTransport,
    secret: str = ROBOT.password,
    transport: TransportName = TransportName.AUTO,
    **changes: str,
) -> OdooClient:
    given = {"url": simulator.url, "database": "shop", "login": "robot", **changes}
    return OdooClient(OdooIdentity(secret=secret, transport=transport, **given), http)


@pytest.fixture(params=["session", "jsonrpc", "key"])
async def client(request, simulator, http) -> AsyncIterator[OdooClient]:
    match request.param:
        case "session":
            made = client_of(simulator, http)
        case "jsonrpc":
            made = client_of(simulator, http, transport=TransportName.JSONRPC)
        case _:
            made = client_of(simulator, http, KEY)
    yield made
    await made.close()


@dataclass
class Partners:
    """Partners of the simulated Odoo as the contract's subject."""

    connector: OdooConnector
    refused: OdooConnector
    entity: str = "res.partner"
    made: list[str] = field(default_factory=list)

    async def _execute(self, method: str, *args: Any) -> Any:
        raw = await self.connector.client.execute(
            "res.partner", method, list(args), timeout=TIMEOUT
        )
        return json.loads(raw)

    async def add(self, count: int) -> Sequence[str]:
        ids = await self._execute("create", [{"name": f"Partner {n}"} for n in range(count)])
        return [str(each) for each in ids]

    async def change(self, key: str) -> None:
        await self._execute("write", [int(key)], {"name": "Changed"})

    async def remove(self, key: str) -> None:
        await self._execute("unlink", [int(key)])


class TestConnectorContract(ConnectorContract):
    @pytest.fixture
    async def subject(self, simulator, http) -> AsyncIterator[Partners]:
        connector = OdooConnector(client_of(simulator, http), page_size=20)
        yield Partners(connector, OdooConnector(client_of(simulator, http, "wrong")))
        await connector.close()


async def test_what_an_account_may_not_see_is_not_told_as_deleted(simulator, http):
    admin = client_of(simulator, http)
    seller = OdooConnector(client_of(simulator, http, SELLER.password, login=SELLER.login))
    uid = (await admin.account()).uid
    made = [
        await asked(admin, "crm.lead", "create", {"name": "Lead", "user_id": owner, "active": on})
        for owner, on in ((False, True), (uid, True), (False, False), (False, True))
    ]
    await asked(admin, "crm.lead", "unlink", [made[3]])
    keys = [str(each) for each in made]
    assert await seller.presence("crm.lead", keys) == {
        keys[0]: Presence.PRESENT,
        keys[1]: Presence.NOT_VISIBLE,
        keys[2]: Presence.ARCHIVED,
        keys[3]: Presence.DELETED,
    }
    records = await seller.read_keys("crm.lead", keys)
    assert {change.key: change.is_active for change in records.changes} == {
        keys[0]: True,
        keys[2]: False,
    }
    await seller.close()
    await admin.close()


async def test_a_model_that_may_not_be_read_is_refused_and_not_told_as_empty(simulator, http):
    seller = OdooConnector(client_of(simulator, http, SELLER.password, login=SELLER.login))
    for telling in (
        seller.bands("account.move", Period.YEAR),
        seller.presence("account.move", ["1"]),
        seller.read_keys("account.move", ["1"]),
    ):
        with pytest.raises(Rejected):
            await telling
    await seller.close()


async def test_the_plan_is_there_and_readable(simulator, http):
    connector = OdooConnector(client_of(simulator, http))
    entities = await connector.discover(SPEC.plan)
    assert [entity.name for entity in entities] == list(SPEC.plan)
    for entity in entities:
        assert entity.group not in ("", OTHER, "Technical")
        pages = [page async for page in connector.read(entity.name)]
        assert [each for page in pages for each in page.set_aside] == []
        count = sum(len(page.changes) for page in pages)
        if EntityFlag.BANDED in entity.flags:
            told = await connector.bands(entity.name, Period.YEAR)
            assert sum(band.count for band in told) == count
    await connector.close()


async def asked(client: OdooClient, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
    return json.loads(await client.execute(model, method, list(args), kwargs, timeout=TIMEOUT))


async def test_the_transport_fits_secret_and_version(simulator, http):
    password = await client_of(simulator, http).account()
    assert password.transport is TransportName.SESSION
    key = await client_of(simulator, http, KEY).account()
    fitting = TransportName.JSON2 if simulator.version >= 19 else TransportName.JSONRPC
    assert key.transport is fitting
    assert key.uid == password.uid
    assert key.version.major == simulator.version


async def test_check(client, simulator):
    status = await client.check()
    assert status.ok, status.problems
    assert (status.login, status.version.major) == ("robot", simulator.version)
    assert status.problems == ()


async def test_check_finds_the_database_missing(simulator, http):
    status = await client_of(simulator, http, database="gone").check()
    assert status.error.kind is Kind.DATABASE_MISSING
    status = await client_of(simulator, http, KEY, database="gone").check()
    assert status.error.kind is Kind.DATABASE_MISSING


async def test_one_life_of_a_record(client):
    made = await asked(client, "res.partner", "create", {"name": "Азия", "ref": "K-1"})
    assert isinstance(made, int)
    assert await asked(client, "res.partner", "write", [made], {"ref": "K-2"}) is True
    (row,) = await asked(client, "res.partner", "read", [made], fields=["name", "ref"])
    assert row == {"id": made, "name": "Азия", "ref": "K-2"}
    domain = [["ref", "=", "K-2"]]
    found = await asked(client, "res.partner", "search_read", domain=domain, fields=["ref"])
    assert found == [{"id": made, "ref": "K-2"}]
    assert await asked(client, "res.partner", "search", domain=domain) == [made]
    assert await asked(client, "res.partner", "search_count", domain=domain) == 1
    assert await asked(client, "res.partner", "search_count", [], limit=2) == 2
    assert await asked(client, "res.partner", "name_get", [made]) == [[made, "Азия"]]
    found = await asked(client, "res.partner", "name_search", "Азия", domain=domain, limit=5)
    assert found == [[made, "Азия"]]
    copied = await asked(client, "res.partner", "copy", made)
    assert isinstance(copied, int)
    assert await asked(client, "res.partner", "exists", [copied, made]) == [copied, made]
    assert await asked(client, "res.partner", "unlink", [made, copied]) is True
    assert await asked(client, "res.partner", "exists", [made]) == []


async def test_web_reads_are_alike_on_all(client):
    parent = await asked(client, "res.partner", "create", {"name": "Parent", "is_company": True})
    specification = {"name": {}, "parent_id": {"fields": {"display_name": {}}}}
    (child,) = await asked(
        client,
        "res.partner",
        "web_save",
        [],
        {"name": "Child", "parent_id": parent},
        specification=specification,
    )
    assert child["name"] == "Child"
    assert child["parent_id"] == {"id": parent, "display_name": "Parent"}
    domain = [["id", "=", child["id"]]]
    found = await asked(
        client, "res.partner", "web_search_read", domain, specification=specification
    )
    assert found == {"length": 1, "records": [child]}
    found = await asked(client, "res.partner", "web_search_read", domain, fields=["parent_id"])
    assert found == {
        "length": 1,
        "records": [{"id": child["id"], "parent_id": [parent, "Parent"]}],
    }


async def test_files_are_uploaded_as_they_come(simulator, http):
    async def content() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"0123456789" * 100

    for secret in (ROBOT.password, KEY):
        client = client_of(simulator, http, secret)
        made = await client.upload("big.txt", content(), timeout=TIMEOUT, mimetype="text/plain")
        (row,) = await asked(client, "ir.attachment", "read", [made], fields=["name", "file_size"])
        assert row == {"id": made, "name": "big.txt", "file_size": 50_000}
        (row,) = await asked(client, "ir.attachment", "read", [made], fields=["datas"])
        assert base64.b64decode(row["datas"]) == b"0123456789" * 5_000


async def test_rights_are_asked_alike(client):
    for model in ("res.partner", "res.users"):
        answer = await asked(client, model, "check_access_rights", "read", raise_exception=False)
        assert answer is True
        assert await asked(client, model, "has_access", [], "read") is True


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (("no.model", "search_read", []), Kind.UNKNOWN_MODEL),
        (("res.partner", "no_method", [1]), Kind.UNKNOWN_METHOD),
        (("res.partner", "_compute_display_name", [1]), Kind.ACCESS_ERROR),
        (("res.partner", "search", [["nosuch", "=", 1]]), Kind.INVALID_FIELD),
        (("res.partner", "read", [1], ["nosuch"]), Kind.INVALID_FIELD),
        (("res.partner", "write", [1], {"nosuch": 1}), Kind.INVALID_FIELD),
        (("res.partner", "write", [99999999], {"name": "x"}), Kind.MISSING_RECORD),
        (("res.partner", "write", [1]), Kind.BAD_REQUEST),
    ],
)
async def test_refusals_are_alike_on_all(client, call, kind):
    with pytest.raises(OdooError) as caught:
        await asked(client, *call)
    assert caught.value.kind is kind
    assert not caught.value.sent


async def test_expired_sessions_are_renewed_together(simulator, http):
    client = client_of(simulator, http)
    await asked(client, "res.partner", "search_count", [])
    simulator.expire_sessions()
    counts = await asyncio.gather(
        *(asked(client, "res.partner", "search_count", []) for _ in range(10))
    )
    assert len(set(counts)) == 1
    await client.close()


async def test_a_changed_password_needs_a_person(simulator, http):
    client = client_of(simulator, http)
    await asked(client, "res.partner", "search_count", [])
    simulator.set_password("shop", "robot", "another")
    try:
        with pytest.raises(Reauthorise) as caught:
            await asked(client, "res.partner", "search_count", [])
        assert caught.value.kind is Kind.ACCESS_DENIED
    finally:
        simulator.set_password("shop", "robot", ROBOT.password)


@pytest.mark.parametrize(
    ("fault", "kind", "sent"),
    [
        ("down", Kind.UNAVAILABLE, True),
        ("rate_limit", Kind.RATE_LIMITED, False),
        ("serialization", Kind.CONCURRENCY, False),
        ("close", Kind.UNREACHABLE, True),
        ("drop_answer", Kind.UNREACHABLE, True),
        ("hang", Kind.TIMED_OUT, True),
    ],
)
async def test_bad_days_can_be_retried_later(client, simulator, fault, kind, sent):
    made = await asked(client, "res.partner", "create", {"name": "Before"})
    options = {"seconds": 7} if fault == "rate_limit" else {}
    simulator.fault(fault, model="res.partner", method="write", times=1, **options)
    try:
        with pytest.raises(RetryAfter) as caught:
            await client.call("res.partner", "write", [[made], {"name": "After"}], timeout=0.4)
    finally:
        simulator.faults.clear()
    assert (caught.value.kind, caught.value.sent) == (kind, sent)
    assert caught.value.retry_after == (7 if fault == "rate_limit" else None)
    (row,) = await asked(client, "res.partner", "read", [made], fields=["name"])
    assert row["name"] == ("After" if fault == "drop_answer" else "Before")
