"""The background side of a process: outbox consumers and the job worker."""

from __future__ import annotations

import asyncio

import structlog

from bridgecore.entrypoints.rooms import consumers
from bridgecore.infra.db import PLATFORM_ROLE, conninfo
from bridgecore.infra.jobs import RESOURCES
from bridgecore.infra.outbox import run_consumers
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)


async def run_background(resources: Resources, *, concurrency: int = 20) -> None:
    """Consume the outbox and work on jobs until cancelled. A fault restarts the part it hit."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_forever("outbox", resources, concurrency))
        group.create_task(_forever("jobs", resources, concurrency))


async def _forever(part: str, resources: Resources, concurrency: int) -> None:
    while True:
        try:
            if part == "outbox":
                await _outbox(resources)
            else:
                await resources.jobs.run_worker_async(
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    additional_context={RESOURCES: resources},
                )
        except Exception as error:
            log.warning("background_restarts", part=part, error=repr(error)[:300])
        await asyncio.sleep(2)


async def _outbox(resources: Resources) -> None:
    settings = resources.settings
    url = settings.database_platform_url or settings.database_url
    role = None if settings.database_platform_url else PLATFORM_ROLE
    await run_consumers(resources.database, conninfo(url, role=role), consumers(resources))
