"""Errors reach Sentry and traces a collector, from a served platform, and without secrets."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bridgecore.infra.reporting import _scrubbed
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.e2e.conftest import company_on, platform_running, simulated
from tests.factories.tenants import sign_in_staff

PLANTED = "planted-Passw0rd"
PARENT = "0af7651916cd43dd8448eb211c80319c"


class Receiver(ThreadingHTTPServer):
    """Takes whatever is posted, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, list[bytes]] = {}

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.setdefault(self.path, []).append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: the test tells what came."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@contextmanager
def without_plans(settings: Settings) -> Iterator[None]:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE plans RENAME TO plans_elsewhere")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE plans_elsewhere RENAME TO plans")


async def test_a_fault_of_ours_is_reported_once_and_without_its_sql(
    settings: Settings, resources: Resources, receiver: Receiver, tmp_path: Path
) -> None:
    dsn = f"http://public@127.0.0.1:{receiver.port}/1"
    async with (
        platform_running(settings, tmp_path, workers=1, SENTRY_DSN=dsn) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        staff = await sign_in_staff(resources, http, role="super_admin")
        with without_plans(settings):
            answer = await http.get(
                "/admin/plans", params={"token": PLANTED}, headers=staff.headers
            )
        assert answer.status_code == 500
        missing = await http.get("/admin/nowhere", headers=staff.headers)
        assert missing.status_code == 404
        correlation_id = answer.headers["x-correlation-id"]
    # stopped: what was to be sent has been
    (envelope,) = receiver.bodies["/api/1/envelope/"]
    event = next(json.loads(line) for line in envelope.splitlines() if b'"exception"' in line)
    told = event["exception"]["values"][-1]
    assert told["type"] == "ProgrammingError"
    assert 'relation "plans" does not exist' in told["value"]
    assert "SELECT" not in told["value"]
    assert event["tags"] == {"event": "database_failed", "correlation_id": correlation_id}
    assert event["environment"] == "test"
    text = envelope.decode()
    assert PLANTED not in text
    assert staff.access_token not in text


def test_secrets_are_taken_out_of_reports() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    event = {
        "exception": {
            "values": [
                {"value": f"no postgresql://robot:{PLANTED}@db/x"},
                {"value": f"broken\n[SQL: INSERT]\n[parameters: ('{PLANTED}',)]"},
                {"value": f"refused: Bearer {token}"},
            ]
        },
        "extra": {"password": PLANTED, "deep": [{"api_key": PLANTED, "name": "kept"}]},
    }
    told = json.dumps(_scrubbed(event))
    assert PLANTED not in told
    assert token not in told
    assert "kept" in told
    assert "broken" in told


def spans_of(receiver: Receiver) -> list[Span]:
    found: list[Span] = []
    for body in receiver.bodies.get("/v1/traces", []):
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                found += scope.spans
    return found


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


async def test_requests_and_the_calls_they_cause_are_one_trace(
    settings: Settings, resources: Resources, receiver: Receiver, tmp_path: Path
) -> None:
    endpoint = f"http://127.0.0.1:{receiver.port}"
    async with (
        simulated(17) as odoo,
        platform_running(
            settings, tmp_path, workers=1, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint
        ) as platform,
        httpx.AsyncClient(base_url=platform.url, timeout=30) as http,
    ):
        company = await company_on(
            resources, http, url=odoo.url, database=next(iter(odoo.databases))
        )
        answer = await http.post(
            "/api/v1/odoo/search_count",
            json={"model": "res.partner", "domain": []},
            headers={**company.owner.headers, "traceparent": f"00-{PARENT}-b7ad6b7169203331-01"},
        )
        assert answer.status_code == 200, answer.text
        await http.get(f"/admin/tenants/{company.tenant_id}", headers=company.owner.headers)
        await http.get("/health")
    spans = spans_of(receiver)
    (served,) = [span for span in spans if span.name == "POST /api/v1/odoo/search_count"]
    assert served.kind == Span.SPAN_KIND_SERVER
    assert served.trace_id.hex() == PARENT
    told = attributes(served)
    assert told["http.route"] == "/api/v1/odoo/search_count"
    assert told["bridgecore.tenant_id"] == str(company.tenant_id)
    assert told["bridgecore.correlation_id"] == answer.headers["x-correlation-id"]
    calls = [
        span
        for span in spans
        if span.kind == Span.SPAN_KIND_CLIENT and span.parent_span_id == served.span_id
    ]
    assert {span.trace_id.hex() for span in calls} == {PARENT}
    assert all(attributes(span)["server.address"] == "127.0.0.1" for span in calls)
    # a template, not the id in the path
    assert "GET /admin/tenants/{tenant_id}" in {span.name for span in spans}
    assert not [span for span in spans if "health" in span.name]
    assert company.owner.access_token not in str(spans)


def test_what_is_off_is_not_even_imported() -> None:
    program = """
import sys
import bridgecore.entrypoints.app, bridgecore.entrypoints.worker
# (other packages look for OpenTelemetry's API by themselves)
parts = ("opentelemetry.exporter", "sentry_sdk")
print([name for name in sys.modules if name.startswith(parts)])
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
