"""What documents share: the chatter below them and the activities planned on them."""

from __future__ import annotations

from bridgecore.simulators.odoo.orm import periods
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import Field, Row, computed, one2many


def open_activities(env: Environment, model: str, row: Row) -> list[Row]:
    """The planned activities of a record, earliest first."""
    table = env.store.tables["mail.activity"]
    found = [table.rows[i] for i in table.linked("res_id", row["id"])]
    mine = [a for a in found if a.get("res_model") == model and a.get("active", True)]
    return sorted(mine, key=lambda a: (a["date_deadline"], a["id"]))


def state_of(env: Environment, deadline: str) -> str:
    """overdue, today or planned."""
    today = periods.day(env)
    return "overdue" if deadline < today else "today" if deadline == today else "planned"


def _first(env: Environment, row: Row) -> Row:
    table = env.store.tables["mail.activity"]
    found = [table.rows[i] for i in table.linked("res_id", row["id"])]
    same = [a for a in found if _is_of(env, a, row) and a.get("active", True)]
    return min(same, key=lambda a: (a["date_deadline"], a["id"])) if same else {}


def _is_of(env: Environment, activity: Row, row: Row) -> bool:
    model = str(activity.get("res_model", ""))
    return env.rows(model).get(row["id"]) is row if model else False


def _state(env: Environment, row: Row) -> str | bool:
    first = _first(env, row)
    return state_of(env, first["date_deadline"]) if first else False


ACTIVITIES: dict[str, Field] = {
    "activity_ids": one2many("Activities", "mail.activity", "res_id", scope="res_model"),
    "activity_state": computed(
        "selection",
        "Activity State",
        _state,
        selection=(("overdue", "Overdue"), ("today", "Today"), ("planned", "Planned")),
        searchable=True,
    ),
    "activity_user_id": computed(
        "many2one",
        "Responsible User",
        lambda env, row: _first(env, row).get("user_id", False),
        relation="res.users",
        searchable=True,
    ),
    "activity_type_id": computed(
        "many2one",
        "Next Activity Type",
        lambda env, row: _first(env, row).get("activity_type_id", False),
        relation="mail.activity.type",
        searchable=True,
    ),
    "activity_date_deadline": computed(
        "date",
        "Next Activity Deadline",
        lambda env, row: _first(env, row).get("date_deadline", False),
        searchable=True,
    ),
    "activity_summary": computed(
        "char",
        "Next Activity Summary",
        lambda env, row: _first(env, row).get("summary", False),
        searchable=True,
    ),
}

CHATTER: dict[str, Field] = {
    "message_ids": one2many("Messages", "mail.message", "res_id", scope="model"),
}
