"""What was asked of the platform and how it went.

Requests go from `UsageRecorder` into the logs; `maintenance` makes hourly and daily figures of
them; `analytics` reads any period from days, hours and the unfinished rest.
"""

from __future__ import annotations

from bridgecore.domains.usage.service.analytics import (
    overview,
    platform_metrics,
    response_times,
    series,
    status_distribution,
    tenant_analytics,
    tenant_daily,
    top_endpoints,
    top_models,
    top_tenants,
    usage_summary,
)
from bridgecore.domains.usage.service.export import export_errors, export_usage
from bridgecore.domains.usage.service.failures import (
    error_detail,
    error_summary,
    list_errors,
    reopen_error,
    resolve_error,
)
from bridgecore.domains.usage.service.limits import (
    keep_metering,
    measure_storage,
    metered_days,
    room_left,
    storage_of,
    use_of,
)
from bridgecore.domains.usage.service.maintenance import (
    clean_up,
    ensure_partitions,
    make_figures,
    make_missing_figures,
)
from bridgecore.domains.usage.service.periods import KEEP_DAYS, period_of
from bridgecore.domains.usage.service.recording import UsageRecorder
from bridgecore.domains.usage.service.requests import list_usage
from bridgecore.domains.usage.service.traffic import TrafficTeller

__all__ = [
    "KEEP_DAYS",
    "TrafficTeller",
    "UsageRecorder",
    "clean_up",
    "ensure_partitions",
    "error_detail",
    "error_summary",
    "export_errors",
    "export_usage",
    "keep_metering",
    "list_errors",
    "list_usage",
    "make_figures",
    "make_missing_figures",
    "measure_storage",
    "metered_days",
    "overview",
    "period_of",
    "platform_metrics",
    "reopen_error",
    "resolve_error",
    "response_times",
    "room_left",
    "series",
    "status_distribution",
    "storage_of",
    "tenant_analytics",
    "tenant_daily",
    "top_endpoints",
    "top_models",
    "top_tenants",
    "usage_summary",
    "use_of",
]
