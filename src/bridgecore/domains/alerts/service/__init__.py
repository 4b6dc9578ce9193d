"""Alerts: rules, what fires by them, and who is told."""

from bridgecore.domains.alerts.service.alerts import (
    acknowledge,
    get_alert,
    list_alerts,
    mute,
    unmute,
)
from bridgecore.domains.alerts.service.evaluation import (
    evaluate_after,
    evaluate_all,
    evaluate_tenant,
    triggers,
)
from bridgecore.domains.alerts.service.letters import language_of
from bridgecore.domains.alerts.service.notifications import (
    count_unread,
    list_notifications,
    mark_all_read,
    mark_read,
)
from bridgecore.domains.alerts.service.probes import list_kinds
from bridgecore.domains.alerts.service.rules import (
    change_rule,
    create_rule,
    ensure_defaults,
    get_rule,
    list_rules,
    remove_rule,
)
from bridgecore.domains.alerts.service.upkeep import forget_member, forget_old, forget_tenants

__all__ = [
    "acknowledge",
    "change_rule",
    "count_unread",
    "create_rule",
    "ensure_defaults",
    "evaluate_after",
    "evaluate_all",
    "evaluate_tenant",
    "forget_member",
    "forget_old",
    "forget_tenants",
    "get_alert",
    "get_rule",
    "language_of",
    "list_alerts",
    "list_kinds",
    "list_notifications",
    "list_rules",
    "mark_all_read",
    "mark_read",
    "mute",
    "remove_rule",
    "triggers",
    "unmute",
]
