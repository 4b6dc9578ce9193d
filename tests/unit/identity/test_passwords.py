"""Password rules, and hashing beside the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import bcrypt
import pytest

from bridgecore.domains.identity.errors import LoginThrottled, WeakPassword
from bridgecore.domains.identity.service.passwords import PasswordHasher, check_password

EMAIL = "margaret.hamilton@people.example"


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    made = PasswordHasher(waiting=4)
    yield made
    made.close()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "demo-demo",
        "Password123!",
        "1234567890",
        "aaaaaaaaaaaa",
        "ababababababab",
        EMAIL,
        EMAIL.upper(),
        "margaret.hamilton1969",
    ],
)
def test_what_anyone_would_guess_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, EMAIL)


@pytest.mark.parametrize("password", ["correct horse battery", "длинный пароль", "m4rgaret-landed"])
def test_others_pass(password: str) -> None:
    check_password(password, EMAIL)


async def test_a_password_is_known_again(hasher: PasswordHasher) -> None:
    known = await hasher.hash("correct horse battery")
    assert known.startswith("$argon2id$")
    assert await hasher.verify("correct horse battery", known) == (True, None)
    assert (await hasher.verify("correct horse batterx", known))[0] is False


async def test_imported_bcrypt_is_verified_and_renewed(hasher: PasswordHasher) -> None:
    imported = bcrypt.hashpw(b"imported password", bcrypt.gensalt(4)).decode()
    right, better = await hasher.verify("imported password", imported)
    assert right
    assert better is not None
    assert await hasher.verify("imported password", better) == (True, None)
    # bcrypt takes 72 bytes and no more
    assert (await hasher.verify("x" * 100, imported))[0] is False


@pytest.mark.parametrize("known", [None, "", "not a hash"])
async def test_nothing_matches_an_account_without_a_password(
    hasher: PasswordHasher, known: str | None
) -> None:
    assert (await hasher.verify("correct horse battery", known))[0] is False


async def test_an_unknown_account_takes_as_long_as_a_known_one(hasher: PasswordHasher) -> None:
    known = await hasher.hash("correct horse battery")

    async def seconds(given: str | None) -> float:
        """Of this process alone, its threads included: others on the machine take nothing of it."""
        began = time.process_time()
        await hasher.verify("wrong horse battery", given)
        return time.process_time() - began

    pairs = [(await seconds(None), await seconds(known)) for _ in range(9)]
    unknown, right = (min(times) for times in zip(*pairs, strict=True))
    # one that is not hashed at all would be a thousand times faster
    assert unknown == pytest.approx(right, rel=0.7)


async def test_more_than_the_bound_is_refused_and_the_loop_goes_on(hasher: PasswordHasher) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    answers = await asyncio.gather(
        *(hasher.hash("correct horse battery") for _ in range(10)), return_exceptions=True
    )
    ticking.cancel()
    refused = [one for one in answers if isinstance(one, LoginThrottled)]
    assert len(refused) == 6
    assert refused[0].headers["Retry-After"] == "1"
    assert sum(isinstance(one, str) for one in answers) == 4
    assert ticks > 5
    assert await hasher.hash("correct horse battery")
