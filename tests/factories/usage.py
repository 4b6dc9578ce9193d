"""Rows of the request log by the million, made inside the database.

The same numbers come from the same seed. A few tenants make most of the requests, most answers
are quick and a few are slow, as on a real platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ROUTES = (
    ("POST", "/api/v1/odoo/search_read"),
    ("POST", "/api/v1/odoo/read"),
    ("POST", "/api/v1/odoo/write"),
    ("POST", "/api/v1/odoo/create"),
    ("POST", "/api/v1/odoo/fields_get"),
    ("POST", "/api/v1/odoo/web_search_read"),
    ("GET", "/api/v1/auth/me"),
    ("POST", "/api/v2/sync/pull"),
    ("GET", "/api/v1/files/{file_id}"),
    ("GET", "/api/v1/usage"),
)
MODELS = ("res.partner", "sale.order", "product.product", "stock.picking", "crm.lead")

_ROWS = text(
    """
    INSERT INTO usage_logs (
        occurred_at, id, tenant_id, actor_id, actor_kind, method, route, path, model, operation,
        status, duration_ms, upstream_ms, source, request_bytes, response_bytes, client_address,
        user_agent, correlation_id, code)
    SELECT occurred_at, gen_random_uuid(), tenants[1 + floor(count * power(r2, 3))::int], NULL,
           'member', methods[route], routes[route], routes[route],
           CASE WHEN route <= 6 THEN models[1 + floor(5 * r4 * r4)::int] ELSE '' END, '',
           status, duration, CASE WHEN r6 < 0.4 THEN duration * 0.9 END,
           CASE WHEN r6 < 0.4 THEN 'upstream' ELSE 'cache' END,
           200 + floor(800 * r7)::int, 300 + floor(40000 * r7 * r7)::int, '192.0.2.7',
           'example-app/1.0', md5(number::text || :seed), CASE
               WHEN status = 502 THEN 'UPSTREAM_UNREACHABLE'
               WHEN status = 429 THEN 'RATE_LIMIT_EXCEEDED'
               WHEN status = 422 THEN 'VALIDATION_FAILED' END
      FROM (SELECT *, 1 + floor(10 * power(r3, 1.5))::int AS route,
                   CASE WHEN r5 < 0.94 THEN 200 WHEN r5 < 0.955 THEN 304 WHEN r5 < 0.975 THEN 422
                        WHEN r5 < 0.99 THEN 429 ELSE 502 END AS status,
                   round((1.2 + exp(1.2 + 1.3 * sqrt(-2 * ln(greatest(r8, 1e-9)))
                          * cos(6.283185 * r9)))::numeric, 3) AS duration
              FROM (SELECT number,
                           CAST(:start AS timestamptz) + random()
                           * (CAST(:end AS timestamptz) - CAST(:start AS timestamptz))
                           AS occurred_at,
                           random() AS r2, random() AS r3, random() AS r4, random() AS r5,
                           random() AS r6, random() AS r7, random() AS r8, random() AS r9
                      FROM generate_series(1, CAST(:rows AS bigint)) AS number) AS dice) AS made,
           (SELECT CAST(:tenants AS uuid[]) AS tenants, CAST(:methods AS text[]) AS methods,
                   CAST(:routes AS text[]) AS routes, CAST(:models AS text[]) AS models,
                   cardinality(CAST(:tenants AS uuid[])) AS count) AS given
     -- a log is written as time goes by
     ORDER BY occurred_at
    """
)


async def fill_usage(
    session: AsyncSession,
    tenants: Sequence[UUID | None],
    *,
    rows: int,
    start: datetime,
    end: datetime,
    seed: int = 1,
) -> None:
    """Add `rows` requests of these tenants in [start, end). Needs a platform session.

    None among the tenants stands for staff. Makes the partitions it needs, for at most 400 days.
    """
    await session.execute(
        text("SELECT ensure_log_partitions(CAST(:first AS date), CAST(:last AS date))"),
        {"first": start.date(), "last": end.date()},
    )
    await session.execute(text("SELECT setseed(:seed)"), {"seed": (seed % 1000) / 1000})
    await session.execute(
        _ROWS,
        {
            "tenants": list(tenants),
            "rows": rows,
            "start": start,
            "end": end,
            "seed": str(seed),
            "methods": [method for method, _ in ROUTES],
            "routes": [route for _, route in ROUTES],
            "models": list(MODELS),
        },
    )
