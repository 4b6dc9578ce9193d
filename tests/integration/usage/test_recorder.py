"""The recorder writes what was asked, outlives the database, and never holds a request up."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage import service
from bridgecore.domains.usage.schemas import ErrorFilter, Period, Subject, UsageFilter
from bridgecore.infra.db import Database
from bridgecore.infra.embedded import EmbeddedPostgres
from bridgecore.infra.migrate import migrate
from bridgecore.infra.problems import Code
from bridgecore.infra.resources import Resources
from tests.integration.usage.conftest import MakeRecorder, dropped, record


async def written(database: Database, tenant_id: UUID) -> int:
    async with database.platform() as session:
        count = await session.scalar(
            text("SELECT count(*) FROM usage_logs WHERE tenant_id = :id"), {"id": tenant_id}
        )
    return int(count or 0)


async def test_every_field_arrives(resources: Resources, make_recorder: MakeRecorder) -> None:
    tenant_id, actor_id = uuid4(), uuid4()
    recorder, _ = make_recorder()
    recorder.observe(
        record(
            tenant_id,
            actor_id=actor_id,
            model="res.partner",
            operation="read",
            status=502,
            duration_ms=12.5,
            upstream_ms=10.25,
            source="upstream",
            request_bytes=11,
            response_bytes=3_000_000_000,
            user_agent="app/1",
            code=Code.UPSTREAM_UNREACHABLE,
            detail="Odoo does not answer.",
        )
    )
    assert await recorder.flush()
    async with resources.database.tenant(tenant_id) as session:
        line = (await service.list_usage(session, UsageFilter())).items[0]
        error = (await service.list_errors(session, ErrorFilter())).items[0]
    assert (line.actor_id, line.actor_kind, line.client_address) == (
        actor_id,
        "member",
        "192.0.2.1",
    )
    assert (line.model, line.operation, line.status, line.code) == (
        "res.partner",
        "read",
        502,
        "UPSTREAM_UNREACHABLE",
    )
    assert (line.duration_ms, line.upstream_ms, line.source) == (12.5, 10.25, "upstream")
    assert (line.request_bytes, line.response_bytes) == (11, 3_000_000_000)
    assert (error.severity, error.occurrences, error.message) == (
        "high",
        1,
        "Odoo does not answer.",
    )


async def test_what_is_not_logged(resources: Resources, make_recorder: MakeRecorder) -> None:
    recorder, metrics = make_recorder()
    tenant_id = uuid4()
    for route in ("unmatched", "/health", "/health/db", "/metrics", "/docs", "/"):
        recorder.observe(record(tenant_id, route=route))
    recorder.observe(record(None, actor_kind=""))
    assert recorder.waiting == 0
    # but all of it is measured
    assert (
        metrics.registry.get_sample_value(
            "bridgecore_requests_total",
            {"method": "POST", "route": "/health", "status": "200"},
        )
        == 1.0
    )
    recorder.observe(record(None, actor_kind="staff"))
    recorder.observe(record(None, actor_kind="", status=500, code=Code.INTERNAL_ERROR))
    recorder.observe(record(tenant_id, method="X" * 50 + "\x00"))
    assert recorder.waiting == 3
    assert await recorder.flush()
    assert await written(resources.database, tenant_id) == 1


async def test_hostile_text_is_stored_without_harm(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    tenant_id = uuid4()
    recorder, metrics = make_recorder()
    recorder.observe(
        record(
            tenant_id,
            path="/a\x00b\udcff" + "x" * 5000,
            user_agent="\x00",
            status=500,
            code=Code.INTERNAL_ERROR,
            detail="broken \x00 with Bearer abcdefghijklmnop and \udc80",
        )
    )
    assert await recorder.flush()
    assert dropped(metrics, "refused") == 0
    async with resources.database.tenant(tenant_id) as session:
        line = (await service.list_usage(session, UsageFilter())).items[0]
        error = (await service.list_errors(session, ErrorFilter())).items[0]
    assert line.path.startswith("/ab?xxx")
    assert "abcdefghijklmnop" not in error.message


async def test_records_that_cannot_be_stored_take_no_others_with_them(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    tenant_id = uuid4()
    recorder, metrics = make_recorder()
    for number in range(20):
        spoilt = {13: {"request_bytes": 2**70}, 17: {"model": None}}.get(number, {})
        recorder.observe(record(tenant_id, **spoilt))
    assert await recorder.flush()
    assert await written(resources.database, tenant_id) == 18
    assert dropped(metrics, "refused") == 2


async def test_floods_of_one_refusal_are_one_line(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    tenant_id = uuid4()
    recorder, _ = make_recorder()
    for second in range(200):
        recorder.observe(
            record(
                tenant_id,
                status=429,
                code=Code.RATE_LIMIT_EXCEEDED,
                detail=f"Try again in {second} seconds.",
            )
        )
    for _ in range(3):
        recorder.observe(record(tenant_id, status=500, code=Code.INTERNAL_ERROR, detail="Broken."))
    assert await recorder.flush()
    async with resources.database.tenant(tenant_id) as session:
        groups = (await service.list_errors(session, ErrorFilter())).items
        details = {one.code: await service.error_detail(session, one.id) for one in groups}
    assert {one.code: one.occurrences for one in groups} == {
        "RATE_LIMIT_EXCEEDED": 200,
        "INTERNAL_ERROR": 3,
    }
    assert len(details["RATE_LIMIT_EXCEEDED"].lines) == 1
    assert len(details["INTERNAL_ERROR"].lines) == 3
    assert await written(resources.database, tenant_id) == 203


async def test_partitions_are_made_on_demand(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    moment = datetime.now(UTC) + timedelta(days=9)
    recorder, _ = make_recorder(clock=lambda: moment)
    tenant_id = uuid4()
    recorder.observe(record(tenant_id))
    assert await recorder.flush()
    name = f"usage_logs_p{moment:%Y%m%d}"
    async with resources.database.platform() as session:
        assert await session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None
        # nobody reaches a partition past the policies of the log
        for role in ("bridgecore_app", "bridgecore_platform"):
            assert not await session.scalar(
                text("SELECT has_table_privilege(:role, :name, 'SELECT')"),
                {"role": role, "name": name},
            )
    assert await written(resources.database, tenant_id) == 1


async def test_stopping_writes_what_is_left(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    tenant_id = uuid4()
    recorder, metrics = make_recorder(every=60.0)
    await recorder.start()
    for _ in range(1234):
        recorder.observe(record(tenant_id))
    await recorder.stop()
    assert await written(resources.database, tenant_id) == 1234
    assert recorder.waiting == 0
    assert dropped(metrics, "stopped") == 0


async def test_late_rows_reach_figures_that_were_made(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    """Recorders write to an hour while its figures are made, over and over."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    tenant_id = uuid4()
    period = Period(hour, hour + timedelta(hours=1))

    async def write(number: int) -> None:
        recorder, _ = make_recorder(clock=lambda: hour + timedelta(minutes=number))
        for _ in range(15):
            recorder.observe(record(tenant_id))
            assert await recorder.flush()

    async def make() -> None:
        for _ in range(8):
            await service.make_figures(resources.database, "hour", hour)

    await asyncio.gather(write(1), write(2), make(), write(3))
    for _ in range(2):
        async with resources.database.platform() as session:
            found = await service.status_distribution(session, period, Subject(tenant_id))
        assert found.status_2xx == 45
        # the second time from the figures alone
        await service.make_missing_figures(resources.database, "hour", datetime.now(UTC))
    async with resources.database.platform() as session:
        assert (
            await session.scalar(
                text(
                    "SELECT requests FROM usage_hourly WHERE tenant_id = :id AND grain = 'tenant'"
                ),
                {"id": tenant_id},
            )
            == 45
        )


@pytest.fixture(scope="module")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A PostgreSQL of this module's own, to be stopped under the recorder."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("own"))
    async with server:
        url = server.url
        await asyncio.to_thread(migrate, url)
        yield server, url


async def test_outage_of_the_database(
    resources: Resources, make_recorder: MakeRecorder, own_server: Any
) -> None:
    server, url = own_server
    database = Database(resources.settings.model_copy(update={"database_url": url}))
    tenant_id = uuid4()
    recorder, metrics = make_recorder(database, every=0.05, batch=50, bound=300)
    try:
        async with recorder:
            recorder.observe(record(tenant_id))
            await _until(lambda: recorder.waiting == 0)
            assert await written(database, tenant_id) == 1
            await server.stop()
            for number in range(400):
                recorder.observe(record(tenant_id, operation=str(number)))
            await asyncio.sleep(0.5)
            # the newest are kept, the others counted
            assert recorder.waiting == 300
            lost = dropped(metrics, "overflow")
            assert lost == 100
            await server.start()
            await _until(lambda: recorder.waiting == 0, seconds=30)
        assert await written(database, tenant_id) == 401 - lost
        async with database.platform() as session:
            newest = await session.scalar(
                text("SELECT count(*) FROM usage_logs WHERE operation = '399'")
            )
        assert newest == 1
    finally:
        await database.close()


async def test_a_commit_in_doubt_is_not_written_twice(
    resources: Resources, make_recorder: MakeRecorder
) -> None:
    """The connection breaks after the commit, before the recorder hears of it."""
    tenant_id = uuid4()

    class Breaking(Database):
        broken = False

        @asynccontextmanager
        async def platform(self) -> AsyncIterator[AsyncSession]:
            async with super().platform() as session:
                yield session
            if not self.broken:
                self.broken = True
                raise OperationalError("COMMIT", {}, ConnectionError("cut off"))

    database = Breaking(resources.settings)
    recorder, _ = make_recorder(database)
    for _ in range(5):
        recorder.observe(record(tenant_id, status=500, code=Code.INTERNAL_ERROR))
    assert not await recorder.flush()
    recorder.observe(record(tenant_id, status=500, code=Code.INTERNAL_ERROR))
    assert await recorder.flush()
    await database.close()
    assert await written(resources.database, tenant_id) == 6
    async with resources.database.tenant(tenant_id) as session:
        (group,) = (await service.list_errors(session, ErrorFilter())).items
    assert group.occurrences == 6


_PROCESS = Path(__file__).with_name("recording_process.py")


@pytest.mark.parametrize(("sign", "may_lose"), [(signal.SIGKILL, 1.5), (signal.SIGTERM, 0.0)])
async def test_end_of_the_process(
    resources: Resources, sign: signal.Signals, may_lose: float
) -> None:
    """Killed, it loses about a second and leaves nothing half written; asked to stop, nothing."""
    tenant_id = uuid4()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_PROCESS),
        resources.settings.database_url,
        str(tenant_id),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines: list[bytes] = []
    try:
        async for line in process.stdout:
            lines.append(line)
            if len(lines) == 30:
                process.send_signal(sign)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    moments = [float(line) for line in lines if line.endswith(b"\n")]
    due = sum(1 for moment in moments if moment <= moments[-1] - may_lose)
    async with await psycopg.AsyncConnection.connect(resources.settings.database_url) as connection:
        row = await (
            await connection.execute(
                "SELECT (SELECT count(*) FROM usage_logs WHERE tenant_id = %(id)s),"
                " (SELECT sum(occurrences) FROM error_logs WHERE tenant_id = %(id)s),"
                " (SELECT sum(occurrences) FROM error_groups WHERE tenant_id = %(id)s)",
                {"id": tenant_id},
            )
        ).fetchone()
    assert row is not None
    logged, lined, grouped = row
    assert due <= logged <= len(moments) + 1
    assert logged == lined == grouped


async def _until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        # of what goes on inside the recorder nothing tells
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
