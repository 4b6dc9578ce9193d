"""`python -m bench.dashboard_figures`: what staff pages ask for, over ten million requests.

Fills a database of its own with tenants, people, a log of thirty days up to this minute, errors
and a trail; makes the figures as the hourly and daily jobs do; then asks the real application for
every page of figures and logs, one request at a time, and times it from the request to the last
byte of its answer. The totals of each page are compared with SQL over the log alone. Ends with 1
when an endpoint's p95 is over the limit or a figure differs.

The database is kept in `--folder` and filled once: later runs take minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.usage import service as usage
from bridgecore.entrypoints.app import build_app
from bridgecore.entrypoints.resources import open_resources
from bridgecore.entrypoints.servers import with_servers
from bridgecore.infra.migrate import migrate
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Environment, Settings, load_settings
from tests.factories.lifespan import running
from tests.factories.tenants import sign_in_staff
from tests.factories.usage import fill_usage

CASE = "dashboard-figures"
LIMIT_MS = 300.0
DAYS = 30
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_SEARCHED = "/api/v1/odoo/search_read"


@dataclass(frozen=True, slots=True)
class Options:
    folder: Path
    rows: int
    tenants: int
    rounds: int
    only: str


@dataclass(frozen=True, slots=True)
class Page:
    """One request of a page, and where it must agree with SQL."""

    title: str
    path: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timed:
    page: Page
    milliseconds: Sequence[float]

    def at(self, fraction: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, math.ceil(fraction * len(ordered)) - 1)]


def options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard_figures", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the database is kept")
    parser.add_argument("--rows", type=int, default=10_000_000, help="requests in the log")
    parser.add_argument("--tenants", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--only", default="", help="pages whose title or path holds this")
    given = parser.parse_args(arguments)
    return Options(given.folder, given.rows, given.tenants, given.rounds, given.only)


# ── the past ───────────────────────────────────────────────────────────────────────────────────

_TENANTS = """
    INSERT INTO tenants (id, name, slug, status, plan_id, contact_email, created_at)
    SELECT gen_random_uuid(), 'Company ' || n, 'company-' || n,
           CASE WHEN n % 29 = 0 THEN 'suspended' WHEN n % 17 = 0 THEN 'trial' ELSE 'active' END,
           (SELECT id FROM plans ORDER BY position LIMIT 1 OFFSET n % 4),
           'owner@company-' || n || '.example', clock_timestamp() - n * interval '7 hours'
      FROM generate_series(1, :tenants) AS n
"""
_PEOPLE = """
    WITH people AS (
        INSERT INTO users (id, email, full_name, is_active, created_at)
        SELECT gen_random_uuid(), 'person' || n || '@people.example', 'Person ' || n, true,
               clock_timestamp() - n * interval '3 minutes'
          FROM generate_series(1, :tenants * 20) AS n
     RETURNING id)
    INSERT INTO memberships (id, tenant_id, user_id, role)
    SELECT gen_random_uuid(), companies.id, people.id, 'user'
      FROM (SELECT id, row_number() OVER () AS n FROM people) AS people
      JOIN (SELECT id, row_number() OVER () AS n FROM tenants) AS companies
        ON companies.n = 1 + people.n % (SELECT count(*) FROM tenants)
"""
_GROUPS = """
    INSERT INTO error_groups (id, tenant_id, fingerprint, severity, code, status_code, message,
           method, route, model, occurrences, first_seen, last_seen, resolved_at)
    SELECT gen_random_uuid(), tenant_id, md5(tenant_id::text || n), (ARRAY['low', 'medium',
           'high', 'critical'])[1 + n % 4], 'UPSTREAM_UNREACHABLE', 502,
           'Odoo of ' || tenant_id || ' does not answer', 'POST', :route, 'res.partner', 30,
           clock_timestamp() - interval '28 days', clock_timestamp() - random() * interval
           '28 days', CASE WHEN n % 3 = 0 THEN clock_timestamp() END
      FROM (SELECT id AS tenant_id FROM tenants) AS companies, generate_series(1, 20) AS n
"""
_ERRORS = """
    INSERT INTO error_logs (occurred_at, id, group_id, tenant_id, fingerprint, severity, code,
           status, message, method, route, model, operation, correlation_id, actor_id, occurrences,
           context)
    SELECT last_seen - (n - 1) * (last_seen - first_seen) / 30, gen_random_uuid(), id, tenant_id,
           fingerprint, severity, code, status_code, message, method, route, model, '',
           md5(id::text || n), NULL, 1, '{}'
      FROM error_groups, generate_series(1, 30) AS n
"""
_ERROR_DAYS = """
    INSERT INTO error_daily (group_id, day, severity, tenant_id, occurrences)
    SELECT group_id, (occurred_at AT TIME ZONE 'UTC')::date, severity, tenant_id, sum(occurrences)
      FROM error_logs GROUP BY 1, 2, 3, 4
"""
_TRAIL = """
    INSERT INTO audit_entries (id, tenant_id, actor_kind, actor_email, action, target_type,
           target_id, changes, correlation_id, client_address, occurred_at)
    SELECT gen_random_uuid(), companies.id, 'member', 'owner@company.example',
           (ARRAY['member.changed', 'connection.changed', 'auth.signed_in'])[1 + n % 3], 'tenant',
           companies.id::text, '{}', md5(n::text), '192.0.2.7',
           clock_timestamp() - random() * interval '30 days'
      FROM (SELECT id FROM tenants) AS companies, generate_series(1, 300) AS n
"""


async def fill(resources: Resources, chosen: Options) -> None:
    """Everything but the figures."""
    start = floor_day(datetime.now(UTC)) - (DAYS - 1) * DAY
    async with resources.database.platform() as session:
        await session.execute(text(_TENANTS), {"tenants": chosen.tenants})
        await session.execute(text(_PEOPLE), {"tenants": chosen.tenants})
        tenants = list(await session.scalars(text("SELECT id FROM tenants ORDER BY slug")))
    for number in track(range(DAYS), "requests, a day each", transient=True):
        day = start + number * DAY
        end = min(day + DAY, datetime.now(UTC))
        share = (end - day) / DAY
        async with resources.database.platform() as session:
            await session.execute(text("SET LOCAL synchronous_commit = off"))
            rows = int(chosen.rows / DAYS * share)
            await fill_usage(session, tenants, rows=rows, start=day, end=end, seed=number)
            await fill_usage(session, [None], rows=rows // 100, start=day, end=end, seed=number)
    # today was not over: the rest of its share goes to the day before
    async with resources.database.platform() as session:
        there = await session.scalar(
            text("SELECT count(*) FROM usage_logs WHERE tenant_id IS NOT NULL")
        )
        yesterday = start + (DAYS - 2) * DAY
        await fill_usage(
            session,
            tenants,
            rows=chosen.rows - there,
            start=yesterday,
            end=yesterday + DAY,
            seed=99,
        )
        await session.execute(text(_GROUPS), {"route": _SEARCHED})
        await session.execute(text(_ERRORS))
        await session.execute(text(_ERROR_DAYS))
        await session.execute(text(_TRAIL))


async def make_figures(resources: Resources) -> None:
    """As the jobs at :05 and 00:30 do, for every hour and day that is over and lacks them."""
    now = datetime.now(UTC)
    first = floor_day(now) - (DAYS - 1) * DAY
    async with resources.database.platform() as session:
        known = {
            (row.kind, row.start.astimezone(UTC))
            for row in await session.execute(
                text("SELECT kind, start FROM usage_rollups WHERE NOT stale")
            )
        }
    hours = [first + n * HOUR for n in range(int((now - first) / HOUR))]
    days = [first + n * DAY for n in range(DAYS - 1)]
    for hour in track(hours, "figures of hours", transient=True):
        if ("hour", hour) not in known:
            await usage.make_figures(resources.database, "hour", hour)
    for day in track(days, "figures of days", transient=True):
        if ("day", day) not in known:
            await usage.make_figures(resources.database, "day", day)


def floor_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


# ── the pages ──────────────────────────────────────────────────────────────────────────────────


def pages(busy: UUID, quiet: UUID, correlation_id: str, error_id: UUID) -> Sequence[Page]:
    """What the dashboard asks for: each page as it opens, longer periods, and each filter."""
    month = {"days": "30"}
    one = {"tenant_id": str(busy)}
    rare = {"tenant_id": str(quiet)}
    odd = {
        "from": (datetime.now(UTC) - timedelta(days=20, minutes=17)).isoformat(),
        "to": (datetime.now(UTC) - timedelta(minutes=13)).isoformat(),
    }
    found = [
        Page("overview", "/admin/analytics/overview"),
        Page("platform metrics", "/admin/metrics/platform"),
    ]
    for name in (
        "requests",
        "status-distribution",
        "response-times",
        "top-endpoints",
        "top-models",
        "top-tenants",
    ):
        path = f"/admin/analytics/{name}"
        found += [
            Page(f"{name}, week", path),
            Page(f"{name}, 30 days", path, month),
            Page(f"{name}, odd hours", path, odd),
            Page(f"{name}, of an endpoint", path, {**month, "route": _SEARCHED}),
            Page(f"{name}, of a model", path, {**month, "model": "sale.order"}),
        ]
        if name != "top-tenants":
            found.append(Page(f"{name}, of a tenant", path, {**month, **one}))
    return [
        *found,
        Page("requests by hour", "/admin/analytics/requests", {**month, "interval": "hour"}),
        Page("a tenant", f"/admin/analytics/tenants/{busy}"),
        Page("a tenant by day", f"/admin/analytics/tenants/{busy}/daily"),
        Page("a quiet tenant", f"/admin/analytics/tenants/{quiet}"),
        Page("limits of a tenant", f"/admin/tenants/{busy}/usage"),
        Page("usage log", "/admin/logs/usage"),
        Page("usage log, tenants only", "/admin/logs/usage", {"tenants_only": "true"}),
        Page("usage log, busy tenant", "/admin/logs/usage", one),
        Page("usage log, quiet tenant", "/admin/logs/usage", rare),
        Page("usage log, failed", "/admin/logs/usage", {"status_class": "5"}),
        Page("usage log, status", "/admin/logs/usage", {"status": "304"}),
        Page("usage log, slow", "/admin/logs/usage", {"min_duration": "1000"}),
        Page("usage log, endpoint", "/admin/logs/usage", {"route": _SEARCHED}),
        Page("usage log, model", "/admin/logs/usage", {"model": "crm.lead"}),
        Page("usage log, method", "/admin/logs/usage", {"method": "DELETE"}),
        Page("usage log, unknown route", "/admin/logs/usage", {"route": "/nowhere"}),
        Page("usage log, one request", "/admin/logs/usage", {"correlation_id": correlation_id}),
        Page(
            "usage log, slow of a tenant",
            "/admin/logs/usage",
            {**rare, "min_duration": "900", "status_class": "5"},
        ),
        Page("usage log, long ago", "/admin/logs/usage", {"to": odd["from"]}),
        Page("usage summary, week", "/admin/logs/usage/summary"),
        Page("usage summary, 30 days", "/admin/logs/usage/summary", month),
        Page("usage summary, tenant", "/admin/logs/usage/summary", {**month, **one}),
        Page("error log", "/admin/logs/errors"),
        Page("error log, open", "/admin/logs/errors", {"unresolved_only": "true"}),
        Page("error log, severity", "/admin/logs/errors", {"severity": "critical"}),
        Page("error log, tenant", "/admin/logs/errors", one),
        Page("error log, search", "/admin/logs/errors", {"search": "does not"}),
        Page("error log, search in vain", "/admin/logs/errors", {"search": "nowhere"}),
        Page("error log, unknown code", "/admin/logs/errors", {"code": "NEVER"}),
        Page("error summary, week", "/admin/logs/errors/summary"),
        Page("error summary, 30 days", "/admin/logs/errors/summary", month),
        Page("error summary, tenant", "/admin/logs/errors/summary", {**month, **one}),
        Page("an error", f"/admin/logs/errors/{error_id}"),
        Page("tenants", "/admin/tenants"),
        Page("tenants, by name", "/admin/tenants", {"sort": "name", "skip": "500"}),
        Page("tenants, search", "/admin/tenants", {"search": "company-77"}),
        Page("people", "/admin/users"),
        Page("people, search", "/admin/users", {"search": "person777"}),
        Page("connections", "/admin/integrations"),
        Page("audit trail", "/admin/audit"),
        Page("audit trail, tenant", "/admin/audit", one),
        Page("audit trail, action", "/admin/audit", {"action": "member.changed"}),
        Page("jobs", "/admin/jobs"),
        Page("job counts", "/admin/jobs/counts"),
    ]


async def ask(client: httpx.AsyncClient, page: Page, headers: dict[str, str]) -> Any:
    answer = await client.get(page.path, params=page.params, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{page.title}: {answer.status_code} {answer.text[:300]}")
    return answer.json()


async def timed(
    client: httpx.AsyncClient, wanted: Sequence[Page], headers: dict[str, str], rounds: int
) -> list[Timed]:
    """Each page `rounds` times, in turn, so that no page is served from what itself just read."""
    taken: list[list[float]] = [[] for _ in wanted]
    for _ in track(range(rounds), "asking", transient=True):
        for number, page in enumerate(wanted):
            began = time.perf_counter()
            await ask(client, page, headers)
            taken[number].append((time.perf_counter() - began) * 1000)
    return [Timed(page, times) for page, times in zip(wanted, taken, strict=True)]


# ── agreement with SQL ─────────────────────────────────────────────────────────────────────────

_FACTS = (
    "count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS errors,"
    " count(*) FILTER (WHERE status >= 500) AS status_5xx,"
    " coalesce(sum(response_bytes), 0)::bigint AS response_bytes"
)


async def differences(
    client: httpx.AsyncClient,
    session: AsyncSession,
    headers: dict[str, str],
    busy: UUID,
) -> list[str]:
    """Where a page tells another number than the log itself. Periods end before this hour."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # not on the hour at either side, so that days, hours and the log are all read
    start, end = end - timedelta(days=9, minutes=23), end - timedelta(minutes=7)
    period = {"from": start.isoformat(), "to": end.isoformat()}
    found: list[str] = []

    async def direct(
        key: str = "NULL::text", where: str = "", **bound: Any
    ) -> dict[Any, dict[str, Any]]:
        rows = await session.execute(
            text(
                f"SELECT {key} AS key, {_FACTS} FROM usage_logs WHERE tenant_id IS NOT NULL"
                f" AND occurred_at >= :start AND occurred_at < :end {where} GROUP BY 1"
            ),
            {"start": start, "end": end, **bound},
        )
        return {row.key: dict(row._mapping) for row in rows}

    def compare(title: str, told: Any, expected: dict[str, Any]) -> None:
        for name in ("requests", "errors", "status_5xx", "response_bytes"):
            if told[name] != expected[name]:
                found.append(f"{title}: {name} is {told[name]}, SQL says {expected[name]}")

    async def get(path: str, **params: str) -> Any:
        return await ask(client, Page(path, path, {**period, **params}), headers)

    everything = (await direct())[None]
    series = await get("/admin/analytics/requests")
    compare("requests over time", series["total"], everything)
    days = await direct("(occurred_at AT TIME ZONE 'UTC')::date::text")
    for point in series["points"]:
        compare(f"day {point['start']}", point, days[point["start"][:10]])
    compare("status distribution", (await get("/admin/logs/usage/summary"))["total"], everything)
    hours = await direct("extract(hour FROM occurred_at AT TIME ZONE 'UTC')::int")
    for hour in (await get("/admin/analytics/response-times"))["hours"]:
        compare(f"hour {hour['hour']}", hour, hours[hour["hour"]])
    routes = await direct("method || ' ' || route")
    for endpoint in (await get("/admin/analytics/top-endpoints"))["items"]:
        key = f"{endpoint['method']} {endpoint['route']}"
        compare(key, endpoint, routes[key])
    models = await direct("model")
    for model in (await get("/admin/analytics/top-models"))["items"]:
        compare(model["model"], model, models[model["model"]])
    for params, where in (
        ({}, ""),
        ({"route": _SEARCHED}, "AND route = :route"),
        ({"model": "sale.order"}, "AND model = :model"),
    ):
        tenants = await direct("tenant_id", where, **params)
        top = (await get("/admin/analytics/top-tenants", **params))["items"]
        busiest = sorted(tenants.values(), key=lambda row: (-row["requests"], row["key"]))[:10]
        if [one["tenant_id"] for one in top] != [str(row["key"]) for row in busiest]:
            found.append(f"top tenants of {params}: another order")
        for tenant in top:
            compare(f"{tenant['name']} {params}", tenant, tenants[UUID(tenant["tenant_id"])])
    own = (await direct(where="AND tenant_id = :tenant", tenant=busy))[None]
    compare("a tenant", (await get(f"/admin/analytics/tenants/{busy}"))["total"], own)
    overview = await ask(client, Page("", "/admin/analytics/overview"), headers)
    states = {
        row.status: row.number
        for row in await session.execute(
            text("SELECT status, count(*) AS number FROM tenants GROUP BY status")
        )
    }
    told = {name: number for name, number in overview["tenants"].items() if number}
    if told != {**states, "total": sum(states.values())}:
        found.append(f"tenants by state: {told}, SQL says {states}")
    errors = await session.scalar(
        text(
            "SELECT sum(occurrences) FROM error_logs"
            " WHERE occurred_at >= :start AND occurred_at < :end"
        ),
        {"start": start, "end": end},
    )
    summary = await get("/admin/logs/errors/summary")
    if summary["occurrences"] != errors:
        found.append(f"errors: {summary['occurrences']}, SQL says {errors}")
    return found


# ── running it ─────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def installation(chosen: Options) -> AsyncIterator[tuple[Settings, Resources]]:
    settings = load_settings(
        _env_file=None,
        environment=Environment.TEST,
        data_dir=chosen.folder,
        embedded_worker=False,
        log_level="WARNING",
    )
    async with with_servers(settings) as ready:
        await asyncio.to_thread(migrate, ready.database_url)
        async with open_resources(ready) as resources:
            yield ready, resources


async def run(chosen: Options, console: Console) -> int:
    async with installation(chosen) as (settings, resources):
        async with resources.database.platform() as session:
            there = await session.scalar(text("SELECT count(*) FROM tenants"))
        if not there:
            began = time.monotonic()
            await fill(resources, chosen)
            console.print(f"filled in {time.monotonic() - began:.0f} s")
        await make_figures(resources)
        if not there:
            async with resources.database.platform() as session:
                connection = await session.connection()
                await connection.execute(text("COMMIT"))
                await connection.execute(text("ANALYZE"))
        app = build_app(settings)
        transport = httpx.ASGITransport(app=app)
        async with (
            running(app),
            httpx.AsyncClient(transport=transport, base_url="http://bench.test") as client,
        ):
            staff = await sign_in_staff(resources, client, role="super_admin")
            async with resources.database.platform() as session:
                rows = await session.scalar(text("SELECT count(*) FROM usage_logs"))
                by_use = (
                    await session.execute(
                        text(
                            "SELECT tenant_id FROM usage_daily WHERE grain = 'tenant'"
                            " GROUP BY 1 ORDER BY sum(requests) DESC"
                        )
                    )
                ).all()
                correlation_id = await session.scalar(
                    text(
                        "SELECT correlation_id FROM usage_logs WHERE occurred_at >"
                        " now() - interval '9 days' ORDER BY occurred_at LIMIT 1"
                    )
                )
                error_id = await session.scalar(text("SELECT id FROM error_groups LIMIT 1"))
            busy, quiet = by_use[0][0], by_use[-1][0]
            wanted = [
                page
                for page in pages(busy, quiet, str(correlation_id), UUID(str(error_id)))
                if chosen.only in page.title or chosen.only in page.path
            ]
            results = await timed(client, wanted, staff.headers, chosen.rounds)
            wrong: list[str] = []
            if not chosen.only:
                async with resources.database.platform() as session:
                    wrong = await differences(client, session, staff.headers, busy)
    show(console, results, f"{rows:,} requests, {len(by_use):,} tenants, {chosen.rounds} rounds")
    for line in wrong:
        console.print(f"DIFFERS  {line}", style="red")
    late = [result for result in results if result.at(0.95) > LIMIT_MS]
    told = "not compared" if chosen.only else "differ" if wrong else "agree with SQL"
    console.print(
        f"{len(results) - len(late)} of {len(results)} within {LIMIT_MS:.0f} ms (p95);"
        f" figures {told}"
    )
    return 1 if late or wrong else 0


def show(console: Console, results: Sequence[Timed], title: str) -> None:
    table = Table("asked for", "p50 ms", "p95 ms", "longest ms", "", title=f"{CASE}: {title}")
    for result in sorted(results, key=lambda one: -one.at(0.95)):
        late = result.at(0.95) > LIMIT_MS
        table.add_row(
            result.page.title,
            f"{result.at(0.5):.0f}",
            f"{result.at(0.95):.0f}",
            f"{max(result.milliseconds):.0f}",
            "OVER" if late else "",
            style="red" if late else None,
        )
    console.print(table)


def main() -> int:
    chosen = options(sys.argv[1:])
    return asyncio.run(run(chosen, Console()))


if __name__ == "__main__":
    sys.exit(main())
