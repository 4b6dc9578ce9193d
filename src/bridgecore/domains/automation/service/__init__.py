"""Clients, their n8n servers, and the figures of what those did."""

from bridgecore.domains.automation.service.absorbing import (
    EXECUTION,
    N8N,
    WORKFLOW,
    absorb,
    follow,
    forget_server,
    forget_tenants,
    keep_time_zone,
    open_feed,
)
from bridgecore.domains.automation.service.clients import (
    change_client,
    check_server,
    configure_n8n,
    create_client,
    delete_client,
    get_client,
    list_clients,
    remove_server,
)
from bridgecore.domains.automation.service.executions import list_executions, set_savings
from bridgecore.domains.automation.service.export import (
    executions_csv,
    overview_csv,
    series_csv,
    workflows_csv,
)
from bridgecore.domains.automation.service.failures import explain_failures, explain_server
from bridgecore.domains.automation.service.metrics import (
    Asked,
    client_metrics,
    overview,
    workflow_metrics,
)

__all__ = [
    "EXECUTION",
    "N8N",
    "WORKFLOW",
    "Asked",
    "absorb",
    "change_client",
    "check_server",
    "client_metrics",
    "configure_n8n",
    "create_client",
    "delete_client",
    "executions_csv",
    "explain_failures",
    "explain_server",
    "follow",
    "forget_server",
    "forget_tenants",
    "get_client",
    "keep_time_zone",
    "list_clients",
    "list_executions",
    "open_feed",
    "overview",
    "overview_csv",
    "remove_server",
    "series_csv",
    "set_savings",
    "workflow_metrics",
    "workflows_csv",
]
