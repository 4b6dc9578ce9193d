"""What may be called: the tenant's allow-lists, and models and methods that open too much.

The allow-list is by the model a call names. What Odoo lets the connection's user reach from there
(dotted fields, nested writes) is Odoo's own access control.
"""

from __future__ import annotations

from bridgecore.connectors.odoo.subjects import SECRET_MODELS
from bridgecore.domains.gateway.errors import MethodNotPermitted, ModelNotAllowed
from bridgecore.domains.gateway.service.operations import Access, OdooCall
from bridgecore.domains.tenancy.errors import FeatureNotAllowed
from bridgecore.domains.tenancy.schemas import Feature, TenantSnapshot
from bridgecore.infra.problems import Forbidden

ADMIN = "gateway:admin"

# Models that may be read but whose change would change what others may do.
_GUARDED = frozenset(
    {
        "res.users",
        "res.groups",
        "res.company",
        "ir.model",
        "ir.model.fields",
        "ir.model.access",
        "ir.model.data",
        "ir.rule",
        "ir.cron",
        "ir.ui.view",
        "ir.ui.menu",
        "ir.default",
        "ir.sequence",
        "ir.actions.server",
        "ir.actions.act_window",
        "ir.actions.act_url",
        "ir.actions.client",
        "ir.actions.report",
        "ir.actions.todo",
        "ir.module.module",
        "ir.attachment",
        "mail.template",
    }
)
# Methods that leave the record rules, run code or take the whole database along.
_CLOSED_METHODS = frozenset(
    {
        "sudo",
        "with_user",
        "with_env",
        "with_context",
        "browse",
        "init",
        "run",
        "execute",
        "method_direct_trigger",
        "button_immediate_install",
        "button_immediate_upgrade",
        "button_immediate_uninstall",
        "button_install",
        "button_uninstall",
        "button_upgrade",
        "module_uninstall",
        "generate_api_key",
        "change_password",
        "reset_password",
        "action_reset_password",
        "export_data",
        "load",
    }
)


def check_feature(snapshot: TenantSnapshot, feature: Feature) -> None:
    """Raises FeatureNotAllowed."""
    allowed = snapshot.allowed_features
    if allowed is not None and feature not in allowed:
        raise FeatureNotAllowed(f"The feature `{feature}` is not part of this tenant's plan.")


def closed_to(permissions: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Models somebody with `permissions` may not reach, and those they may only read."""
    if {"*", "gateway:*", ADMIN} & permissions:
        return frozenset(), frozenset()
    return SECRET_MODELS, _GUARDED


def check_call(
    call: OdooCall, snapshot: TenantSnapshot, permissions: frozenset[str], role: str
) -> None:
    """Raises ModelNotAllowed, MethodNotPermitted or Forbidden for what may not be called."""
    if snapshot.allowed_models is not None and call.model not in snapshot.allowed_models:
        raise ModelNotAllowed(f"The model {call.model} is not among those your tenant allows.")
    if call.method.startswith("_"):
        raise MethodNotPermitted(f"{call.method} is private to Odoo.")
    may_all = "*" in permissions or "gateway:*" in permissions
    if not may_all and f"gateway:{call.access}" not in permissions:
        raise Forbidden(
            f"This needs the permission gateway:{call.access}, which the role {role} lacks."
        )
    if may_all or ADMIN in permissions:
        return
    if call.model in SECRET_MODELS or (call.access is not Access.READ and call.model in _GUARDED):
        raise ModelNotAllowed(
            f"{call.model} needs the permission {ADMIN}: it opens more than its own records."
        )
    if call.method in _CLOSED_METHODS:
        raise MethodNotPermitted(f"{call.method} needs the permission {ADMIN}.")
