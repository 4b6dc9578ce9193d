"""Slows down senders whose signatures fit nothing, by where they come from.

Only what fails is counted, so a good sender costs nothing here. A sender with a wrong secret waits
alone: others at the same address go on. Who tries many connections or addresses that do not exist
makes its whole network wait.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict

from bridgecore.domains.webhooks.errors import SenderThrottled
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.telemetry import client_address
from bridgecore.infra.throttle import Throttle
from bridgecore.kit.addresses import client_network

FREE_OF_SENDER = 20
FREE_OF_NETWORK = 200
_KEPT = 10_000
_NEVER = 2**31


class Forgeries:
    """Failures of all processes, counted in Redis; who has to wait is kept in this one."""

    def __init__(self, client: RedisClient) -> None:
        self._of_sender = Throttle(
            client,
            purpose="webhook_sender",
            free_by_account=FREE_OF_SENDER,
            free_by_address=_NEVER,
        )
        self._of_network = Throttle(
            client,
            purpose="webhook_network",
            free_by_account=_NEVER,
            free_by_address=FREE_OF_NETWORK,
        )
        self._until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def check(self, target: str) -> None:
        """Raises SenderThrottled while the caller has to wait before it names `target` again."""
        if not self._until:
            return
        network = client_network(client_address.get())
        now = time.monotonic()
        wait = max(self._until.get((network, place), 0.0) for place in (target, "")) - now
        if wait > 0:
            raise _throttled(wait)

    async def failed(self, target: str, *, exists: bool) -> None:
        """Count a failure. `exists`: there is such a connection. Raises SenderThrottled."""
        address = client_address.get()
        network = client_network(address)
        wait = await self._of_sender.attempt(f"{network} {target}", address)
        if wait > 0:
            self._keep((network, target), wait)
        elif not exists:
            wait = await self._of_network.attempt(network, address)
            if wait > 0:
                self._keep((network, ""), wait)
        if wait > 0:
            raise _throttled(wait)

    def _keep(self, place: tuple[str, str], wait: float) -> None:
        self._until[place] = time.monotonic() + wait
        self._until.move_to_end(place)
        if len(self._until) > _KEPT:
            self._until.popitem(last=False)


def _throttled(wait: float) -> SenderThrottled:
    seconds = math.ceil(wait)
    return SenderThrottled(
        "Too many requests from here whose signature or address fits nothing; check the secret"
        f" and the connection id, and try again in {seconds} s.",
        headers={"Retry-After": str(seconds)},
    )
