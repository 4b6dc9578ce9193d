"""Sign-in attempts, slowed down by account and by address; what succeeds counts for neither."""

from __future__ import annotations

import math

from bridgecore.domains.identity.errors import LoginThrottled
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.telemetry import client_address
from bridgecore.infra.throttle import Throttle

FREE_BY_ADDRESS = 100


class SignInThrottle:
    """Attempts of all processes. Accounts are names: an email, `code:<user>`, `reset:<email>`."""

    def __init__(self, client: RedisClient) -> None:
        self._throttle = Throttle(client, free_by_address=FREE_BY_ADDRESS)

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
        await self._throttle.succeeded(account, client_address.get())
