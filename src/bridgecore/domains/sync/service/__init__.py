"""What may be asked of synchronisation."""

from bridgecore.domains.sync.service.engine import Engine
from bridgecore.domains.sync.service.metrics import measure
from bridgecore.domains.sync.service.people import match_people
from bridgecore.domains.sync.service.plans import (
    change_plan,
    discover,
    ensure_plan,
    ensure_plans,
    get_plan,
)
from bridgecore.domains.sync.service.reports import (
    compare,
    forget_old_reports,
    get_report,
    list_differences,
    list_reports,
    repair,
)
from bridgecore.domains.sync.service.runs import (
    ask_for_all,
    cancel,
    decide,
    forget_old,
    get_run,
    list_set_asides,
    logs,
    retry_set_asides,
    start_all,
    trigger,
)
from bridgecore.domains.sync.service.standing import (
    background_health,
    background_status,
    connection_standing,
    require_tenant,
)

__all__ = [
    "Engine",
    "ask_for_all",
    "background_health",
    "background_status",
    "cancel",
    "change_plan",
    "compare",
    "connection_standing",
    "decide",
    "discover",
    "ensure_plan",
    "ensure_plans",
    "forget_old",
    "forget_old_reports",
    "get_plan",
    "get_report",
    "get_run",
    "list_differences",
    "list_reports",
    "list_set_asides",
    "logs",
    "match_people",
    "measure",
    "repair",
    "require_tenant",
    "retry_set_asides",
    "start_all",
    "trigger",
]
