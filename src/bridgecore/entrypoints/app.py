"""The web application: every domain's routes behind one set of middlewares.

    request → Observation → CORS → compression → aliases → gateway, for its operations
                                                         → webhooks, for what senders push
                                                         → FastAPI, for everything else
                          → gateway, for what none of the three in between has to do with

The gateway's operations and pushed events skip the framework: see `domains.gateway` and
`domains.webhooks`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from bridgecore import __version__
from bridgecore.domains.gateway.router.endpoint import GatewayEndpoint
from bridgecore.domains.gateway.router.openapi import paths as gateway_paths
from bridgecore.domains.gateway.router.openapi import schemas as gateway_schemas
from bridgecore.domains.identity import service as identity
from bridgecore.domains.identity.service import TokenAuthenticator
from bridgecore.domains.usage.service import TrafficTeller, UsageRecorder
from bridgecore.domains.webhooks.router.endpoint import WebhookEndpoint
from bridgecore.domains.webhooks.router.openapi import paths as webhook_paths
from bridgecore.domains.webhooks.router.openapi import schemas as webhook_schemas
from bridgecore.entrypoints import effective_settings, health, jobs, live, mails, pages
from bridgecore.entrypoints.aliases import Aliases
from bridgecore.entrypoints.background import run_background, stop_background
from bridgecore.entrypoints.garbage import settle_garbage
from bridgecore.entrypoints.openapi import add_documentation, build_openapi
from bridgecore.entrypoints.resources import open_resources
from bridgecore.entrypoints.rooms import routers
from bridgecore.infra.asgi import ClientAddress, Observation, Observer
from bridgecore.infra.live import Live
from bridgecore.infra.reporting import Tracing, start_reporting, start_tracing
from bridgecore.infra.settings import Settings, load_settings
from bridgecore.infra.web import install_problem_handlers

_EXPOSED = (
    "X-Correlation-ID",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Idempotent-Replayed",
)


def create() -> ASGIApp:
    """The application of this process, from the environment. Servers load it as a factory."""
    settings = load_settings()
    start_reporting(settings)
    return build_app(settings)


def build_app(settings: Settings) -> ASGIApp:
    """The application. Its lifespan opens the resources and, if asked, the background work."""
    observers: list[Observer] = []
    gateway = GatewayEndpoint()
    webhooks = WebhookEndpoint()
    tracing = start_tracing(settings)
    api = build_api(settings, gateway, observers, webhooks, tracing)
    app: ASGIApp = _Dispatch(gateway, webhooks, api)
    app = Aliases(app)
    app = _Compression(app)
    if settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
            expose_headers=_EXPOSED,
            max_age=3600,
        )
    app = _Direct(gateway, app)
    app = Observation(
        app,
        observers=observers,
        client_address=ClientAddress(settings.trusted_proxies),
        max_body=settings.max_body_bytes,
        max_upload=settings.max_upload_bytes,
    )
    return app if tracing is None else tracing.serving(app)


def build_api(
    settings: Settings,
    gateway: GatewayEndpoint,
    observers: list[Observer],
    webhooks: WebhookEndpoint | None = None,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The FastAPI part, also what the OpenAPI document is made from."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with open_resources(settings, tracing) as resources:
            authenticator = TokenAuthenticator(resources)
            teller = TrafficTeller(resources.redis)
            recorder = UsageRecorder(resources, written=teller)
            app.state.resources = resources
            app.state.authenticator = authenticator
            await recorder.start()
            observers.append(recorder.observe)
            await gateway.open(resources, authenticator)
            if webhooks is not None:
                await webhooks.open(resources, authenticator)
            viewers = Live(resources.redis)
            resources.extensions["live"] = viewers
            background = (
                asyncio.create_task(run_background(resources)) if settings.embedded_worker else None
            )
            settle_garbage()
            try:
                yield {"live": viewers}
            finally:
                if background is not None:
                    await stop_background(background)
                await viewers.close()
                if webhooks is not None:
                    await webhooks.close()
                await gateway.close()
                observers.remove(recorder.observe)
                await recorder.stop()
                await teller.close()
                await identity.close(resources)

    app = FastAPI(
        title="BridgeCore API",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    install_problem_handlers(app)
    for room in (health, jobs, effective_settings, live, mails, pages):
        app.include_router(room.router)
    for router in routers():
        app.include_router(router)
    add_documentation(app)
    document: Any = None

    def openapi() -> Any:
        nonlocal document
        if document is None:
            document = build_openapi(
                app,
                {**gateway_paths(), **webhook_paths()},
                {**gateway_schemas(), **webhook_schemas()},
            )
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    return app


class _Direct:
    """Takes the gateway's operations past what would only look at them and pass them on."""

    def __init__(self, gateway: GatewayEndpoint, app: ASGIApp) -> None:
        self._gateway = gateway
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and self._gateway.serves(scope["path"]):
            for name, _ in scope["headers"]:
                if name == b"accept-encoding" or name == b"origin":
                    break  # an answer to compress, or a browser's
            else:
                return self._gateway(scope, receive, send)
        return self._app(scope, receive, send)


class _Compression:
    """Compresses answers over 1 kB at a fast level, for clients that ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressing = GZipMiddleware(app, minimum_size=1024, compresslevel=1)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # the middleware wraps every answer, asked for or not
        app = self._plain
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"accept-encoding" and b"gzip" in value:
                    app = self._compressing
                    break
        return app(scope, receive, send)


class _Dispatch:
    """Gateway operations and pushed events straight to their rooms, all else to FastAPI."""

    def __init__(self, gateway: GatewayEndpoint, webhooks: WebhookEndpoint, api: ASGIApp) -> None:
        self._gateway = gateway
        self._webhooks = webhooks
        self._api = api

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and self._gateway.serves(scope["path"]):
            return self._gateway(scope, receive, send)
        if scope["type"] == "http" and self._webhooks.serves(scope["path"]):
            return self._webhooks(scope, receive, send)
        return self._api(scope, receive, send)
