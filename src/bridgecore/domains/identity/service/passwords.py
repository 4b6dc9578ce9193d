"""Passwords: the rules, and hashing off the event loop.

Hashing is slow by design. It has a thread of its own at low priority and a bounded queue, so a
storm of sign-ins neither stops the event loop nor starves it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from bridgecore.domains.identity.errors import LoginThrottled, WeakPassword

SHORTEST = 10
LONGEST = 256
Result = TypeVar("Result")

# Long enough to pass the length rule and still among the first guesses.
_COMMON = frozenset(
    """
    1234567890 0123456789 12345678910 123456789a 123456789q 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
    qwertyuiop qwerty12345 qwerty123456 qwerty1234 asdfghjkl1 zxcvbnm123 password12 password123
    password1234 password12345 password123456 passw0rd123 p@ssw0rd123 p@ssword123 password!1
    password123! welcome123 welcome1234 welcome123! iloveyou12 iloveyou123 admin12345 admin123456
    admin1234567 administrator letmein123 letmein1234 changeme123 changeme1234 changeme123!
    abcdefghij abcd123456 abcde12345 aa12345678 a123456789 q1w2e3r4t5 q1w2e3r4t5y6 1234qwerasdf
    football123 baseball123 superman123 monkey12345 dragon12345 sunshine123 princess123
    1111111111 0000000000 11111111111 9876543210 0987654321 1122334455 1212121212 1234512345
    123123123123 123321123321 147258369 1472583690 987654321a qazwsxedcrfv bridgecore
    bridgecore123 bridgecore1234
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def check_password(password: str, email: str) -> None:
    """Raises WeakPassword, saying why."""
    plain = password.casefold()
    name = email.partition("@")[0].casefold()
    if len(password) < SHORTEST:
        raise WeakPassword(f"A password needs at least {SHORTEST} characters.")
    if plain in _COMMON or len(set(plain)) < 4:
        raise WeakPassword("This password is among the first that anyone would guess.")
    if plain == email.casefold() or (len(name) >= 4 and plain.strip("0123456789!._-") == name):
        raise WeakPassword("A password can't be made of the email address.")


class PasswordHasher:
    """argon2id, and bcrypt of imported people. One per process."""

    def __init__(self, *, threads: int = 1, waiting: int = 32) -> None:
        """`waiting`: how many hashes may be under way or queued; more are refused."""
        argon2 = Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hash = PasswordHash((argon2, BcryptHasher()))
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="passwords", initializer=_step_back
        )
        self._free = waiting
        self._decoy = argon2.hash(os.urandom(16).hex())

    async def hash(self, password: str) -> str:
        """Raises LoginThrottled when too many wait."""
        return await self._run(lambda: self._hash.hash(password))

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and a better hash to store if there is one.

        `known` None (no such account, or one without a password) takes as long and is never
        right. Raises LoginThrottled when too many wait.
        """

        def check() -> tuple[bool, str | None]:
            try:
                right, better = self._hash.verify_and_update(password, known or self._decoy)
            except (PwdlibError, ValueError):  # not a hash, or longer than bcrypt can take
                return False, None
            return right and known is not None, better

        return await self._run(check)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._free <= 0:
            raise LoginThrottled(
                "Too many people sign in at this moment; try again in a second.",
                headers={"Retry-After": "1"},
            )
        self._free -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._free += 1

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    # On Linux priorities belong to threads: requests in progress go before hashes.
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
