"""What Prometheus reads of a process: of the API at `/metrics`, of a worker at a port of its own.

A process counts what it does itself. What any process may have done, such as runs of
synchronisation, is counted in the database, and each tells the same.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridgecore.domains.sync import service as sync
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.webhooks import service as webhooks
from bridgecore.infra.problems import NotFound, ProblemError, Unauthorized
from bridgecore.infra.resources import Resources

log = structlog.get_logger(__name__)

PATIENCE = 3.0


async def exposition(resources: Resources, authorization: str | None) -> bytes:
    """Every series in Prometheus' text format. Raises NotFound, Unauthorized."""
    settings = resources.settings
    if not settings.prometheus_enabled:
        raise NotFound("Metrics are switched off (PROMETHEUS_ENABLED).")
    if token := settings.secret("metrics_token"):
        given = (authorization or "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, token.encode()):
            raise Unauthorized("Metrics need the METRICS_TOKEN as bearer.")
    await _refresh_gauges(resources)
    return generate_latest(resources.metrics.registry)


async def _refresh_gauges(resources: Resources) -> None:
    resources.metrics.degraded.labels("rate_limit").set(resources.admission.degraded)
    try:
        async with asyncio.timeout(PATIENCE), resources.database.platform() as session:
            counts = await tenancy.count_by_status(session)
            await webhooks.measure_backlog(session, resources)
            await sync.measure(session, resources)
    except Exception:
        # a scrape must show what this process knows even while the database is away
        resources.metrics.degraded.labels("database").set(1)
        return
    resources.metrics.degraded.labels("database").set(0)
    resources.metrics.active_tenants.set(counts["active"] + counts["trial"])


@asynccontextmanager
async def worker_metrics(resources: Resources) -> AsyncIterator[None]:
    """Serve `/metrics` of this process at METRICS_PORT while it works; nothing if that is 0."""
    settings = resources.settings
    if not settings.metrics_port:
        yield
        return

    async def answer(request: web.Request) -> web.Response:
        try:
            told = await exposition(resources, request.headers.get("Authorization"))
        except ProblemError as problem:
            return web.Response(status=problem.status, text=f"{problem.detail}\n")
        return web.Response(body=told, headers={"Content-Type": CONTENT_TYPE_LATEST})

    served = web.Application()
    served.router.add_get("/metrics", answer)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.metrics_port).start()
        log.info("worker_metrics_served", host=settings.host, port=settings.metrics_port)
        yield
    finally:
        await runner.cleanup()
