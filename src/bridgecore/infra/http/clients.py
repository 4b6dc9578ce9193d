"""The clients of the engine (reqwest), each bound to the address that was checked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder

from bridgecore.infra.http.names import Threads

_IDLE_SECONDS = 600.0


class Clients:
    """The engine's clients. Each has connections of its own, so few are made and all are shared.

    Over plain HTTP the address stands in the URL and the name in the Host header, so one client
    serves every name. Over TLS the name has to stand in the URL, for the certificate, so a client
    is made for each name at each address; it never looks the name up.
    """

    def __init__(
        self,
        threads: Threads,
        *,
        max_tls_names: int,
        keep_alive: timedelta,
        authorities: bytes | None,
        user_agent: str,
    ) -> None:
        self._threads = threads
        self._max_tls_names = max_tls_names
        self._keep_alive = keep_alive
        self._authorities = authorities
        self._user_agent = user_agent
        self._plain: dict[float, Client] = {}
        self._named: dict[tuple[float, str, str], tuple[float, Client]] = {}

    async def close(self) -> None:
        for client in (*self._plain.values(), *(client for _, client in self._named.values())):
            await client.close()
        self._plain.clear()
        self._named.clear()

    def for_addresses(self, budget: float) -> Client:
        """The client for URLs with an address in the place of a name."""
        client = self._plain.get(budget)
        if client is None:
            client = self._plain[budget] = self._builder(budget).build()
        return client

    async def for_name(self, budget: float, host: str, address: str) -> Client:
        """The client that reaches a name, as its certificate must show, at one address."""
        key = (budget, host, address)
        now = asyncio.get_running_loop().time()
        known = self._named.pop(key, None)
        if known is not None:
            client = known[1]
        else:
            client = await self._threads.do(
                key, self._builder(budget).resolve(host, address, 0).build
            )
            if key not in self._named:  # else another caller who waited for it was first
                self._make_room(now)
        self._named[key] = (now, client)
        return client

    def _make_room(self, now: float) -> None:
        """Forget what was not used for long. Exchanges under way keep what they use."""
        while self._named:
            key, (used, _) = next(iter(self._named.items()))
            if used > now - _IDLE_SECONDS and len(self._named) < self._max_tls_names:
                return
            del self._named[key]

    def _builder(self, budget: float) -> ClientBuilder:
        builder = (
            ClientBuilder()
            .http1_only()
            .no_proxy()
            .follow_redirects(False)
            .referer(False)
            .zstd(False)
            .user_agent(self._user_agent)
            .connect_timeout(timedelta(seconds=budget))
            .pool_idle_timeout(self._keep_alive)
            .tcp_nodelay(True)
            .tcp_keepalive(timedelta(seconds=60))
        )
        if self._authorities is not None:
            builder = builder.add_root_certificate_pem(self._authorities)
        return builder
