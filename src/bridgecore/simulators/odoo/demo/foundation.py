"""What every database has from its creation: settings, groups, the company, the first users."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from bridgecore.simulators.odoo.apps.places import ADDRESS_FORMAT
from bridgecore.simulators.odoo.apps.technical import REPORTS
from bridgecore.simulators.odoo.orm import access, description, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import Row
from bridgecore.simulators.odoo.orm.periods import parse

from .countries import CURRENCIES, PHONE_CODES, countries


@dataclass(frozen=True, slots=True)
class UserSpec:
    """A user to create.

    `rights` is `admin`, `internal`, `sales`, `stock`, `accounting` or `portal`.
    """

    login: str
    password: str
    name: str = ""
    rights: str = "internal"
    email: str = ""
    api_key: str = ""


DEFAULT_USERS = (
    UserSpec("admin", "admin", "Mitchell Admin", "admin"),
    UserSpec("demo", "demo", "Marc Demo", "internal"),
    UserSpec("portal", "portal", "Joel Willis", "portal"),
)

# External id, name, category up to 18, label from 19 on, implied groups.
_GROUPS = (
    ("base.group_public", "Public", "User types", "Role / Public", ""),
    ("base.group_portal", "Portal", "User types", "Role / Portal", ""),
    ("base.group_user", "Internal User", "User types", "Role / User", ""),
    ("base.group_no_one", "Technical Features", "Extra Rights", "Technical Features", ""),
    ("base.group_multi_company", "Multi Companies", "Extra Rights", "Multi Companies", ""),
    ("base.group_allow_export", "Access to export feature", "Technical", "Allowed export", ""),
    ("base.group_partner_manager", "Contact Creation", "Extra Rights", "Contact / Creation", ""),
    (
        "base.group_erp_manager",
        "Access Rights",
        "Administration",
        "Access Rights",
        "base.group_user",
    ),
    (
        "base.group_system",
        "Settings",
        "Administration",
        "Role / Administrator",
        "base.group_erp_manager",
    ),
    (
        "sales_team.group_sale_salesman",
        "User: Own Documents Only",
        "Sales",
        "Sales/User: Own Documents Only",
        "base.group_user",
    ),
    (
        "sales_team.group_sale_salesman_all_leads",
        "User: All Documents",
        "Sales",
        "Sales/User: All Documents",
        "sales_team.group_sale_salesman",
    ),
    (
        "sales_team.group_sale_manager",
        "Administrator",
        "Sales",
        "Sales/Administrator",
        "sales_team.group_sale_salesman_all_leads",
    ),
    (
        "account.group_account_readonly",
        "Read-only",
        "Accounting",
        "Accounting/Read-only",
        "base.group_user",
    ),
    (
        "account.group_account_invoice",
        "Billing",
        "Invoicing",
        "Accounting/Invoicing",
        "base.group_user",
    ),
    (
        "account.group_account_manager",
        "Billing Administrator",
        "Invoicing",
        "Accounting/Administrator",
        "account.group_account_invoice",
    ),
    (
        "hr.group_hr_user",
        "Officer: Manage all employees",
        "Employees",
        "Employees/Officer: Manage all employees",
        "base.group_user",
    ),
    (
        "hr.group_hr_manager",
        "Administrator",
        "Employees",
        "Employees/Administrator",
        "hr.group_hr_user",
    ),
    ("stock.group_stock_user", "User", "Inventory", "Inventory/User", "base.group_user"),
    (
        "stock.group_stock_manager",
        "Administrator",
        "Inventory",
        "Inventory/Administrator",
        "stock.group_stock_user",
    ),
)

_RIGHTS = {
    "admin": "base.group_system base.group_partner_manager base.group_allow_export "
    "base.group_multi_company sales_team.group_sale_manager account.group_account_manager "
    "hr.group_hr_manager stock.group_stock_manager",
    "internal": "base.group_user base.group_partner_manager base.group_allow_export "
    "sales_team.group_sale_salesman_all_leads account.group_account_invoice "
    "stock.group_stock_user",
    "sales": "base.group_user base.group_partner_manager sales_team.group_sale_salesman",
    "stock": "base.group_user stock.group_stock_user",
    "accounting": "base.group_user account.group_account_invoice",
    "portal": "base.group_portal",
    "public": "base.group_public",
}

_LANGUAGES = (
    ("English (US)", "en_US", "en", True, "ltr", "%m/%d/%Y"),
    ("Russian / русский язык", "ru_RU", "ru", True, "ltr", "%d.%m.%Y"),
    ("Arabic / الْعَرَبيّة", "ar_001", "ar", True, "rtl", "%d/%m/%Y"),
    ("Spanish / Español", "es_ES", "es", True, "ltr", "%d/%m/%Y"),
)

MODULES = [
    "base",
    "web",
    "mail",
    "contacts",
    "crm",
    "sale",
    "sale_management",
    "sale_crm",
    "sale_stock",
    "account",
    "stock",
    "stock_account",
    "product",
    "uom",
    "hr",
    "calendar",
    "sales_team",
    "portal",
    "auth_signup",
    "bus",
    "base_setup",
    "base_import",
    "digest",
    "iap",
    "phone_validation",
    "resource",
]


class Seeder:
    """Creates records without access checks, with external ids and chosen dates."""

    def __init__(self, env: Environment):
        self.env = env

    def add(self, model: str, /, xmlid: str = "", at: str = "", **vals: Any) -> int:
        """One record; `at` is the time of its transaction, `YYYY-MM-DD HH:MM:SS` UTC."""
        env = self.env
        if at:
            env.now = parse(at).replace(tzinfo=env.now.tzinfo)
        known = env.model(model).fields
        values: Row = {name: value for name, value in vals.items() if name in known}
        key = records.create(env, env.model(model), [values])[0]
        if xmlid:
            module, _, name = xmlid.partition(".")
            env.database.register(env, module, name, model, key)
        return key

    def raw(self, model: str, /, **vals: Any) -> int:
        """One row as it is, without hooks: for the many descriptive rows."""
        key = self.env.store.next_id(model)
        stamps = {"create_uid": 1, "create_date": self.env.stamp}
        stamps |= {"write_uid": 1, "write_date": self.env.stamp}
        vals = {name: value for name, value in vals.items() if value not in (None, False, "")}
        self.env.store.put(model, key, {"id": key, **vals, **stamps})
        return key


def lay(env: Environment, company: str, users: tuple[UserSpec, ...], facts: Row) -> None:
    """Everything a new database needs; `facts` are the company's partner values."""
    seed = Seeder(env)
    for name, code, iso, active, direction, form in _LANGUAGES:
        seed.raw(
            "res.lang",
            name=name,
            code=code,
            iso_code=iso,
            active=active,
            direction=direction,
            date_format=form,
        )
    currency_of = _currencies(seed)
    country_ids = {}
    for code, name in countries():
        country_ids[code] = seed.raw(
            "res.country",
            name=name,
            code=code,
            currency_id=currency_of.get(code),
            phone_code=PHONE_CODES.get(code),
            address_format=ADDRESS_FORMAT,
            name_position="before",
            zip_required=True,
            state_required=code == "US",
        )
        env.database.register(env, "base", code.lower(), "res.country", country_ids[code])
    states = (("California", "CA"), ("New York", "NY"), ("Texas", "TX"), ("Washington", "WA"))
    for name, code in states:
        seed.raw("res.country.state", name=name, code=code, country_id=country_ids["US"])
    _groups(seed)
    _describe_models(seed)
    for key, value in (
        ("database.create_date", env.moment),
        ("database.uuid", f"00000000-0000-4000-8000-{zlib.crc32(company.encode()):012d}"),
        ("web.base.url", "http://127.0.0.1:8069"),
    ):
        seed.raw("ir.config_parameter", key=key, value=value)
    for report, title, model in REPORTS:
        seed.raw(
            "ir.actions.report",
            name=title,
            model=model,
            report_name=report,
            report_type="qweb-pdf",
        )
    code = str(facts.pop("country", "US"))
    _people(seed, company, users, {**facts, "country_id": country_ids[code]})


def _currencies(seed: Seeder) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, full, symbol, position, rate, places in CURRENCIES:
        key = seed.raw(
            "res.currency", name=name, full_name=full, symbol=symbol, position=position,
            active=True, rounding=0.01, decimal_places=2, _rate=rate,
        )  # fmt: skip
        seed.env.database.register(seed.env, "base", name, "res.currency", key)
        found |= dict.fromkeys(places.split(), key)
    return found


def _groups(seed: Seeder) -> None:
    env = seed.env
    for xmlid, name, category, label, implied in _GROUPS:
        full = label if env.version >= 19 else f"{category}/{name}"
        ids = [env.reference(one) for one in implied.split()]
        seed.add("res.groups", xmlid, name=name, full_name=full, implied_ids=[(6, 0, ids)],
                 share=xmlid in ("base.group_portal", "base.group_public"))  # fmt: skip


def _describe_models(seed: Seeder) -> None:
    env = seed.env
    for model in env.registry.models.values():
        seed.raw(
            "ir.model", name=model.label, model=model.name, state="base", modules=model.modules
        )
    for model in env.registry.models.values():
        for item in model.fields.values():
            facts = description.describe(env, item)
            seed.raw(
                "ir.model.fields",
                name=item.name, model=model.name, model_id=model.id, ttype=item.type,
                field_description=item.string, relation=item.relation, state="base",
                relation_field=item.inverse, required=item.required, readonly=item.readonly,
                store=facts["store"], copied=item.copied, modules=model.modules, help=item.help,
                related=item.related,
                selection=str(list(item.selection)) if item.selection else None,
            )  # fmt: skip
    for name in MODULES:
        seed.raw(
            "ir.module.module",
            name=name,
            shortdesc=name.replace("_", " ").title(),
            state="installed",
            latest_version=f"{env.version}.0.1.0",
            application=name in ("crm", "sale_management", "account", "stock", "hr"),
        )
    seed.raw(
        "ir.actions.act_window",
        name="Load demo data",
        type="ir.actions.act_window",
        res_model="ir.demo",
        context="{}",
        view_mode="form",
    )


def _people(seed: Seeder, company: str, users: tuple[UserSpec, ...], facts: Row) -> None:
    env = seed.env
    partner = seed.add("res.partner", "base.main_partner", name=company, is_company=True, **facts)
    seed.add("res.company", "base.main_company", partner_id=partner, sequence=0)
    seed.add("res.partner.bank", acc_number="US86 0000 1111 2222", partner_id=partner)
    seed.add(
        "ir.attachment", name="placeholder.png", type="url", public=True, mimetype="image/png",
        url="/web/static/img/placeholder.png",
    )  # fmt: skip

    shown = list(users)
    first = shown.pop(0) if shown and shown[0].rights == "admin" else None
    _user(seed, UserSpec("__system__", "", "OdooBot", "admin"), "base.user_root", active=False)
    _user(seed, first or DEFAULT_USERS[0], "base.user_admin")
    _user(seed, UserSpec("public", "", "Public user", "public"), "base.public_user", active=False)
    _user(
        seed,
        UserSpec("portaltemplate", "", "Portal User Template", "portal"),
        "base.template_portal_user_id",
        active=False,
    )
    if env.version < 19:
        _user(
            seed,
            UserSpec("default", "", "Default User Template", "internal"),
            "base.default_user",
            active=False,
        )
    for spec in shown:
        _user(seed, spec, f"base.user_{spec.login.split('@')[0]}")


def _user(seed: Seeder, spec: UserSpec, xmlid: str, *, active: bool = True) -> int:
    env = seed.env
    groups = [env.reference(xmlid) for xmlid in _RIGHTS[spec.rights].split()]
    if spec.login == "demo" and env.version < 19:
        groups.append(env.reference("hr.group_hr_user"))
    name = spec.name or spec.login.split("@")[0].replace(".", " ").title()
    host = "yourcompany.example.com"
    email = spec.email or (spec.login if "@" in spec.login else f"{spec.login}@{host}")
    internal = spec.rights not in ("portal", "public") and active
    office = env.rows("res.partner")[env.rows("res.company")[1]["partner_id"]]
    place: dict[str, Any] = (
        {n: office.get(n) for n in ("street", "city", "zip", "country_id")} if internal else {}
    )
    partner = seed.add(
        "res.partner",
        **place,
        name=name,
        email=email,
        active=active,
        tz="Europe/Brussels",
        parent_id=env.rows("res.company")[1]["partner_id"] if internal else False,
        company_id=1 if internal else False,
    )
    links: dict[str, Any] = {access.groups_field(env.version): [(6, 0, groups)]}
    key = seed.add(
        "res.users",
        xmlid,
        login=spec.login,
        partner_id=partner,
        active=active,
        company_id=1,
        company_ids=[(6, 0, [1])],
        **links,
    )
    if spec.password:
        row = env.rows("res.users")[key]
        env.store.put(
            "res.users", key, {**row, "_password": env.database.hash_password(spec.password)}
        )
    if spec.api_key:
        env.database.add_key(env, key, "Given at start", "rpc", spec.api_key)
    return key
