"""Logs, metrics and the correlation id that ties them together.

Secrets never reach a log: `redact` cleans every event by key name before it is rendered.
"""

from __future__ import annotations

import logging
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from itertools import accumulate
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from structlog.typing import EventDict, Processor, WrappedLogger

from bridgecore.infra.crypto import TOKEN_PATTERN
from bridgecore.infra.settings import Settings
from bridgecore.kit.ids import ordered_hex

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
client_address: ContextVar[str] = ContextVar("client_address", default="")

CORRELATION_HEADER = "x-correlation-id"
_CORRELATION_SHAPE = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)|secret|token|api_?key|authorization|cookie|credential|private_?key|otp",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]+):([^@/\s]+)@")
REDACTED = "[redacted]"


def correlation_from(header: str | None) -> str:
    """The caller's id when it is safe to repeat in logs and headers, else one of ours."""
    if header and _CORRELATION_SHAPE.fullmatch(header):
        return header
    return ordered_hex()


def redact(value: Any, key: str = "") -> Any:
    """`value` without secrets: by key name, and by shape inside strings."""
    if key and _SECRET_KEY.search(key) and not isinstance(value, bool | int | float | None):
        return REDACTED
    if isinstance(value, dict):
        return {name: redact(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, str):
        value = _BEARER.sub(r"\1 " + REDACTED, value)
        value = _JWT.sub(REDACTED, value)
        value = TOKEN_PATTERN.sub(REDACTED, value)
        return _URL_PASSWORD.sub(r"\1:" + REDACTED + "@", value)
    return value


def _redact_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: redact(value, name) for name, value in event.items()}


def _add_correlation(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if current := correlation_id.get():
        event.setdefault("correlation_id", current)
    return event


def configure_logging(settings: Settings, *, report: Processor | None = None) -> None:
    """JSON lines outside development, readable ones in it; the standard library joins in.

    `report` is shown every line before its traceback is made text.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
        *([report] if report is not None else []),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.json_logs
        # the richer traceback shows local variables, and headers with tokens among them
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for chatty in ("uvicorn.access", "procrastinate", "sqlalchemy", "httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class RequestCounts(Collector):
    """Requests by method, route and status, and how long they took.

    Every request is counted, by the event loop alone: without the locks and checks that the
    library's own counters need, which took a twentieth of a request's time.
    """

    BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
    """Upper bounds of the buckets in seconds."""

    def __init__(self) -> None:
        self.settle: Callable[[], None] = _nothing
        """Called before a scrape, for what was not counted yet."""
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[tuple[str, str], list[float]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        times = self._times.get(key[:2])
        if times is None:
            # requests of each bucket, of none, and their seconds
            times = self._times[key[:2]] = [0.0] * (len(self.BOUNDS) + 2)
        times[bisect_left(self.BOUNDS, seconds)] += 1
        times[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        self.settle()
        requests = CounterMetricFamily(
            "bridgecore_requests", "API requests", labels=["method", "route", "status"]
        )
        for (method, route, status), count in self._counts.items():
            requests.add_metric([method, route, str(status)], count)
        yield requests
        duration = HistogramMetricFamily(
            "bridgecore_request_duration_seconds", "Time to answer", labels=["method", "route"]
        )
        for (method, route), (*counts, seconds) in self._times.items():
            bounds = [*map(floatToGoString, self.BOUNDS), "+Inf"]
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            duration.add_metric([method, route], buckets, seconds)
        yield duration


class ReadCounts(Collector):
    """Gateway reads by how they were answered: counted like requests, for the same reason."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, result: str) -> None:
        self._counts[result] = self._counts.get(result, 0) + 1

    def collect(self) -> Iterator[Metric]:
        reads = CounterMetricFamily(
            "bridgecore_gateway_cache",
            "Gateway reads by how they were answered",
            labels=["result"],
        )
        for result, count in self._counts.items():
            reads.add_metric([result], count)
        yield reads


def _nothing() -> None:
    return None


class Metrics:
    """The Prometheus series of one process. Names are the documents'."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = RequestCounts()
        self.registry.register(self.requests)
        self.errors = Counter(
            "bridgecore_errors_total", "Errors by code", ["code"], registry=self.registry
        )
        self.active_tenants = Gauge(
            "bridgecore_active_tenants", "Tenants in state active", registry=self.registry
        )
        self.upstream = Histogram(
            "bridgecore_upstream_duration_seconds",
            "Time the tenant's system took",
            ["connector", "outcome"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
            registry=self.registry,
        )
        self.reads = ReadCounts()
        self.registry.register(self.reads)
        self.degraded = Gauge(
            "bridgecore_degraded",
            "1 while a part runs on its fallback",
            ["part"],
            registry=self.registry,
        )
