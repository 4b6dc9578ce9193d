"""Who may do what: groups, model access, record rules, and Odoo's words for a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgecore.simulators.odoo.errors import AccessError, missing_records

from .fields import Row
from .model import Model

if TYPE_CHECKING:
    from .domains import Predicate
    from .environment import Environment

OPERATIONS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}
_VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


def groups_field(version: int) -> str:
    """The field of res.users that holds the groups."""
    return "group_ids" if version >= 19 else "groups_id"


def group_xmlids(env: Environment, uid: int) -> frozenset[str]:
    """External ids of the groups of a user, implied ones included."""
    row = env.rows("res.users").get(uid)
    if row is None:
        return frozenset()
    groups = env.rows("res.groups")
    held: set[int] = set()
    waiting = list(row.get(groups_field(env.version)) or ())
    while waiting:
        key = waiting.pop()
        if key in groups and key not in held:
            held.add(key)
            waiting += groups[key].get("implied_ids") or ()
    return frozenset(
        env.database.group_names[key] for key in held if key in env.database.group_names
    )


def is_allowed(env: Environment, model: Model, operation: str) -> bool:
    """Whether the model access list lets the caller do this at all."""
    if env.su:
        return True
    letter = OPERATIONS[operation]
    held = group_xmlids(env, env.uid)
    return any(
        letter in letters and (group == "*" or group in held)
        for group, letters in model.access.items()
    )


def check_model(env: Environment, model: Model, operation: str) -> None:
    """Raise the AccessError of a missing model right."""
    if is_allowed(env, model, operation):
        return
    if model.name == "hr.employee" and operation == "read":
        model = env.model("hr.employee.public")
        if is_allowed(env, model, operation):
            return
    letter = OPERATIONS[operation]
    names = sorted(
        env.database.group_label(group)
        for group, letters in model.access.items()
        if letter in letters and group != "*"
    )
    message = (
        f"You are not allowed to {_VERBS[operation]} '{model.label}' ({model.name}) records.\n\n"
    )
    if names:
        listed = "\n".join(f"\t- {name}" for name in names)
        message += f"This operation is allowed for the following groups:\n{listed}\n\n"
    else:
        message += "No group currently allows this operation.\n\n"
    raise AccessError(message + "Contact your administrator to request access if necessary.")


def rule(env: Environment, model: Model, operation: str) -> Predicate | None:
    """The record rules of the caller on a model, or None where there are none."""
    if env.su or env.uid == 1:
        return None
    companies = env.company_ids
    domain = _rule_domain(env, model, operation, companies)
    if not domain:
        return None
    return env.sudo(active_test=False).predicate(model, domain)


def _rule_domain(env: Environment, model: Model, operation: str, companies: list[int]) -> list[Any]:
    held = group_xmlids(env, env.uid)
    domain: list[Any] = []
    if "company_id" in model.fields and model.name not in ("res.users", "ir.attachment"):
        domain.append(("company_id", "in", [*companies, False]))
    user = env.user
    name = model.name
    if "base.group_portal" in held:
        partner = int(user.get("partner_id", 0))
        commercial = env.rows("res.partner").get(partner, {}).get("commercial_partner_id")
        if name == "res.partner":
            domain.append(("id", "child_of", commercial))
        elif name == "sale.order":
            domain.append(("partner_id", "child_of", commercial))
        elif name == "sale.order.line":
            domain.append(("order_id.partner_id", "child_of", commercial))
        elif name == "account.move":
            domain += [("partner_id", "child_of", commercial), ("state", "!=", "cancel")]
        elif name == "res.users":
            domain.append(("id", "=", env.uid))
        return domain
    own_only = "sales_team.group_sale_salesman" in held and (
        "sales_team.group_sale_salesman_all_leads" not in held
    )
    if own_only and name in ("crm.lead", "sale.order"):
        domain += ["|", ("user_id", "=", env.uid), ("user_id", "=", False)]
    if own_only and name == "sale.order.line":
        domain += ["|", ("salesman_id", "=", env.uid), ("salesman_id", "=", False)]
    if name == "mail.activity" and operation in ("write", "unlink"):
        domain += ["|", ("user_id", "=", env.uid), ("create_uid", "=", env.uid)]
    return domain


def check_records(env: Environment, model: Model, ids: list[int], operation: str) -> None:
    """Raise for ids that are gone, or that the record rules hide or lock."""
    rows = env.rows(model.name)
    if gone := [i for i in ids if i not in rows]:
        raise missing_records(model.name, gone, env.uid)
    check_rules(env, model, [rows[i] for i in ids], operation)


def check_rules(env: Environment, model: Model, rows: list[Row], operation: str) -> None:
    """Raise the AccessError of a record rule."""
    test = rule(env, model, operation)
    if test is None or all(test(row) for row in rows):
        return
    who = f"{env.label_of('res.partner', env.user.get('partner_id', 0)).split(', ')[-1]}"
    raise AccessError(
        "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"
        f"Sorry, {who} (id={env.uid}) doesn't have '{operation}' access to:\n"
        f"- {model.label} ({model.name})\n\n"
        "If you really, really need access, perhaps you can win over your friendly "
        "administrator with a batch of freshly baked cookies."
    )
