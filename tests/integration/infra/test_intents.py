"""Intents: joined, not repeated; unknown when a lease runs out."""

from __future__ import annotations

import asyncio
import secrets
from uuid import UUID

from sqlalchemy import text

from bridgecore.infra import intents
from bridgecore.infra.intents import IntentStatus, Wish
from bridgecore.infra.resources import Resources
from bridgecore.kit.ids import uuid7
from tests.factories.tenants import TenantFactory


def wish(tenant_id: UUID, **changes: object) -> Wish:
    base: dict[str, object] = {
        "tenant_id": tenant_id,
        "kind": "test",
        "target": "res.partner.create",
        "request": {},
        "lease_seconds": 30.0,
        "fingerprint": b"same",
        "session_id": uuid7(),
    }
    return Wish(**{**base, **changes})  # type: ignore[arg-type]


async def test_equal_requests_at_once_begin_once(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    wanted = wish(tenant.id)
    claims = await asyncio.gather(*(intents.begin(resources.database, wanted) for _ in range(5)))
    assert sum(not claim.joined for claim in claims) == 1
    assert len({claim.intent_id for claim in claims}) == 1


async def test_a_finished_one_is_not_joined_without_a_key(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    wanted = wish(tenant.id)
    first = await intents.begin(resources.database, wanted)
    await intents.finish(
        resources.database,
        tenant_id=tenant.id,
        intent_id=first.intent_id,
        status=IntentStatus.DONE,
    )
    second = await intents.begin(resources.database, wanted)
    assert not second.joined


async def test_another_session_is_another_wish(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    first = await intents.begin(resources.database, wish(tenant.id))
    second = await intents.begin(resources.database, wish(tenant.id))
    assert first.intent_id != second.intent_id


async def test_a_key_is_joined_when_done_and_tells_another_body(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    scope = secrets.token_bytes(32)
    first = await intents.begin(resources.database, wish(tenant.id, idempotency_scope=scope))
    await intents.finish(
        resources.database,
        tenant_id=tenant.id,
        intent_id=first.intent_id,
        status=IntentStatus.DONE,
    )
    again = await intents.begin(resources.database, wish(tenant.id, idempotency_scope=scope))
    other = await intents.begin(
        resources.database, wish(tenant.id, idempotency_scope=scope, fingerprint=b"other")
    )
    assert (again.joined, again.intent_id, again.mismatch) == (True, first.intent_id, False)
    assert other.mismatch


async def test_a_refused_key_may_try_again(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    scope = secrets.token_bytes(32)
    first = await intents.begin(resources.database, wish(tenant.id, idempotency_scope=scope))
    await intents.finish(
        resources.database,
        tenant_id=tenant.id,
        intent_id=first.intent_id,
        status=IntentStatus.FAILED,
    )
    again = await intents.begin(resources.database, wish(tenant.id, idempotency_scope=scope))
    assert not again.joined


async def test_a_lease_that_ran_out_is_unknown_and_never_done_again(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    tenant = await tenant_factory.tenant()
    wanted = wish(tenant.id, lease_seconds=0.0)
    claim = await intents.begin(resources.database, wanted)
    assert await intents.expire_all_leases(resources.database) >= 1
    found = await intents.find(resources.database, tenant.id, claim.intent_id)
    assert found is not None
    assert found.status == IntentStatus.UNKNOWN
    assert (await intents.begin(resources.database, wanted)).joined


async def test_one_tenant_can_not_see_anothers(
    resources: Resources, tenant_factory: TenantFactory
) -> None:
    mine, other = await tenant_factory.tenant(), await tenant_factory.tenant()
    claim = await intents.begin(resources.database, wish(other.id))
    assert await intents.find(resources.database, mine.id, claim.intent_id) is None
    async with resources.database.tenant(mine.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM intents"))).scalar_one() == 0
