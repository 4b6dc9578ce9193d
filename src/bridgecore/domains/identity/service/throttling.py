"""Sign-in attempts, slowed down by account and by address; what succeeds counts for neither.

A whole office signs in from one address, all day: only its failures may add up.
"""

from __future__ import annotations

import math

from bridgecore.domains.identity.errors import LoginThrottled
from bridgecore.infra.redis import RedisClient, RedisError, Script
from bridgecore.infra.telemetry import client_address
from bridgecore.infra.throttle import Throttle
from bridgecore.kit.addresses import client_network

FREE_BY_ADDRESS = 100

_GIVE_BACK = Script(
    "if redis.call('HGET', KEYS[1], 'count') then "
    "return redis.call('HINCRBY', KEYS[1], 'count', -1) end"
)


class SignInThrottle:
    """Attempts of all processes. Accounts are names: an email, `code:<user>`, `reset:<email>`."""

    def __init__(self, client: RedisClient) -> None:
        self._throttle = Throttle(client, free_by_address=FREE_BY_ADDRESS)
        self._runner = client.shared(timeout=0.25)

    async def attempt(self, account: str) -> None:
        """Count an attempt from the caller's address. Raises LoginThrottled."""
        wait = await self._throttle.attempt(account, client_address.get())
        if wait > 0:
            seconds = math.ceil(wait)
            raise LoginThrottled(
                f"Too many sign-in attempts; try again in {seconds} s.",
                headers={"Retry-After": str(seconds)},
            )

    async def succeeded(self, account: str) -> None:
        """Forget the account's attempts, and take this one back from the address."""
        await self._throttle.succeeded(account)
        # the key as `infra.throttle` names it
        key = f"throttle:{{sign_in}}:address:{client_network(client_address.get())}"
        try:
            await _GIVE_BACK.run(self._runner, (key,))
        except (RedisError, OSError):
            return  # counted alone meanwhile, and forgotten with this process
