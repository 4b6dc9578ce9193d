"""Who keeps sending what nobody signed has to wait, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from bridgecore.domains.webhooks.errors import SenderThrottled
from bridgecore.domains.webhooks.service.forgeries import FREE_OF_NETWORK, FREE_OF_SENDER, Forgeries
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import client_address
from bridgecore.infra.throttle import Throttle
from tests.factories.tenants import TenantFactory
from tests.integration.webhooks.conftest import Receiving, event, receiving_company

UNLIMITED = 2**31


async def count(resources: Resources, purpose: str, account: str, address: str, times: int) -> None:
    """Failures of before, which kept nobody waiting."""
    throttle = Throttle(
        resources.redis, purpose=purpose, free_by_account=UNLIMITED, free_by_address=UNLIMITED
    )
    for _ in range(times):
        assert await throttle.attempt(account, address) == 0


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a caller that nobody else comes from."""
    found = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
    token = client_address.set(found)
    yield found
    client_address.reset(token)


async def test_a_sender_with_a_wrong_secret_waits_alone(
    receiving: Receiving,
    client: httpx.AsyncClient,
    resources: Resources,
    tenant_factory: TenantFactory,
) -> None:
    other = await receiving_company(client, resources, tenant_factory)
    before = f"127.0.0.1 {receiving.connection_id}"
    await count(resources, "webhook_sender", before, "127.0.0.1", FREE_OF_SENDER + 20)
    assert (await receiving.send([event()], secret="x" * 40)).status_code == 403
    for secret in ("x" * 40, "y" * 40, receiving.secret):
        answer = await receiving.send([event()], secret=secret)
        assert answer.status_code == 429, answer.text
        assert answer.json()["code"] == "RATE_LIMIT_EXCEEDED"
        assert int(answer.headers["Retry-After"]) > 600
    assert await receiving.stored() == []
    assert (await other.send([event()])).status_code == 200


async def test_a_few_failures_keep_nobody_waiting(receiving: Receiving) -> None:
    for _ in range(FREE_OF_SENDER - 1):
        assert (await receiving.send([event()], secret="x" * 40)).status_code == 403
    assert (await receiving.send([event()])).status_code == 200


async def test_who_tries_many_connections_waits_wherever_it_looks(
    resources: Resources, address: str
) -> None:
    forgeries = Forgeries(resources.redis)
    network = address.removesuffix("::1") + "::"
    await count(resources, "webhook_network", network, address, FREE_OF_NETWORK + 20)
    await forgeries.failed(str(uuid4()), exists=False)
    forgeries.check(str(uuid4()))  # no process knows before it is told
    with pytest.raises(SenderThrottled):
        await forgeries.failed(str(uuid4()), exists=False)
    with pytest.raises(SenderThrottled) as caught:
        forgeries.check(str(uuid4()))
    assert int(caught.value.headers["Retry-After"]) > 600
    client_address.set("2001:db8:ffff::1")
    forgeries.check(str(uuid4()))
