"""PostgreSQL and Redis for a program of ours: the given ones, else embedded ones beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from bridgecore.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.kit.addresses import authority


@asynccontextmanager
async def with_servers(settings: Settings, *, redis: bool = True) -> AsyncIterator[Settings]:
    """Settings that name servers which are there.

    An embedded server that another program of the same data folder started is shared, and the
    last one to leave stops it. Raises ServerFailed.
    """
    async with AsyncExitStack() as stack:
        found: dict[str, str] = {}
        if not settings.database_url:
            postgres = await stack.enter_async_context(EmbeddedPostgres(settings.data_dir))
            found["database_url"] = postgres.url
        if redis and not settings.redis_url:
            valkey = await stack.enter_async_context(EmbeddedValkey(settings.data_dir))
            found["redis_url"] = valkey.url
        yield settings.model_copy(update=found)


@asynccontextmanager
async def command_resources(settings: Settings) -> AsyncIterator[Resources]:
    """What a command needs to call the services of the domains, servers included.

    In development it may call the simulators that `bridgecore up` runs, as the API beside it may.
    """
    from bridgecore.entrypoints.demo import running_simulators
    from bridgecore.entrypoints.resources import open_resources

    if settings.environment.is_development:
        simulated = map(authority, running_simulators(settings.data_dir).values())
        settings = settings.model_copy(
            update={"outbound_allow": [*settings.outbound_allow, *simulated]}
        )
    async with with_servers(settings) as ready, open_resources(ready) as resources:
        yield resources


@contextmanager
def with_servers_blocking(settings: Settings) -> Iterator[Settings]:
    """`with_servers` for the API server, which blocks and whose processes have their own loops."""
    with asyncio.Runner() as runner:
        servers = with_servers(settings)
        ready = runner.run(servers.__aenter__())
        try:
            yield ready
        finally:
            runner.run(servers.__aexit__(None, None, None))
