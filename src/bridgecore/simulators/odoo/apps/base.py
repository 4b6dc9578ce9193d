"""The base of every Odoo: users, groups, companies, countries, currencies, settings, files."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from typing import Any

from bridgecore.simulators.odoo.errors import AccessDenied, UserError, ValidationError
from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Row,
    binary,
    boolean,
    char,
    choice,
    computed,
    html,
    integer,
    many2many,
    many2one,
    moment,
    number,
    one2many,
    related,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_model, on_records

EVERYONE = {"*": "r"}
SETTINGS = {"*": "r", "base.group_system": "rwcd"}
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


def get_param(env: Environment, model: Model, key: str, default: Any = False) -> Any:
    """A system parameter, for administrators."""
    if not env.has_group("base.group_system"):
        access.check_model(env, model, "read")
    return env.database.parameter(key, "") or default


def set_param(env: Environment, model: Model, key: str, value: Any) -> Any:
    """Set a system parameter; the previous value, or false."""
    for row in env.rows(model.name).values():
        if row.get("key") == key:
            before = row.get("value", False)
            if value is False or value is None:
                records.unlink(env, model, [row["id"]])
            else:
                records.write(env, model, [row["id"]], {"value": str(value)})
            return before
    records.create(env, model, [{"key": key, "value": str(value)}])
    return False


def _content(env: Environment, row: Row) -> bytes:
    return base64.b64decode(row.get("datas") or "")


def _raw(env: Environment, row: Row) -> Any:
    data = _content(env, row)
    return data.decode("utf-8", "replace") if data else False


def _attachment_prepare(env: Environment, vals: Row) -> None:
    if "raw" in vals:
        raw = vals.pop("raw")
        data = raw.encode() if isinstance(raw, str) else b""
        vals["datas"] = base64.b64encode(data).decode()
    if not vals.get("mimetype"):
        guessed, _ = mimetypes.guess_type(str(vals.get("name", "")))
        vals["mimetype"] = guessed or "application/octet-stream"


def _attachment_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    if not names & {"datas", "raw", "id"}:
        return
    for key in ids:
        row = env.rows("ir.attachment")[key]
        data = _content(env, row)
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest() if data else None
        facts = {"file_size": len(data), "checksum": digest}
        records.stamp(env, env.model("ir.attachment"), key, **facts)


def clear_caches(env: Environment, model: Model, ids: list[int]) -> None:
    """Drop caches: nothing to do here, and nothing is returned."""


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
    Model(
        "res.lang",
        "Languages",
        {
            "name": char("Name", required=True),
            "code": char("Locale Code", required=True),
            "iso_code": char("ISO code"),
            "active": boolean("Active"),
            "direction": choice(
                "Direction", ("ltr", "Left-to-Right"), ("rtl", "Right-to-Left"), default="ltr"
            ),
            "date_format": char("Date Format", default="%m/%d/%Y"),
        },
        order="active desc,name",
        access=SETTINGS,
    ),
    Model(
        "res.currency",
        "Currency",
        {
            "name": char("Currency", size=3, required=True, help="Currency Code (ISO 4217)"),
            "full_name": char("Name"),
            "symbol": char("Symbol", required=True),
            "rate": computed(
                "float",
                "Current Rate",
                lambda env, row: row.get("_rate", 1.0),
                digits=0,
                help="The rate of the currency to the currency of rate 1.",
                depends=("rate_ids.rate",),
                aggregator="sum",
            ),
            "rounding": number("Rounding Factor", default=0.01, digits=(12, 6)),
            "decimal_places": integer("Decimal Places", default=2),
            "position": choice(
                "Symbol Position",
                ("after", "After Amount"),
                ("before", "Before Amount"),
                default="after",
            ),
            "active": boolean("Active"),
        },
        order="active desc, name",
        access=SETTINGS,
    ),
    Model(
        "res.country",
        "Country",
        {
            "name": char("Country Name", required=True, translate=True),
            "code": char("Country Code", size=2, required=True),
            "address_format": text(
                "Layout in Reports",
                default="%(street)s\n%(street2)s\n%(city)s %(state_code)s %(zip)s\n%(country_name)s",
            ),
            "address_view_id": many2one("Input View", "ir.ui.view"),
            "currency_id": many2one("Currency", "res.currency"),
            "image_url": computed(
                "char",
                "Flag",
                lambda env, row: f"/base/static/img/country_flags/{row['code'].lower()}.png",
            ),
            "phone_code": integer("Country Calling Code"),
            "country_group_ids": many2many("Country Groups", "res.country.group"),
            "country_group_codes": computed(
                "json", "Country Group Codes", lambda env, row: [""], since=19
            ),
            "state_ids": one2many("States", "res.country.state", "country_id"),
            "name_position": choice(
                "Customer Name Position",
                ("before", "Before Address"),
                ("after", "After Address"),
                default="before",
            ),
            "vat_label": char("Vat Label", translate=True),
            "state_required": boolean("State Required"),
            "zip_required": boolean("Zip Required", default=True),
            "is_mercado_pago_supported_country": computed(
                "boolean", "Is Mercado Pago Supported Country", lambda env, row: False, since=19
            ),
            "is_stripe_supported_country": computed(
                "boolean", "Is Stripe Supported Country", lambda env, row: True, since=19
            ),
        },
        order="name",
        access=SETTINGS,
        search_names=("code",),
    ),
    Model(
        "res.country.group", "Country Group", {"name": char("Name", required=True)}, access=SETTINGS
    ),
    Model(
        "res.country.state",
        "Country state",
        {
            "name": char("State Name", required=True),
            "code": char("State Code", required=True),
            "country_id": many2one("Country", "res.country", required=True),
        },
        order="code",
        access=SETTINGS,
        display=lambda env, row: (
            f"{row['name']} ({env.rows('res.country')[row['country_id']]['code']})"
        ),
    ),
    Model(
        "ir.ui.view",
        "View",
        {
            "name": char("View Name", required=True),
            "model": char("Model"),
            "type": char("View Type"),
            "arch": text("View Architecture"),
        },
        order="name, id",
        access={"base.group_system": "rwcd"},
    ),
    Model(
        "ir.actions.act_window",
        "Action Window",
        {
            "name": char("Action Name", required=True),
            "type": char("Action Type", default="ir.actions.act_window"),
            "res_model": char("Destination Model", required=True),
            "context": char("Context Value", default="{}"),
            "domain": char("Domain Value"),
            "view_id": many2one("View Ref.", "ir.ui.view"),
            "view_mode": char("View Mode", default="list,form"),
            "binding_model_id": many2one("Binding Model", "ir.model"),
        },
        order="name, id",
        access={"base.group_user": "r", "base.group_system": "rwcd"},
    ),
    Model(
        "ir.rule",
        "Record Rule",
        {"name": char("Name"), "active": boolean("Active", default=True)},
        access={"base.group_system": "rwcd"},
    ),
    Model(
        "ir.model",
        "Models",
        {
            "name": char("Model Description", required=True, translate=True),
            "model": char("Model", required=True),
            "info": text("Information"),
            "state": choice(
                "Type", ("manual", "Custom Object"), ("base", "Base Object"), default="base"
            ),
            "transient": boolean("Transient Model"),
            "modules": char("In Apps", readonly=True),
            "field_id": one2many("Fields", "ir.model.fields", "model_id"),
            "abstract": boolean("Abstract Model", since=19),
            "fold_name": char("Fold Field", since=19),
        },
        order="model",
        access={"base.group_user": "r", "base.group_erp_manager": "rwcd"},
        search_names=("model",),
    ),
    Model(
        "ir.model.fields",
        "Fields",
        {
            "name": char("Field Name", required=True),
            "model": char("Model Name", required=True),
            "model_id": many2one("Model", "ir.model", required=True, ondelete="cascade"),
            "field_description": char("Field Label", required=True, translate=True),
            "ttype": char("Field Type", required=True),
            "relation": char("Related Model"),
            "relation_field": char("Relation Field"),
            "required": boolean("Required"),
            "readonly": boolean("Readonly"),
            "store": boolean("Stored"),
            "index": boolean("Indexed"),
            "translate": boolean("Translatable", until=18),
            "help": text("Field Help"),
            "state": choice(
                "Type", ("manual", "Custom Field"), ("base", "Base Field"), default="base"
            ),
            "related": char("Related Field"),
            "depends": char("Dependencies"),
            "copied": boolean("Copied"),
            "modules": char("In Apps"),
            "selection": char("Selection Options"),
        },
        order="name",
        rec_name="field_description",
        access={"base.group_user": "r", "base.group_system": "rwcd"},
    ),
    Model(
        "ir.model.data",
        "Model Data",
        {
            "module": char("Module", required=True),
            "name": char("External Identifier", required=True),
            "model": char("Model Name", required=True),
            "res_id": integer("Record ID"),
            "noupdate": boolean("Non Updatable"),
        },
        order="module, model, name",
        access={"base.group_user": "r", "base.group_system": "rwcd"},
        display=lambda env, row: f"{row['module']}.{row['name']}",
    ),
    Model(
        "ir.module.module",
        "Module",
        {
            "name": char("Technical Name", required=True),
            "shortdesc": char("Module Name"),
            "summary": char("Summary"),
            "state": choice(
                "Status",
                ("uninstalled", "Not Installed"),
                ("installed", "Installed"),
                default="installed",
            ),
            "latest_version": char("Installed Version"),
            "application": boolean("Application"),
            "author": char("Author", default="Odoo S.A."),
        },
        order="application desc, name",
        access={"base.group_system": "rwcd"},
    ),
    Model(
        "ir.config_parameter",
        "System Parameter",
        {
            "key": char("Key", required=True),
            "value": text("Value", required=True),
        },
        order="key",
        rec_name="key",
        access={"base.group_system": "rwcd"},
    ),
    Model(
        "ir.attachment",
        "Attachment",
        {
            "name": char("Name", required=True),
            "description": text("Description"),
            "res_name": char("Resource Name", readonly=True),
            "res_model": char("Resource Model"),
            "res_field": char("Resource Field"),
            "res_id": integer("Resource ID", aggregator=""),
            "company_id": many2one("Company", "res.company"),
            "type": choice(
                "Type", ("url", "URL"), ("binary", "File"), default="binary", required=True
            ),
            "url": char("Url", size=1024),
            "public": boolean("Is public document"),
            "access_token": char("Access Token", groups="base.group_user"),
            "raw": computed("binary", "File Content (raw)", _raw, readonly=False),
            "datas": binary("File Content (base64)"),
            "store_fname": char("Stored Filename"),
            "file_size": integer("File Size", readonly=True),
            "checksum": char("Checksum/SHA1", readonly=True),
            "mimetype": char("Mime Type", readonly=True),
        },
        order="id desc",
        access={"base.group_user": "rwcd", "base.group_portal": "r"},
        prepare=_attachment_prepare,
        changed=_attachment_changed,
    ),
)


def _members(env: Environment, row: Row) -> list[int]:
    name = "group_ids" if env.version >= 19 else "groups_id"
    users = env.rows("res.users").values()
    return [user["id"] for user in users if row["id"] in user.get(name, ()) and user.get("active")]


METHODS: tuple[Method, ...] = (
    on_model("res.users", context_get),
    on_model("res.users", has_group, until=17),
    on_records("res.users", has_group_of, "has_group", since=18),
    on_model("res.users", change_password),
    on_model("res.users.apikeys", generate_key, "generate", since=19),
    on_model("res.users.apikeys", revoke_key, "revoke", since=19),
    on_model("ir.config_parameter", get_param),
    on_model("ir.config_parameter", set_param),
    on_records("ir.rule", clear_caches),
)
