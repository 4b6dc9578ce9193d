"""Documents of issuers: how long they are kept, and what is done while an issuer is away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bridgecore.integrations.issuers import IssuerUnavailable, Kept
from tests.factories.waiting import HandClock, until


@dataclass(slots=True)
class Source:
    """What an issuer publishes: the number of the time it was asked, unless it is away."""

    asked: int = 0
    away: bool = False
    delay: float = 0.0

    async def load(self) -> int:
        self.asked += 1
        await asyncio.sleep(self.delay)
        if self.away:
            raise IssuerUnavailable("away")
        return self.asked


async def test_kept_and_fetched_once_for_all_who_wait() -> None:
    source = Source(delay=0.01)
    kept = Kept(source.load, seconds=60, pause=0)
    assert await asyncio.gather(*(kept.get() for _ in range(5))) == [1] * 5
    assert await kept.get() == 1


async def test_fetched_again_when_old() -> None:
    source, clock = Source(), HandClock()
    kept = Kept(source.load, seconds=20, pause=0, clock=clock)
    assert await kept.get() == 1
    clock.move(20)
    assert await kept.get() == 1
    clock.move(1)
    assert await kept.get() == 2


async def test_an_old_one_serves_while_the_issuer_is_away_but_not_for_ever() -> None:
    source, clock = Source(), HandClock()
    kept = Kept(source.load, seconds=10, patience=100, pause=0, clock=clock)
    assert await kept.get() == 1
    source.away = True
    clock.move(11)
    assert await kept.get() == 1
    with pytest.raises(IssuerUnavailable):
        await kept.renewed()
    clock.move(100)
    with pytest.raises(IssuerUnavailable, match="away"):
        await kept.get()
    source.away = False
    clock.move(1)
    assert await kept.get() == source.asked


async def test_a_failure_is_remembered_for_the_pause() -> None:
    source, clock = Source(away=True), HandClock()
    kept = Kept(source.load, seconds=60, pause=5, clock=clock)
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            await kept.get()
    assert source.asked == 1
    source.away = False
    clock.move(5)
    assert await kept.get() == 2


async def test_a_caller_who_leaves_does_not_fail_those_who_wait() -> None:
    source = Source(delay=60)
    kept = Kept(source.load, seconds=60, pause=60)
    first = asyncio.create_task(kept.get())
    await until(lambda: source.asked, "the first fetch")
    second = asyncio.create_task(kept.get())
    await asyncio.sleep(0)  # it waits for the fetch of the first
    source.delay = 0
    first.cancel()
    assert await second == 2
