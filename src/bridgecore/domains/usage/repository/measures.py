"""The columns of figures in SQL: made from the log, and added up over rows that hold them."""

from __future__ import annotations

from bridgecore.domains.usage.schemas import BOUNDS

_BUCKETS = len(BOUNDS) + 1
_BOUNDS = "'{" + ",".join(str(bound) for bound in BOUNDS) + "}'::float8[]"

# a row of the log, with the bucket its duration falls into
LOG_ROW = (
    "tenant_id, method, route, model, status, duration_ms::float8 AS duration_ms,"
    " request_bytes, response_bytes, occurred_at,"
    f" width_bucket(duration_ms::float8, {_BOUNDS}) AS bucket"
)

HISTOGRAM_OF_LOG = (
    "ARRAY["
    + ", ".join(f"count(*) FILTER (WHERE bucket = {bucket})" for bucket in range(_BUCKETS))
    + "]::int[]"
)

COLUMNS = (
    "requests, errors, status_2xx, status_3xx, status_4xx, status_5xx, duration_sum,"
    " duration_min, duration_max, p50, p95, p99, request_bytes, response_bytes"
)

_PERCENTILES = """
    percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms),
    percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms),
"""
# the same columns, in the same order, from `LOG_ROW`
OF_LOG = f"""
    count(*),
    count(*) FILTER (WHERE status >= 400),
    count(*) FILTER (WHERE status BETWEEN 200 AND 299),
    count(*) FILTER (WHERE status BETWEEN 300 AND 399),
    count(*) FILTER (WHERE status BETWEEN 400 AND 499),
    count(*) FILTER (WHERE status >= 500),
    sum(duration_ms),
    min(duration_ms),
    max(duration_ms),
    {_PERCENTILES}
    sum(request_bytes)::bigint,
    sum(response_bytes)::bigint
"""
# without percentiles, whose sorting is most of the work: those of several rows are estimated
COUNTS_OF_LOG = OF_LOG.replace(_PERCENTILES, "NULL::float8, NULL::float8, NULL::float8,")

# and added up; a percentile of one row alone stays exact
_COUNTS = (
    "requests",
    "errors",
    "status_2xx",
    "status_3xx",
    "status_4xx",
    "status_5xx",
    "request_bytes",
    "response_bytes",
)
ADDED = ", ".join(
    [
        *(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in _COUNTS),
        "coalesce(sum(duration_sum), 0) AS duration_sum",
        "min(duration_min) AS duration_min",
        "max(duration_max) AS duration_max",
        *(
            f"CASE WHEN count(*) = 1 THEN max({name}) END AS {name}"
            for name in ("p50", "p95", "p99")
        ),
    ]
)
# NULL where one of the rows has none
HISTOGRAM_ADDED = (
    "CASE WHEN count(*) = count(histogram) THEN ARRAY["
    + ", ".join(f"sum(histogram[{bucket}])" for bucket in range(1, _BUCKETS + 1))
    + "]::bigint[] END AS histogram"
)
