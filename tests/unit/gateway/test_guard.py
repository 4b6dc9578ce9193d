"""The bulkhead and the breaker, by their own clock."""

from __future__ import annotations

import asyncio

import pytest

from bridgecore.domains.gateway.errors import CircuitOpen, TenantBusy
from bridgecore.domains.gateway.service.guard import Breaker, Bulkhead
from tests.factories.waiting import HandClock


async def test_at_most_so_many_hold_a_place() -> None:
    bulkhead = Bulkhead(3, 100)
    inside = most = 0

    async def call() -> None:
        nonlocal inside, most
        async with bulkhead:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(call() for _ in range(40)))
    assert (most, inside) == (3, 0)


async def test_a_full_queue_refuses_at_once() -> None:
    bulkhead = Bulkhead(1, 2)
    leave = asyncio.Event()

    async def stay() -> None:
        async with bulkhead:
            await leave.wait()

    tasks = [asyncio.create_task(stay()) for _ in range(3)]
    await asyncio.sleep(0)  # each comes to its wait
    with pytest.raises(TenantBusy) as caught:
        await stay()
    assert caught.value.headers["Retry-After"] == "1"
    leave.set()
    await asyncio.gather(*tasks)
    async with asyncio.timeout(20), bulkhead:
        pass


async def test_waiting_ends_with_patience_and_gives_nothing_away() -> None:
    bulkhead = Bulkhead(1, 2, patience=0.02)
    async with bulkhead:
        with pytest.raises(TenantBusy):
            async with bulkhead:
                pass
    async with asyncio.timeout(20), bulkhead:
        pass


async def test_who_gives_up_waiting_leaves_the_queue() -> None:
    bulkhead = Bulkhead(1, 1)
    async with bulkhead:
        for _ in range(3):
            waiting = asyncio.create_task(bulkhead.__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    async with asyncio.timeout(20), bulkhead:
        pass


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.enter()
        breaker.failed()


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = Breaker(threshold=3, pause=60)
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    breaker.enter()
    breaker.failed()
    with pytest.raises(CircuitOpen) as caught:
        breaker.enter()
    assert caught.value.headers["Retry-After"] == "60"


def test_after_the_pause_one_call_looks() -> None:
    clock = HandClock()
    breaker = Breaker(threshold=1, pause=10, clock=clock)
    fail(breaker, 1)
    clock.move(9.9)
    with pytest.raises(CircuitOpen):
        breaker.enter()
    clock.move(0.1)
    breaker.enter()
    with pytest.raises(CircuitOpen):
        breaker.enter()
    breaker.succeeded()
    for _ in range(3):
        breaker.enter()


def test_a_look_that_fails_doubles_the_pause() -> None:
    clock = HandClock()
    breaker = Breaker(threshold=1, pause=20, longest=50, clock=clock)
    fail(breaker, 1)
    for pause, following in ((20, 40), (40, 50), (50, 50)):
        clock.move(pause)
        fail(breaker, 1)
        with pytest.raises(CircuitOpen) as caught:
            breaker.enter()
        assert caught.value.headers["Retry-After"] == str(following)


def test_calls_that_were_under_way_do_not_lengthen_the_pause() -> None:
    clock = HandClock()
    breaker = Breaker(threshold=2, pause=20, longest=3_000, clock=clock)
    for _ in range(20):
        breaker.enter()
    for _ in range(20):
        breaker.failed()
    clock.move(20)
    breaker.enter()


def test_a_look_that_was_given_up_lets_the_next_one_look() -> None:
    clock = HandClock()
    breaker = Breaker(threshold=1, pause=10, clock=clock)
    fail(breaker, 1)
    clock.move(10)
    breaker.enter()
    breaker.gave_up()
    breaker.enter()
