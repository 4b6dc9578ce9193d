"""Health, metrics and the root address."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from bridgecore import __version__
from bridgecore.entrypoints import pages
from bridgecore.entrypoints.exposition import PATIENCE, exposition
from bridgecore.infra.resources import Resources, ResourcesDep

router = APIRouter(tags=["health"])


class Check(BaseModel):
    """One part of the platform. `problem` says in words what is wrong."""

    status: Literal["ok", "failing"]
    latency_ms: float | None = None
    version: str | None = None
    problem: str | None = None


class Health(BaseModel):
    status: Literal["ok", "degraded", "failing"]
    version: str
    checks: dict[str, Check] = {}


class ApiInformation(BaseModel):
    name: str
    version: str
    documentation: str
    openapi: str
    health: str


@router.get(
    "/",
    summary="What this is",
    response_model=ApiInformation,
    responses={307: {"description": "Browsers are sent to the dashboard"}},
)
async def root(request: Request, resources: ResourcesDep) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/dashboard/" if pages.is_built() else "/docs")
    return JSONResponse(
        ApiInformation(
            name=resources.settings.app_name,
            version=__version__,
            documentation="/docs",
            openapi="/openapi.json",
            health="/health",
        ).model_dump()
    )


@router.get("/health", summary="Is this process serving?")
async def health() -> Health:
    """Answers without touching anything else, for load balancers and liveness probes."""
    return Health(status="ok", version=__version__)


@router.get("/health/db", summary="Is the database there?", responses={503: {"model": Check}})
async def health_db(resources: ResourcesDep, response: Response) -> Check:
    return _said(await _database(resources), response)


@router.get("/health/redis", summary="Is Redis there?", responses={503: {"model": Check}})
async def health_redis(resources: ResourcesDep, response: Response) -> Check:
    return _said(await _redis(resources), response)


@router.get("/health/detailed", summary="Every part at once", responses={503: {"model": Health}})
async def health_detailed(resources: ResourcesDep, response: Response) -> Health:
    """`degraded` still serves: with Redis down limits are shared out per process."""
    database, redis = await asyncio.gather(_database(resources), _redis(resources))
    checks = {"database": database, "redis": redis, "disk": _disk(resources)}
    status: Literal["ok", "degraded", "failing"] = "ok"
    if any(check.status == "failing" for check in checks.values()):
        status = "failing" if database.status == "failing" else "degraded"
    if status == "failing":
        response.status_code = 503
    return Health(status=status, version=__version__, checks=checks)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(
    resources: ResourcesDep, authorization: Annotated[str | None, Header()] = None
) -> Response:
    return Response(await exposition(resources, authorization), media_type=CONTENT_TYPE_LATEST)


def _said(check: Check, response: Response) -> Check:
    if check.status == "failing":
        response.status_code = 503
    return check


async def _database(resources: Resources) -> Check:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            version = await resources.database.ping()
    except Exception as error:
        return Check(status="failing", problem=f"PostgreSQL does not answer ({_kind(error)}).")
    return Check(status="ok", latency_ms=_since(started), version=version)


async def _redis(resources: Resources) -> Check:
    found = await resources.redis.health(timeout=PATIENCE)
    return Check(
        status="ok" if found.ok else "failing",
        latency_ms=round(found.latency_ms, 2) if found.ok else None,
        version=f"{found.server} {found.version}".strip() or None,
        problem=found.problem or None,
    )


def _disk(resources: Resources) -> Check:
    folder = resources.settings.data_dir
    usage = shutil.disk_usage(folder if folder.exists() else ".")
    if usage.free < 1024**3:
        return Check(
            status="failing", problem=f"Only {usage.free // 1024**2} MB are left on the disk."
        )
    return Check(status="ok")


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _kind(error: Exception) -> Any:
    return type(error).__name__
