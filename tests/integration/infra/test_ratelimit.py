"""Admission on a real Valkey: exact under concurrency, and bounded without it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgecore.infra.embedded import EmbeddedValkey
from bridgecore.infra.ratelimit import (
    Admission,
    Usage,
    not_before_key,
    session_key,
    state_key,
    tenant_counter,
)
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.throttle import Throttle
from bridgecore.kit.rate_limits import Decision, Limits, TenantState, headers

NOON = 1_800_000_000.0  # the start of an hour, and of a burst window

HAMMER = """
import asyncio, sys
from bridgecore.infra.ratelimit import Admission
from bridgecore.infra.redis import RedisClient

async def main(url, tenant, calls):
    async with RedisClient(url) as client:
        admission = Admission(client, timeout=10)
        gate = asyncio.Semaphore(64)
        async def one():
            async with gate:
                return (await admission.admit(tenant_id=tenant, user_id="u", now=1.8e9)).admitted
        print(sum(await asyncio.gather(*(one() for _ in range(int(calls))))))
        assert not admission.degraded

asyncio.run(main(*sys.argv[1:]))
"""


def tenant(**limits: int) -> TenantState:
    return TenantState(
        tenant_id=uuid.uuid4().hex, version=1, status="active", limits=Limits(**limits)
    )


def is_degraded(admission: Admission) -> bool:
    return admission.degraded


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(valkey: EmbeddedValkey) -> AsyncIterator[RedisClient]:
    async with RedisClient(valkey.url) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def admission(client: RedisClient) -> AsyncIterator[Admission]:
    async with Admission(client, timeout=5) as found:
        yield found


async def test_exactly_the_limit_is_admitted_by_many_processes(
    valkey: EmbeddedValkey, admission: Admission
) -> None:
    state = tenant(tenant_hour=1_000, tenant_day=50_000, user_hour=5_000)
    assert await admission.put_state(state)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            HAMMER,
            valkey.url,
            state.tenant_id,
            "2500",
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    told = [await process.communicate() for process in processes]
    assert all(process.returncode == 0 for process in processes)
    admitted = [int(out) for out, _ in told]
    assert sum(admitted) == 1_000
    assert await admission.read_counters(state.tenant_id, now=1.8e9) == Usage(1_000, 1_000)


async def test_unknown_tenant_counts_nothing(admission: Admission, client: RedisClient) -> None:
    decision = await admission.admit(tenant_id="unheard-of", user_id="u")
    assert (decision.kind, decision.admitted, headers(decision)) == ("state_missing", False, [])
    assert [key async for key in client.redis.scan_iter("*unheard-of*")] == []


async def test_a_server_that_forgot_the_script_loses_no_call(
    admission: Admission, client: RedisClient
) -> None:
    state = tenant(tenant_hour=100)
    await admission.put_state(state)

    async def call() -> Decision:
        return await admission.admit(tenant_id=state.tenant_id, user_id=None)

    await call()
    await client.redis.script_flush()
    decisions = await asyncio.gather(*(call() for _ in range(20)))
    assert all(decision.admitted for decision in decisions)
    assert not is_degraded(admission)
    assert await admission.read_counters(state.tenant_id) == Usage(hour=21, day=21)


async def test_state_travels_once_for_each_version(admission: Admission) -> None:
    state = TenantState(
        tenant_id=uuid.uuid4().hex,
        version=7,
        status="trial",
        limits=Limits(tenant_hour=10, tenant_day=0x7FFF_FFFF),
        blob=b"\x00\xffsnapshot",
        epoch=1_700_000_000,
    )
    assert await admission.put_state(state)
    first = await admission.admit(tenant_id=state.tenant_id, user_id=None)
    assert first.admitted
    assert first.state is not None
    assert first.state.generation > 1_600_000_000_000_000
    assert first.state.blob == state.blob
    assert (first.state.limits, first.state.epoch) == (state.limits, state.epoch)
    again = await admission.admit(tenant_id=state.tenant_id, user_id=None)
    assert again.state == first.state


async def test_another_process_learns_a_new_version_on_its_next_call(
    admission: Admission, client: RedisClient
) -> None:
    state = tenant(tenant_hour=10)
    await admission.put_state(state)
    async with Admission(client, timeout=5) as other:
        assert (await other.admit(tenant_id=state.tenant_id, user_id="u")).admitted
        suspended = TenantState(
            tenant_id=state.tenant_id,
            version=2,
            status="suspended",
            limits=state.limits,
            blob=b"second",
        )
        assert await admission.put_state(suspended)
        decision = await other.admit(tenant_id=state.tenant_id, user_id="u")
        assert decision.kind == "inactive"
        assert decision.state is not None
        assert (decision.state.status, decision.state.blob) == ("suspended", b"second")
        assert await admission.put_state(state), "an old version is taken for done"
        decision = await other.admit(tenant_id=state.tenant_id, user_id="u")
        assert decision.kind == "inactive", "an old version replaced a newer one"
    assert (await admission.read_counters(state.tenant_id)).day == 1


async def test_generation_is_raised_for_every_process_and_never_used_twice(
    admission: Admission, client: RedisClient
) -> None:
    state = tenant()
    assert await admission.raise_generation(state.tenant_id) is None
    await admission.put_state(state)
    before = await admission.admit(tenant_id=state.tenant_id, user_id="u")
    raised = await admission.raise_generation(state.tenant_id)
    after = await admission.admit(tenant_id=state.tenant_id, user_id="u")
    assert before.state is not None
    assert after.state is not None
    assert after.state.generation == raised == before.state.generation + 1
    await client.redis.delete(state_key(state.tenant_id))
    await admission.put_state(state)
    lost = await admission.admit(tenant_id=state.tenant_id, user_id="u")
    assert lost.state is not None
    assert lost.state.generation > after.state.generation


async def test_ended_tokens_are_refused_from_the_next_call_and_counted_nowhere(
    admission: Admission,
) -> None:
    state = tenant(tenant_hour=100)
    await admission.put_state(state)
    keys: tuple[str, ...] = (
        session_key(state.tenant_id, "s1"),
        not_before_key(state.tenant_id, "m1"),
    )

    async def kind(issued_at: float | None) -> str:
        decision = await admission.admit(
            tenant_id=state.tenant_id, user_id="u", issued_at=issued_at, revocation_keys=keys
        )
        return decision.kind

    assert await kind(1_000) == "admitted"
    await admission.end_before(state.tenant_id, "m1", instant=2_000, seconds=60)
    assert await kind(1_999) == "revoked"
    assert await kind(2_000) == "admitted"
    await admission.end_session(state.tenant_id, "s1", seconds=60)
    assert await kind(9_999_999_999) == "revoked"
    assert await kind(None) == "revoked"
    newer = TenantState(state.tenant_id, 2, "active", state.limits, epoch=5_000)
    await admission.put_state(newer)
    keys = ()
    assert await kind(4_999.5) == "revoked"
    assert await kind(5_000) == "admitted"
    await admission.put_state(TenantState(state.tenant_id, 3, "active", state.limits, epoch=1))
    assert await kind(4_999) == "revoked", "the epoch went back"
    assert (await admission.read_counters(state.tenant_id)).day == 3


async def test_windows_and_what_the_headers_tell(admission: Admission) -> None:
    state = tenant(tenant_hour=10, tenant_day=12, tenant_burst=6, user_hour=9)
    await admission.put_state(state)

    async def call(weight: int, now: float, user: str | None = "u") -> Decision:
        return await admission.admit(
            tenant_id=state.tenant_id, user_id=user, weight=weight, now=now
        )

    first = await call(4, NOON + 1)
    assert first.admitted
    assert {w.name: (w.used, w.remaining, w.reset) for w in first.windows} == {
        "tenant_hour": (4, 6, 3_599),
        "tenant_day": (4, 8, 86_400 - (NOON + 1) % 86_400),
        "tenant_burst": (4, 2, 9),
        "user_hour": (4, 5, 3_599),
    }
    assert dict(headers(first)) == {
        "RateLimit-Policy": '"tenant_hour";q=10;w=3600, "tenant_day";q=12;w=86400, '
        '"tenant_burst";q=6;w=10, "user_hour";q=9;w=3600',
        "RateLimit": '"tenant_burst";r=2;t=9',
        "X-RateLimit-Limit": "6",
        "X-RateLimit-Remaining": "2",
        "X-RateLimit-Reset": str(int(NOON) + 10),
    }

    burst = await call(3, NOON + 4)
    assert (burst.kind, burst.code, burst.retry_after) == ("limited", "RATE_LIMIT_EXCEEDED", 6)
    assert dict(headers(burst))["Retry-After"] == "6"
    assert [w.name for w in burst.refusing] == ["tenant_burst"]
    assert (await call(2, NOON + 4)).admitted, "a smaller call still fits"
    assert (await call(3, NOON + 11)).admitted
    person = await call(1, NOON + 21)
    assert (person.kind, [w.name for w in person.refusing]) == ("limited", ["user_hour"])
    assert (await call(1, NOON + 21, None)).admitted, "an API key is nobody's hour"
    full = await call(1, NOON + 31, None)
    assert (full.code, full.retry_after) == ("RATE_LIMIT_EXCEEDED", 3_569)
    assert (await call(2, NOON + 3_600, None)).admitted
    quota = await call(1, NOON + 3_600, None)
    assert (quota.kind, quota.code) == ("limited", "QUOTA_EXCEEDED")
    assert (await admission.read_counters(state.tenant_id, now=NOON + 3_600)) == Usage(2, 12)
    day = int((NOON + 3_600) // 86_400)
    assert await admission.day_counts([state.tenant_id, "other"], day) == {
        state.tenant_id: 12,
        "other": 0,
    }


async def test_unlimited_is_counted_for_metering_and_every_key_expires(
    admission: Admission, client: RedisClient
) -> None:
    state = tenant()
    await admission.put_state(state)
    for _ in range(3):
        decision = await admission.admit(tenant_id=state.tenant_id, user_id="u", weight=5)
    assert headers(decision) == []
    assert await admission.read_counters(state.tenant_id) == Usage(15, 15)
    keys = [key async for key in client.redis.scan_iter(f"*{state.tenant_id}*")]
    assert len(keys) == 3
    prefix = tenant_counter(state.tenant_id).encode()
    for key in keys:
        left = await client.redis.ttl(key)
        kept = 180_000 if key.startswith(prefix + b":day") else 7_200
        assert 3_000 < left <= kept


async def test_what_is_not_of_the_plan_counts_for_the_person_alone(
    admission: Admission, tmp_path: Path
) -> None:
    state = tenant(tenant_hour=2, tenant_day=2, tenant_burst=2, user_hour=4)
    unplanned = tenant(tenant_hour=0)
    async with RedisClient(f"unix://{tmp_path}/absent.sock") as nobody:
        for limiter in (admission, Admission(nobody)):
            await limiter.put_state(state)
            await limiter.put_state(unplanned)

            async def call(of_plan: bool, limiter: Admission = limiter) -> Decision:
                return await limiter.admit(
                    tenant_id=state.tenant_id, user_id="u", of_plan=of_plan, now=NOON
                )

            looked = [await call(False) for _ in range(3)]
            assert [w.name for w in looked[-1].windows] == ["user_hour"]
            assert looked[-1].windows[0].used == 3
            asked = await call(True)
            assert asked.admitted
            assert {w.name: w.used for w in asked.windows} == {
                "tenant_hour": 1,
                "tenant_day": 1,
                "tenant_burst": 1,
                "user_hour": 4,
            }
            refused = await call(False)
            assert [w.name for w in refused.refusing] == ["user_hour"]
            looked_at = await limiter.admit(
                tenant_id=unplanned.tenant_id, user_id="u", of_plan=False, now=NOON
            )
            assert (looked_at.kind, headers(looked_at)) == ("admitted", [])


async def test_nothing_is_admitted_under_a_limit_of_none_at_all(admission: Admission) -> None:
    state = tenant(tenant_hour=0)
    await admission.put_state(state)
    decision = await admission.admit(tenant_id=state.tenant_id, user_id="u")
    assert decision.kind == "limited"
    assert dict(headers(decision))["X-RateLimit-Limit"] == "0"
    with pytest.raises(ValueError):
        await admission.admit(tenant_id=state.tenant_id, user_id="u", weight=0)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_never_more_than_a_limit_and_refusals_count_nowhere(
    admission: Admission, data: st.DataObject
) -> None:
    maximum = st.none() | st.integers(0, 30)
    limits = Limits(*(data.draw(maximum) for _ in range(5)))
    state = TenantState(uuid.uuid4().hex, 1, "active", limits)
    await admission.put_state(state)
    calls = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["u1", "u2", None]), st.integers(1, 7), st.integers(0, 90_000)
            ),
            max_size=40,
        )
    )
    calls.sort(key=lambda call: call[2])
    counts: dict[tuple[str, str | None, int], int] = {}
    for user, weight, offset in calls:
        now = NOON + offset
        expected: list[tuple[tuple[str, str | None, int], int | None]] = [
            (("tenant_hour", None, int(now // 3600)), limits.tenant_hour),
            (("tenant_day", None, int(now // 86400)), limits.tenant_day),
            (("tenant_burst", None, int(now // 10)), limits.tenant_burst),
        ]
        if user is not None:
            expected += [
                (("user_hour", user, int(now // 3600)), limits.user_hour),
                (("user_burst", user, int(now // 10)), limits.user_burst),
            ]
        fits = all(limit is None or counts.get(key, 0) + weight <= limit for key, limit in expected)
        decision = await admission.admit(
            tenant_id=state.tenant_id, user_id=user, weight=weight, now=now
        )
        assert decision.admitted is fits
        if fits:
            for key, _ in expected:
                counts[key] = counts.get(key, 0) + weight
        told = {window.name: window.used for window in decision.windows}
        for key, limit in expected:
            if limit is not None or key[0] in ("tenant_hour", "tenant_day"):
                assert told[key[0]] == counts.get(key, 0)
            else:
                assert key[0] not in told


async def test_without_redis_each_process_goes_on_with_its_share(tmp_path: Path) -> None:
    state = tenant(tenant_hour=40, tenant_day=1_000)
    async with EmbeddedValkey(tmp_path) as server, RedisClient(server.url) as client:
        async with Admission(client, processes=4) as admission:
            await admission.put_state(state)

            async def call() -> tuple[str, bool]:
                decision = await admission.admit(tenant_id=state.tenant_id, user_id="u")
                return decision.kind, decision.degraded

            assert await call() == ("admitted", False)
            pid = server.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            try:
                began = time.monotonic()
                assert await call() == ("admitted", True)
                assert time.monotonic() - began < 0.5
                assert is_degraded(admission)
                began = time.monotonic()
                alone = [await call() for _ in range(30)]
                assert time.monotonic() - began < 0.25, "calls wait while the circuit is open"
                assert alone.count(("admitted", True)) == 9, "a quarter of forty"
                assert alone.count(("limited", True)) == 21
                unknown = await admission.admit(tenant_id="unknown", user_id="u")
                assert (unknown.kind, unknown.degraded) == ("state_missing", True)
                assert not await admission.put_state(tenant())
            finally:
                os.kill(pid, signal.SIGCONT)

            deadline = time.monotonic() + 10
            while (await call()) != ("admitted", False):
                assert time.monotonic() < deadline, "it did not go back by itself"
                await asyncio.sleep(0.05)
            assert not is_degraded(admission)
        # The 10 calls admitted alone are in what is billed; the one that timed out may be in twice.
        usage = await admission.read_counters(state.tenant_id)
        assert usage.day - 2 in (10, 11)


async def test_suspension_holds_without_redis(tmp_path: Path) -> None:
    async with RedisClient(f"unix://{tmp_path}/absent.sock") as client:
        admission = Admission(client)
        state = TenantState("t", 1, "active", Limits(), epoch=100)
        assert not await admission.put_state(state)
        assert (await admission.admit(tenant_id="t", user_id="u", issued_at=100)).admitted
        old = await admission.admit(tenant_id="t", user_id="u", issued_at=99)
        assert old.kind == "revoked"
        await admission.put_state(TenantState("t", 2, "suspended", Limits()))
        assert (await admission.admit(tenant_id="t", user_id="u")).kind == "inactive"
        await admission.put_state(state)
        assert (await admission.admit(tenant_id="t", user_id="u")).kind == "inactive"


@pytest.mark.parametrize("with_redis", [True, False])
async def test_guessing_a_password_gets_slower_and_slower(
    client: RedisClient, tmp_path: Path, with_redis: bool
) -> None:
    account = f"{uuid.uuid4().hex}@example.com"
    async with RedisClient(f"unix://{tmp_path}/absent.sock") as absent:
        throttle = Throttle(
            client if with_redis else absent, free_by_account=3, free_by_address=20, window=900
        )
        address = str(uuid.uuid4())
        at_once = await asyncio.gather(
            *(throttle.attempt(account, address, now=NOON) for _ in range(50))
        )
        assert at_once.count(0) == 3, "attempts at the same instant are all counted"
        assert max(at_once) == pytest.approx(1.0)
        assert await throttle.attempt(account.upper(), "other", now=NOON + 0.9) > 0
        moment = NOON + 1
        waits = []
        for _ in range(12):
            assert await throttle.attempt(account, address, now=moment) == 0
            wait = await throttle.attempt(account, address, now=moment)
            waits.append(round(wait))
            moment += wait
        assert waits[:4] == [2, 4, 8, 16]
        assert waits[-1] == 900
        await throttle.succeeded(account, "another")
        assert await throttle.attempt(account, "elsewhere", now=moment - 900) == 0


async def test_one_address_that_tries_many_accounts_is_slowed_down(client: RedisClient) -> None:
    throttle = Throttle(client, free_by_address=10)
    network = f"2001:db8:{uuid.uuid4().int % 65536:x}:1:"
    waits = [
        await throttle.attempt(uuid.uuid4().hex, f"{network}:{number:x}", now=NOON)
        for number in range(1, 31)
    ]
    assert waits.count(0) == 10


@pytest.mark.parametrize("with_redis", [True, False])
async def test_an_office_may_sign_in_all_day(
    client: RedisClient, tmp_path: Path, with_redis: bool
) -> None:
    async with RedisClient(f"unix://{tmp_path}/absent.sock") as absent:
        throttle = Throttle(client if with_redis else absent, free_by_address=3)
        address = str(uuid.uuid4())
        for _ in range(20):
            account = uuid.uuid4().hex
            assert await throttle.attempt(account, address, now=NOON) == 0
            await throttle.succeeded(account, address)


async def test_people_outside_a_tenant_have_an_hour_of_their_own(
    client: RedisClient, admission: Admission
) -> None:
    user = uuid.uuid4().hex
    answers = await asyncio.gather(
        *(admission.admit_person("staff", user, (), limit=5) for _ in range(12))
    )
    admitted = [decision.admitted for decision, _ in answers]
    hours = {decision.windows[0].reset for decision, _ in answers}
    assert admitted.count(True) == 5 or len(hours) > 1
    refused = next(decision for decision, _ in answers if not decision.admitted)
    assert refused.code == "RATE_LIMIT_EXCEEDED"
    assert refused.retry_after
    other, marks = await admission.admit_person("staff", uuid.uuid4().hex, ("absent",), limit=5)
    assert other.admitted
    assert list(marks) == [None]
