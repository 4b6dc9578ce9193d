"""CRM: leads and opportunities on their way through the stages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bridgecore.simulators.odoo.orm import access, periods, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Field,
    Row,
    boolean,
    char,
    choice,
    computed,
    date,
    html,
    integer,
    many2many,
    many2one,
    moment,
    monetary,
    number,
    one2many,
    related,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records

from .documents import ACTIVITIES, CHATTER

OWN = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
SETUP = {"base.group_user": "r", MANAGER: "rwcd"}


def _prepare(env: Environment, vals: Row) -> None:
    kind = vals.get("type") or "opportunity"
    if not vals.get("stage_id") and kind == "opportunity":
        stages = env.search(env.model("crm.stage"), [], limit=1)
        vals["stage_id"] = stages[0] if stages else False
    if not vals.get("team_id"):
        teams = env.search(env.model("crm.team"), [], limit=1)
        vals["team_id"] = teams[0] if teams else False
    partner = env.rows("res.partner").get(vals.get("partner_id") or 0)
    if partner:
        entity = env.rows("res.partner").get(partner.get("commercial_partner_id", 0), partner)
        vals.setdefault("email_from", partner.get("email", False))
        vals.setdefault("phone", partner.get("phone", False))
        vals.setdefault("partner_name", entity.get("name", False))
        if not partner.get("is_company"):
            vals.setdefault("contact_name", partner.get("name", False))
        for name in ("street", "city", "zip", "country_id"):
            vals.setdefault(name, partner.get(name, False))
    vals.setdefault("date_last_stage_update", env.moment)
    if vals.get("user_id"):
        vals.setdefault("date_open", env.moment)


def _changed(env: Environment, ids: list[int], names: set[str]) -> None:
    model = env.model("crm.lead")
    rows, stages = env.rows("crm.lead"), env.rows("crm.stage")
    for key in ids:
        row = rows[key]
        facts: Row = {}
        stage = stages.get(row.get("stage_id", 0), {})
        is_new = "id" in names
        if "stage_id" in names and not is_new:
            facts["date_last_stage_update"] = env.moment
        if "stage_id" in names and "probability" not in names:
            facts["probability"] = 100.0 if stage.get("is_won") else stage.get("_probability", 0.0)
        if "user_id" in names and row.get("user_id") and not row.get("date_open"):
            facts["date_open"] = env.moment
        probability = float(facts.get("probability") or 0.0)
        if "probability" not in facts:
            probability = float(row.get("probability", 0.0))
        closed = probability >= 100 or (not row.get("active") and probability <= 0)
        if closed and not row.get("date_closed"):
            facts["date_closed"] = env.moment
        elif not closed and row.get("date_closed") and not is_new:
            facts["date_closed"] = None
        facts["automated_probability"] = probability
        facts["prorated_revenue"] = round(row.get("expected_revenue", 0.0) * probability / 100, 2)
        created = periods.parse(row["create_date"])
        facts["day_open"] = _days(created, row.get("date_open") or facts.get("date_open"))
        facts["day_close"] = _days(created, facts.get("date_closed", row.get("date_closed")))
        if env.version >= 19:
            won = bool(stage.get("is_won")) and probability >= 100
            lost = not row.get("active") and probability <= 0
            facts["won_status"] = "won" if won else "lost" if lost else "pending"
        records.stamp(env, model, key, **facts)


def _days(start: datetime, end: str | None) -> float:
    if not end:
        return 0.0
    return round(abs((periods.parse(end) - start).total_seconds()) / 86400, 2)


def action_set_won(env: Environment, model: Model, ids: list[int]) -> bool:
    """To the won stage of the team, probability 100."""
    access.check_records(env, model, ids, "write")
    won = [s["id"] for s in env.rows("crm.stage").values() if s.get("is_won")]
    vals: Row = {"stage_id": won[0] if won else False, "probability": 100}
    records.write(env, model, ids, {"active": True, **vals})
    return True


def action_set_won_rainbowman(env: Environment, model: Model, ids: list[int]) -> Any:
    """`action_set_won` with the celebration the web client shows."""
    action_set_won(env, model, ids)
    return {
        "effect": {
            "fadeout": "slow",
            "message": "Boom! Team record for the past 30 days.",
            "img_url": "/web/static/img/smile.svg",
            "type": "rainbow_man",
        }
    }


def action_set_lost(env: Environment, model: Model, ids: list[int], **values: Any) -> bool | None:
    """Archive with probability 0; `lost_reason_id` and other values are written along."""
    records.write(env, model, ids, {"active": False, "probability": 0, **values})
    return True


def action_archive(env: Environment, model: Model, ids: list[int]) -> None:
    """Archiving an opportunity means it is lost."""
    records.write(env, model, ids, {"active": False, "probability": 0})


def toggle_active(env: Environment, model: Model, ids: list[int]) -> None:
    """Lose what is open, reopen what is lost."""
    rows = env.rows(model.name)
    for key in ids:
        if rows[key].get("active"):
            action_archive(env, model, [key])
        else:
            action_unarchive(env, model, [key])


def action_unarchive(env: Environment, model: Model, ids: list[int]) -> None:
    """Reopen: the lost reason goes, the stage's probability comes back."""
    reason = "lost_reason_id" if "lost_reason_id" in model.fields else "lost_reason"
    rows, stages = env.rows(model.name), env.rows("crm.stage")
    for key in ids:
        chance = stages.get(rows[key].get("stage_id", 0), {}).get("_probability", 0.0)
        vals: Row = {"active": True, reason: False, "probability": chance}
        records.write(env, model, [key], vals)


def convert_opportunity(
    env: Environment,
    model: Model,
    ids: list[int],
    partner: Any = False,
    user_ids: Any = False,
    team_id: Any = False,
) -> bool:
    """A lead becomes an opportunity in the first stage."""
    stages = env.search(env.model("crm.stage"), [], limit=1)
    vals: Row = {"type": "opportunity", "date_conversion": env.moment}
    vals["stage_id"] = stages[0] if stages else False
    if partner:
        vals["partner_id"] = partner
    if team_id:
        vals["team_id"] = team_id
    records.write(env, model, ids, vals)
    return True


_LEAD: dict[str, Field] = {
    "name": char("Opportunity", required=True),
    "active": boolean("Active", default=True),
    "type": choice(
        "Type",
        ("lead", "Lead"),
        ("opportunity", "Opportunity"),
        required=True,
        default="opportunity",
    ),
    "stage_id": many2one("Stage", "crm.stage", ondelete="restrict"),
    "team_id": many2one("Sales Team", "crm.team"),
    "user_id": many2one("Salesperson", "res.users", default_of=lambda env: env.uid),
    "company_id": many2one("Company", "res.company"),
    "partner_id": many2one("Customer", "res.partner", string_by_version={19: "Contact"}),
    "partner_name": char("Company Name"),
    "contact_name": char("Contact Name"),
    "email_from": char("Email"),
    "phone": char("Phone"),
    "mobile": char("Mobile", until=18),
    "website": char("Website"),
    "function": char("Job Position"),
    "street": char("Street"),
    "street2": char("Street2"),
    "zip": char("Zip"),
    "city": char("City"),
    "state_id": many2one("State", "res.country.state"),
    "country_id": many2one("Country", "res.country"),
    "description": html("Notes"),
    "referred": char("Referred By"),
    "expected_revenue": monetary("Expected Revenue", "company_currency"),
    "prorated_revenue": monetary("Prorated Revenue", "company_currency", readonly=True),
    "recurring_revenue": monetary("Recurring Revenues", "company_currency"),
    "recurring_revenue_monthly": monetary("Expected MRR", "company_currency", readonly=True),
    "company_currency": computed(
        "many2one", "Currency", lambda env, row: _currency(env), relation="res.currency"
    ),
    "probability": number("Probability", aggregator="avg", copied=False),
    "automated_probability": number("Automated Probability", readonly=True, aggregator=""),
    "priority": choice(
        "Priority",
        ("0", "Low"),
        ("1", "Medium"),
        ("2", "High"),
        ("3", "Very High"),
        default="0",
    ),
    "tag_ids": many2many(
        "Tags",
        "crm.tag",
        help="Classify and analyze your lead/opportunity categories like: Training, Service",
    ),
    "color": integer("Color Index"),
    "date_open": moment("Assignment Date", readonly=True, copied=False),
    "date_closed": moment("Closed Date", readonly=True, copied=False),
    "date_deadline": date(
        "Expected Closing", help="Estimate of the date on which the opportunity will be won."
    ),
    "date_conversion": moment("Conversion Date", readonly=True, copied=False),
    "date_last_stage_update": moment("Last Stage Update", readonly=True, copied=False),
    "day_open": number("Days to Assign", readonly=True, copied=False, aggregator="avg"),
    "day_close": number("Days to Close", readonly=True, copied=False, aggregator="avg"),
    "lost_reason": many2one("Lost Reason", "crm.lost.reason", until=15),
    "lost_reason_id": many2one("Lost Reason", "crm.lost.reason", since=16, ondelete="restrict"),
    "won_status": choice(
        "Is Won",
        ("won", "Won"),
        ("lost", "Lost"),
        ("pending", "Pending"),
        readonly=True,
        since=19,
        copied=False,
    ),
    "order_ids": one2many("Orders", "sale.order", "opportunity_id"),
    "sale_order_count": computed(
        "integer",
        "Number of Sale Orders",
        lambda env, row: len(env.store.tables["sale.order"].linked("opportunity_id", row["id"])),
    ),
    **ACTIVITIES,
    **CHATTER,
}


def _currency(env: Environment) -> int:
    return int(env.rows("res.company").get(env.company_id, {}).get("currency_id", 1))


MODELS: tuple[Model, ...] = (
    Model(
        "crm.team",
        "Sales Team",
        {
            "name": char("Sales Team", required=True, translate=True),
            "sequence": integer("Sequence", default=10),
            "active": boolean("Active", default=True),
            "company_id": many2one("Company", "res.company"),
            "user_id": many2one("Team Leader", "res.users"),
            "member_ids": many2many("Salespersons", "res.users"),
            "currency_id": related(
                "many2one", "Currency", "company_id.currency_id", relation="res.currency"
            ),
            "color": integer("Color Index"),
        },
        order="sequence ASC, create_date DESC, id DESC",
        access=SETUP,
        modules="sales_team",
    ),
    Model(
        "crm.stage",
        "CRM Stages",
        {
            "name": char("Stage Name", required=True, translate=True),
            "sequence": integer("Sequence", default=1),
            "is_won": boolean("Is Won Stage?"),
            "fold": boolean("Folded in Pipeline"),
            "requirements": text("Requirements"),
            "team_id": many2one("Sales Team", "crm.team", until=18),
            "team_ids": many2many("Sales Teams", "crm.team", since=19),
            "rotting_threshold_days": integer("Days to rot", since=19),
            "color": integer("Color", since=19),
        },
        order="sequence, name, id",
        access=SETUP,
        modules="crm",
    ),
    Model(
        "crm.tag",
        "CRM Tag",
        {"name": char("Tag Name", required=True, translate=True), "color": integer("Color")},
        access={"base.group_user": "r", OWN: "rwc", MANAGER: "rwcd"},
        modules="sales_team",
    ),
    Model(
        "crm.lost.reason",
        "Opp. Lost Reason",
        {
            "name": char("Description", required=True, translate=True),
            "active": boolean("Active", default=True),
        },
        access={"base.group_user": "r", OWN: "r", MANAGER: "rwcd"},
        modules="crm",
    ),
    Model(
        "crm.lead",
        "Lead/Opportunity",
        _LEAD,
        order="priority desc, id desc",
        labels={19: "Lead"},
        access={OWN: "rwc", MANAGER: "rwcd"},
        search_names=("email_from", "partner_name"),
        prepare=_prepare,
        changed=_changed,
        modules="crm, crm_iap_enrich, sale_crm",
    ),
)

METHODS: tuple[Method, ...] = (
    on_records("crm.lead", action_set_won),
    on_records("crm.lead", action_set_won_rainbowman),
    on_records("crm.lead", action_set_lost),
    on_records("crm.lead", action_archive),
    on_records("crm.lead", action_unarchive),
    on_records("crm.lead", toggle_active),
    on_records("crm.lead", convert_opportunity),
)
