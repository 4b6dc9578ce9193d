"""A process for background work alone: outbox consumers and jobs, any number on any hosts."""

from __future__ import annotations

import asyncio
import signal

import structlog

from bridgecore.entrypoints.background import run_background, stop_background
from bridgecore.entrypoints.exposition import worker_metrics
from bridgecore.entrypoints.garbage import settle_garbage
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.reporting import start_reporting, start_tracing
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings

log = structlog.get_logger(__name__)


async def _work_until(stop: asyncio.Event, resources: Resources, concurrency: int) -> None:
    background = asyncio.create_task(run_background(resources, concurrency=concurrency))
    log.info("worker_started", concurrency=concurrency)
    ending = asyncio.create_task(stop.wait())
    await asyncio.wait({background, ending}, return_when=asyncio.FIRST_COMPLETED)
    if background.done():
        ending.cancel()
        background.result()
    await stop_background(background)


async def work(settings: Settings, *, concurrency: int) -> None:
    """Work until SIGINT or SIGTERM; jobs under way get a few seconds to end, then run again later.

    `settings` name a PostgreSQL and a Redis that are there.
    """
    start_reporting(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with open_resources(settings, start_tracing(settings)) as resources:
        settle_garbage()
        async with worker_metrics(resources):
            await _work_until(stop, resources, concurrency)
        log.info("worker_stopped")
