"""Error reports to Sentry and traces over OTLP, where asked for; nothing of either otherwise.

Their packages are the `observability` extra, so they are imported only when switched on. An
error is reported where it is logged with its traceback: one place sees requests, jobs and
consumers alike.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.typing import EventDict, WrappedLogger

from bridgecore import __version__
from bridgecore.infra.asgi import RequestRecord, record_of
from bridgecore.infra.settings import Settings
from bridgecore.infra.telemetry import configure_logging, correlation_id, redact
from bridgecore.kit.http import HttpClient, HttpResponse, HttpStream

if TYPE_CHECKING:
    from opentelemetry.trace import Span

TRACING = "tracing"
"""Under which `Resources.extensions` holds the process's Tracing, if it has one."""
_TRACES_PATH = "/v1/traces"
_FLUSH_MS = 3_000
# endless or asked for by machines every few seconds
_UNTRACED = ("/health", "/metrics", "/admin/live", "/api/v1/live")


def start_reporting(settings: Settings) -> None:
    """Configure this process's logs, and error reports with them."""
    _start_sentry(settings)
    configure_logging(settings, report=_report if settings.secret("sentry_dsn") else None)


def _start_sentry(settings: Settings) -> None:
    dsn = settings.secret("sentry_dsn")
    if not dsn:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration

    sentry_sdk.init(
        dsn=dsn,
        environment=settings.environment,
        release=__version__,
        # the others would send requests and log lines as they are
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda *_: None), DedupeIntegration()],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        before_send=lambda event, _: _scrubbed(event),
    )


def _report(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A processor of log lines: those of errors with a traceback are reported too."""
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException) and event.get("level") in ("error", "critical"):
        import sentry_sdk

        with sentry_sdk.new_scope() as scope:
            scope.set_tag("event", str(event.get("event", "")))
            scope.set_tag("correlation_id", correlation_id.get())
            scope.capture_exception(error)
    return event


def _scrubbed(event: Any) -> Any:
    """`event` without secrets, and without the SQL and its values that database errors repeat."""
    for entry in (event.get("exception") or {}).get("values", []):
        entry["value"] = str(entry.get("value", "")).partition("\n[SQL:")[0]
    return redact(event)


class Tracing:
    """Spans of one process: of requests, of calls to outside systems, of jobs."""

    def __init__(self, settings: Settings) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        address = settings.otel_exporter_otlp_endpoint.rstrip("/")
        if not address.endswith(_TRACES_PATH):
            address += _TRACES_PATH
        self._provider = TracerProvider(
            resource=Resource.create(
                {"service.name": settings.app_name, "service.version": __version__}
            ),
            # closed with the process's other resources, not by a hook of the interpreter
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
        self._tracer = self._provider.get_tracer("bridgecore", __version__)

    def serving(self, app: ASGIApp) -> ASGIApp:
        """`app`, which keeps a `RequestRecord`, with a span for each request.

        A caller's `traceparent` is followed. Written here because the instrumentation of ASGI
        ends a span with the last byte, before the record is whole.
        """
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, Status, StatusCode

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith(_UNTRACED):
                await app(scope, receive, send)
                return
            carrier = {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in scope["headers"]
                if name in (b"traceparent", b"tracestate")
            }
            with self._tracer.start_as_current_span(
                scope["method"], context=extract(carrier), kind=SpanKind.SERVER
            ) as span:
                await app(scope, receive, send)
                record = record_of(scope)
                if record is not None:
                    span.update_name(f"{record.method} {record.route or 'unknown'}")
                    span.set_attributes(_told(record))
                    if record.status >= 500:
                        span.set_status(Status(StatusCode.ERROR))

        return traced

    @contextmanager
    def job(self, name: str) -> Iterator[None]:
        """A span around one try of a job."""
        with self._tracer.start_as_current_span(f"job {name}"):
            yield

    def client(self, http: HttpClient) -> HttpClient:
        """`http` with a span for each exchange. Outside systems are told of no trace of ours."""
        return _TracedClient(http, self)

    @contextmanager
    def exchange(self, method: str, url: str) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind

        parts = urlsplit(url)
        with self._tracer.start_as_current_span(
            f"{method} {parts.hostname}",
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": method,
                "server.address": parts.hostname or "",
                "url.path": parts.path,
            },
        ) as span:
            yield span

    async def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        await asyncio.to_thread(self._provider.force_flush, _FLUSH_MS)
        await asyncio.to_thread(self._provider.shutdown)


class _TracedClient:
    def __init__(self, http: HttpClient, tracing: Tracing) -> None:
        self._http = http
        self._tracing = tracing

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        with self._tracing.exchange(method, url) as span:
            answer = await self._http.request(
                method, url, headers=headers, body=body, timeout=timeout
            )
            span.set_attribute("http.response.status_code", answer.status)
            return answer

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
        timeout: float = 20.0,
    ) -> AbstractAsyncContextManager[HttpStream]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[HttpStream]:
            with self._tracing.exchange(method, url) as span:
                async with self._http.stream(
                    method, url, headers=headers, body=body, timeout=timeout
                ) as stream:
                    span.set_attribute("http.response.status_code", stream.status)
                    yield stream

        return opened()


def _told(record: RequestRecord) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = {
        "http.request.method": record.method,
        "http.route": record.route,
        "http.response.status_code": record.status,
        "bridgecore.correlation_id": record.correlation_id,
    }
    if record.tenant_id is not None:
        told["bridgecore.tenant_id"] = str(record.tenant_id)
    if record.source:
        told["bridgecore.source"] = record.source
    if record.code is not None:
        told["bridgecore.code"] = record.code.value
    return told


def start_tracing(settings: Settings) -> Tracing | None:
    """Traces to OTEL_EXPORTER_OTLP_ENDPOINT; None where it is empty."""
    return Tracing(settings) if settings.otel_exporter_otlp_endpoint else None
