"""The background side of a process: outbox consumers, the job worker, loops of the domains."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bridgecore.entrypoints.rooms import consumers, loops
from bridgecore.infra.db import PLATFORM_ROLE, conninfo
from bridgecore.infra.jobs import RESOURCES
from bridgecore.infra.outbox import run_consumers
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

STOP_SECONDS = 8.0
"""How long jobs under way may go on when the process is told to stop."""


async def run_background(resources: Resources, *, concurrency: int = 20) -> None:
    """Consume the outbox, work on jobs and run loops until cancelled.

    A fault restarts the part it hit.
    """

    async def outbox() -> None:
        await _outbox(resources)

    async def jobs() -> None:
        await resources.jobs.run_worker_async(
            concurrency=concurrency,
            install_signal_handlers=False,
            # what is not done by then is taken up again by whoever finds it stalled
            shutdown_graceful_timeout=STOP_SECONDS,
            additional_context={RESOURCES: resources},
        )

    async with asyncio.TaskGroup() as group:
        for name, run in {"outbox": outbox, "jobs": jobs, **loops(resources)}.items():
            group.create_task(_forever(name, run))


async def stop_background(background: asyncio.Task[None]) -> None:
    """End it; one part that does not end must not keep the process from ending."""
    background.cancel()
    await asyncio.wait({background}, timeout=2 * STOP_SECONDS)


async def _forever(part: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception as error:
            log.warning("background_restarts", part=part, error=repr(error)[:300])
        await asyncio.sleep(2)


async def _outbox(resources: Resources) -> None:
    settings = resources.settings
    url = settings.database_platform_url or settings.database_url
    role = None if settings.database_platform_url else PLATFORM_ROLE
    await run_consumers(resources.database, conninfo(url, role=role), consumers(resources))
