"""Users with their groups and keys, and the company they work for."""

from __future__ import annotations

from bridgecore.simulators.odoo.errors import AccessDenied, UserError, ValidationError
from bridgecore.simulators.odoo.orm import records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Row,
    boolean,
    char,
    choice,
    computed,
    html,
    integer,
    many2many,
    many2one,
    moment,
    one2many,
    related,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_model, on_records

RIGHTS = {"base.group_user": "r", "base.group_portal": "r", "base.group_erp_manager": "rwcd"}


def _user_prepare(env: Environment, vals: Row) -> None:
    vals.setdefault("company_id", env.company_id)
    vals.setdefault("company_ids", [(6, 0, [vals["company_id"]])])
    for name in ("groups_id", "group_ids"):
        if name in env.model("res.users").fields and name not in vals:
            vals[name] = [(6, 0, [env.reference("base.group_user")])]


def _user_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    rows = env.rows("res.users")
    logins: dict[str, int] = {}
    for row in rows.values():
        login = row.get("login", "")
        if logins.setdefault(login, row["id"]) != row["id"]:
            raise ValidationError(
                "The operation cannot be completed: You can not have two users with the same login!"
            )
    internal = env.reference("base.group_user")
    for key in ids:
        held = rows[key].get("group_ids" if env.version >= 19 else "groups_id") or ()
        records.stamp(env, env.model("res.users"), key, share=internal not in held)


def _user_leaving(env: Environment, ids: list[int]) -> None:
    if 1 in ids:
        raise UserError(
            "You can not remove the admin user as it is used internally for resources created "
            "by Odoo (updates, module installation, ...)"
        )


def _user_state(_env: Environment, row: Row) -> str:
    return "active" if row.get("login_date") else "new"


def _members(env: Environment, row: Row) -> list[int]:
    name = "group_ids" if env.version >= 19 else "groups_id"
    users = env.rows("res.users").values()
    return [user["id"] for user in users if row["id"] in user.get(name, ()) and user.get("active")]


def context_get(env: Environment, model: Model) -> Row:
    """The caller's language, timezone and id."""
    row = env.user
    partner = env.rows("res.partner").get(row.get("partner_id", 0), {})
    return {"lang": partner.get("lang", "en_US"), "tz": partner.get("tz", False), "uid": env.uid}


def has_group(env: Environment, model: Model, group_ext_id: str) -> bool:
    """Whether the caller is in a group."""
    return env.has_group(group_ext_id)


def has_group_of(env: Environment, model: Model, ids: list[int], group_ext_id: str) -> bool:
    """Whether a user is in a group, from 18 on a method of records."""
    owner = Environment(env.database, ids[0] if ids else env.uid, now=env.now)
    return owner.has_group(group_ext_id)


def change_password(env: Environment, model: Model, old_passwd: str, new_passwd: str) -> bool:
    """Change the caller's own password."""
    login = env.user.get("login", "")
    if env.database.login(login, old_passwd, keys=False) != env.uid:
        raise AccessDenied
    if not new_passwd:
        raise UserError("Setting empty passwords is not allowed for security reasons!")
    fresh = {**env.user, "_password": env.database.hash_password(new_passwd)}
    env.store.put("res.users", env.uid, fresh)
    return True


def generate_key(
    env: Environment,
    model: Model,
    key: str,
    scope: str | None,
    name: str,
    expiration_date: str | None,
) -> str:
    """A further API key for the owner of a living one."""
    owner = env.database.key_owner(key)
    if owner != env.uid:
        raise AccessDenied(
            "The provided API key is invalid or does not belong to the current user."
        )
    return env.database.add_key(env, env.uid, name, scope, expires=expiration_date)


def revoke_key(env: Environment, model: Model, key: str) -> None:
    """End an API key of the caller."""
    for row in list(env.rows("res.users.apikeys").values()):
        if row["user_id"] == env.uid and env.database.is_key(row, key):
            env.store.put("res.users.apikeys", row["id"], None)
            return
    raise AccessDenied("The provided API key is invalid or does not belong to the current user.")


_USER = {
    "login": char("Login", required=True),
    "password": char("Password", store=False, searchable=False, copied=False),
    "partner_id": many2one("Related Partner", "res.partner", required=True, copied=False),
    "active": boolean("Active", default=True),
    "company_id": many2one("Company", "res.company", required=True),
    "company_ids": many2many("Companies", "res.company"),
    "groups_id": many2many("Groups", "res.groups", until=18),
    "group_ids": many2many("Groups", "res.groups", since=19),
    "share": boolean("Share User", readonly=True),
    "login_date": moment("Latest Login", readonly=True, copied=False),
    "signature": html("Email Signature"),
    "state": computed(
        "selection",
        "Status",
        _user_state,
        selection=(("new", "Never Connected"), ("active", "Confirmed")),
    ),
    "notification_type": choice(
        "Notification",
        ("email", "Handle by Emails"),
        ("inbox", "Handle in Odoo"),
        default="email",
        required=True,
    ),
    "api_key_ids": one2many("API Keys", "res.users.apikeys", "user_id"),
    "employee_ids": one2many("Related employee", "hr.employee", "user_id"),
    "sale_team_id": many2one("User Sales Team", "crm.team"),
}

_COMPANY = {
    "name": related(
        "char",
        "Company Name",
        "partner_id.name",
        readonly=False,
        required=True,
        delegated="partner_id",
    ),
    "sequence": integer("Sequence", default=10),
    "active": boolean("Active", default=True),
    "partner_id": many2one("Partner", "res.partner", required=True),
    "parent_id": many2one("Parent Company", "res.company"),
    "child_ids": one2many("Branches", "res.company", "parent_id"),
    "currency_id": many2one("Currency", "res.currency", required=True, default=1),
    "email": related("char", "Email", "partner_id.email", readonly=False, delegated="partner_id"),
    "phone": related("char", "Phone", "partner_id.phone", readonly=False, delegated="partner_id"),
    "website": related(
        "char", "Website", "partner_id.website", readonly=False, delegated="partner_id"
    ),
    "vat": related("char", "Tax ID", "partner_id.vat", readonly=False, delegated="partner_id"),
    "street": related("char", "Street", "partner_id.street"),
    "city": related("char", "City", "partner_id.city"),
    "zip": related("char", "Zip", "partner_id.zip"),
    "country_id": related("many2one", "Country", "partner_id.country_id", relation="res.country"),
    "user_ids": many2many("Accepted Users", "res.users", store=True),
    "logo": related("binary", "Company Logo", "partner_id.image_1920"),
}

MODELS: tuple[Model, ...] = (
    Model(
        "res.users",
        "User",
        _USER,
        order="name, login",
        rec_name="name",
        modules="base, hr, mail, sales_team",
        access={"base.group_user": "r", "base.group_portal": "r", "base.group_erp_manager": "rwcd"},
        inherits={"partner_id": "res.partner"},
        search_names=("login",),
        prepare=_user_prepare,
        changed=_user_changed,
        leaving=_user_leaving,
    ),
    Model(
        "res.users.apikeys",
        "Users API Keys",
        {
            "name": char("Description", required=True, readonly=True),
            "user_id": many2one(
                "User", "res.users", required=True, readonly=True, ondelete="cascade"
            ),
            "scope": char("Scope", readonly=True),
            "expiration_date": moment("Expiration Date", since=18),
        },
        access={"base.group_user": "r", "base.group_system": "rd"},
    ),
    Model(
        "res.groups",
        "Access Groups",
        {
            "name": char("Name", required=True),
            "full_name": char("Group Name", readonly=True),
            "comment": text("Comment"),
            "share": boolean("Share Group"),
            "implied_ids": many2many("Inherits", "res.groups"),
            "users": computed(
                "many2many",
                "Users",
                lambda env, row: _members(env, row),
                relation="res.users",
                until=18,
            ),
            "user_ids": computed(
                "many2many",
                "Users",
                lambda env, row: _members(env, row),
                relation="res.users",
                since=19,
            ),
        },
        order="name",
        rec_name="full_name",
        access=RIGHTS,
    ),
    Model(
        "res.company",
        "Companies",
        _COMPANY,
        order="sequence, name",
        access={"*": "r", "base.group_erp_manager": "rwcd"},
    ),
)

METHODS: tuple[Method, ...] = (
    on_model("res.users", context_get),
    on_model("res.users", has_group, until=17),
    on_records("res.users", has_group_of, "has_group", since=18),
    on_model("res.users", change_password),
    on_model("res.users.apikeys", generate_key, "generate", since=19),
    on_model("res.users.apikeys", revoke_key, "revoke", since=19),
)
