"""Slows down guessing: of passwords and codes, and of what answers at addresses.

An attempt is counted before its password is checked, so a thousand attempts at the same instant
are a thousand attempts. The first few are free; then each has to wait twice as long as the one
before, up to the window. A success counts for nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

from bridgecore.infra.redis import RedisClient, RedisError, Script
from bridgecore.kit.addresses import client_network

_LOCAL_ENTRIES = 10_000
_SUCCEEDED = Script(
    """
    redis.call('DEL', KEYS[1])
    if tonumber(redis.call('HGET', KEYS[2], 'count') or 0) > 0 then
      redis.call('HINCRBY', KEYS[2], 'count', -1)
    end
    """
)


class Throttle:
    """Attempts of all processes, counted in Redis; alone in this process without it."""

    def __init__(
        self,
        client: RedisClient,
        *,
        window: int = 900,
        first_delay: float = 1.0,
        free_by_account: int = 5,
        free_by_address: int = 50,
        timeout: float = 0.25,
        purpose: str = "sign_in",
    ) -> None:
        """Attempts of different purposes do not count for each other.

        `window`: seconds a count is kept after its last attempt, and the longest delay.

        `first_delay`: seconds, doubled from attempt to attempt. An address has more free attempts
        than an account, because an office shares one.
        """
        self._runner = client.shared(timeout=timeout)
        self._script = Script.from_file("throttle.lua")
        self._purpose = purpose
        self._window = window
        self._first_delay = first_delay
        self._free = (free_by_account, free_by_address)
        self._local: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def attempt(self, account: str, address: str, *, now: float | None = None) -> float:
        """Seconds this attempt has to wait; 0 means it may go on, and has been counted.

        `account`: the name that was given, known or not. `address`: the caller's IP address.
        """
        keys = self._keys(account, address)
        arguments = (self._window, self._first_delay, *self._free, "" if now is None else repr(now))
        try:
            return int(await self._script.run(self._runner, keys, arguments)) / 1000
        except (RedisError, OSError):
            return self._attempt_locally(keys, time.time() if now is None else now)

    async def succeeded(self, account: str, address: str) -> None:
        """Forget the account's attempts, and take this one back from the address.

        A whole office signs in from one address, all day: only its failures add up.
        """
        account_key, address_key = self._keys(account, address)
        self._local.pop(account_key, None)
        if (held := self._local.get(address_key)) is not None:
            self._local[address_key] = (max(0, held[0] - 1), held[1])
        try:
            await _SUCCEEDED.run(self._runner, (account_key, address_key))
        except (RedisError, OSError):
            return  # the counts run out by themselves

    def _keys(self, account: str, address: str) -> tuple[str, str]:
        # Hashed, so that key names show nobody's email.
        digest = hashlib.sha256(account.strip().casefold().encode()).hexdigest()[:32]
        prefix = f"throttle:{{{self._purpose}}}"
        return f"{prefix}:account:{digest}", f"{prefix}:address:{client_network(address)}"

    def _attempt_locally(self, keys: tuple[str, str], now: float) -> float:
        held = [self._local.get(key, (0, 0.0)) for key in keys]
        wait = max(until for _, until in held) - now
        if wait > 0:
            return wait
        for key, (count, until), free in zip(keys, held, self._free, strict=True):
            counted = 1 if until + self._window < now else count + 1
            delay = 0.0
            if counted >= free:
                delay = min(self._window, self._first_delay * 2.0 ** min(counted - free, 30))
            self._local[key] = (counted, now + delay)
            self._local.move_to_end(key)
        while len(self._local) > _LOCAL_ENTRIES:
            self._local.popitem(last=False)
        return 0.0
