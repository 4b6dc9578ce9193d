"""Mail: messages below documents, activities planned on them."""

from __future__ import annotations

import html as markup
import re
from typing import Any

from bridgecore.simulators.odoo.errors import UserError, ValidationError
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
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_records

from .documents import state_of

INTERNAL = {"base.group_user": "rwcd"}
LISTED = {"base.group_user": "r", "base.group_system": "rwcd"}
DEFAULT_TYPE = "mail.mail_activity_data_todo"


def reference(string: str) -> Field:
    """The id of a record whose model a sibling field names."""
    return Field("many2one_reference", string)


def _plain(body: str) -> str:
    return re.sub(r"<[^>]+>", " ", body).strip()


def _res_name(env: Environment, row: Row) -> str | bool:
    name, key = row.get("res_model") or row.get("model"), row.get("res_id", 0)
    if not name or name not in env.registry.models:
        return False
    return env.label_of(str(name), key) or False


def _state(env: Environment, row: Row) -> str:
    if not row.get("active", True) and env.version >= 17:
        return "done"
    return state_of(env, row["date_deadline"])


def _activity_prepare(env: Environment, vals: Row) -> None:
    models = env.rows("ir.model")
    if vals.get("res_model_id"):
        vals["res_model"] = models.get(vals["res_model_id"], {}).get("model")
    elif vals.get("res_model"):
        found = [m["id"] for m in models.values() if m["model"] == vals["res_model"]]
        vals["res_model_id"] = found[0] if found else False
    elif env.version < 19:
        raise ValidationError("Activities have to be linked to records with a not null res_id.")
    if vals.get("res_model_id") and not vals.get("res_id"):
        raise ValidationError("Activities have to be linked to records with a not null res_id.")
    vals.setdefault("date_deadline", periods.day(env))
    vals.setdefault("user_id", env.uid)


def _close(env: Environment, ids: list[int], feedback: str | bool) -> list[int]:
    """Post the feedback, then archive or delete as the version does; the message ids."""
    model = env.model("mail.activity")
    kinds = env.rows("mail.activity.type")
    posted = []
    for key in ids:
        row = env.rows("mail.activity").get(key)
        if row is None or not row.get("active", True):
            continue
        kind = kinds.get(row.get("activity_type_id", 0), {})
        if row.get("res_model") in env.registry.models and row.get("res_id"):
            label = f"<p>{kind.get('name', 'Activity')} done"
            label += f": {markup.escape(str(row['summary']))}" if row.get("summary") else ""
            body = label + "</p>" + (f"<p>{markup.escape(str(feedback))}</p>" if feedback else "")
            target = env.model(row["res_model"])
            posted.append(post(env, target, row["res_id"], body, message_type="notification"))
        if env.version >= 19 or (env.version >= 17 and kind.get("keep_done")):
            facts: Row = {"active": False, "date_done": periods.day(env)}
            if env.version >= 19:
                facts["feedback"] = feedback
            records.write(env.sudo(), model, [key], facts)
        else:
            records.unlink(env.sudo(), model, [key])
    return posted


def action_feedback(
    env: Environment,
    model: Model,
    ids: list[int],
    feedback: str | bool = False,
    attachment_ids: list[int] | None = None,
) -> int | bool:
    """Mark activities done with a word about it; the id of the last message."""
    posted = _close(env, ids, feedback)
    return posted[-1] if posted else False


def action_done(env: Environment, model: Model, ids: list[int]) -> int | bool:
    """Mark activities done."""
    return action_feedback(env, model, ids)


def post(env: Environment, model: Model, key: int, body: str, **values: Any) -> int:
    """Store a message below a record; its id."""
    author = env.user.get("partner_id", False)
    vals: Row = {
        "model": model.name,
        "res_id": key,
        "body": body,
        "author_id": author,
        "date": env.moment,
        "message_type": "notification",
        **values,
    }
    return records.create(env.sudo(), env.model("mail.message"), [vals])[0]


def message_post(
    env: Environment,
    model: Model,
    ids: list[int],
    *,
    body: str = "",
    subject: str | bool = False,
    message_type: str = "notification",
    email_from: str | None = None,
    author_id: int | None = None,
    parent_id: int | bool = False,
    subtype_xmlid: str | None = None,
    subtype_id: int | bool = False,
    partner_ids: list[int] | None = None,
    attachment_ids: list[int] | None = None,
    body_is_html: bool = False,
) -> int | list[int]:
    """Post a message; a plain body is escaped from 16 on. An id, from 19 on a list."""
    access.check_records(env, model, ids, "read")
    if env.version >= 16 and not body_is_html:
        body = markup.escape(body, quote=False)
    if body and not body.startswith("<"):
        body = f"<p>{body}</p>"
    subtype = subtype_id if subtype_id else env.reference(subtype_xmlid or "mail.mt_note")
    vals: Row = {
        "subject": subject,
        "message_type": message_type,
        "subtype_id": subtype or False,
        "parent_id": parent_id,
        "partner_ids": [(6, 0, partner_ids or [])],
        "attachment_ids": [(6, 0, attachment_ids or [])],
    }
    if author_id:
        vals["author_id"] = author_id
    if email_from:
        vals["email_from"] = email_from
    made = [post(env, model, key, body, **vals) for key in ids]
    return made if env.version >= 19 else made[0]


def message_subscribe(
    env: Environment,
    model: Model,
    ids: list[int],
    partner_ids: list[int] | None = None,
    subtype_ids: list[int] | None = None,
) -> bool:
    """Followers are not kept: true, as for people who follow already."""
    return True


def message_unsubscribe(
    env: Environment, model: Model, ids: list[int], partner_ids: list[int] | None = None
) -> bool:
    """Followers are not kept: true."""
    return True


def activity_schedule(
    env: Environment,
    model: Model,
    ids: list[int],
    act_type_xmlid: str = "",
    date_deadline: str | None = None,
    summary: str = "",
    note: str = "",
    **values: Any,
) -> str | list[int]:
    """Plan an activity on each record. Up to 17 the recordset leaks as text, then as ids."""
    kind = env.reference(act_type_xmlid or DEFAULT_TYPE)
    if not kind:
        raise UserError(f"External ID not found in the system: {act_type_xmlid}")
    plan: Row = {
        "res_model": model.name,
        "activity_type_id": kind,
        "date_deadline": date_deadline or periods.day(env),
        "summary": summary or env.rows("mail.activity.type")[kind].get("summary", False),
        "note": note,
        **values,
    }
    activities = env.model("mail.activity")
    made = records.create(env, activities, [{**plan, "res_id": key} for key in ids])
    if env.version >= 18:
        return made
    listed = ", ".join(map(str, made)) + ("," if len(made) == 1 else "")
    return f"mail.activity({listed})"


def activity_feedback(
    env: Environment,
    model: Model,
    ids: list[int],
    act_type_xmlids: list[str],
    user_id: int | None = None,
    feedback: str | None = None,
    attachment_ids: list[int] | None = None,
) -> bool:
    """Mark the activities of the given types on records done."""
    kinds = {env.reference(xmlid) for xmlid in act_type_xmlids}
    found = [
        row["id"]
        for row in env.rows("mail.activity").values()
        if row.get("res_model") == model.name
        and row.get("res_id") in ids
        and row.get("activity_type_id") in kinds
        and user_id in (None, row.get("user_id"))
    ]
    _close(env, found, feedback or False)
    return True


MODELS: tuple[Model, ...] = (
    Model(
        "mail.activity.type",
        "Activity Type",
        {
            "name": char("Name", required=True, translate=True),
            "summary": char("Default Summary"),
            "sequence": integer("Sequence", default=10),
            "active": boolean("Active", default=True),
            "delay_count": integer("Schedule"),
            "delay_unit": choice(
                "Delay units",
                ("days", "days"),
                ("weeks", "weeks"),
                ("months", "months"),
                default="days",
                required=True,
            ),
            "res_model": char("Model"),
            "icon": char("Icon"),
            "category": choice(
                "Action",
                ("default", "None"),
                ("upload_file", "Upload Document"),
                ("phonecall", "Phonecall"),
                ("meeting", "Meeting"),
                default="default",
            ),
            "default_user_id": many2one("Default User", "res.users"),
            "keep_done": boolean("Keep Done", since=17),
        },
        order="sequence, id",
        access=LISTED,
        modules="mail",
    ),
    Model(
        "mail.activity",
        "Activity",
        {
            "res_model_id": many2one("Document Model", "ir.model", ondelete="cascade"),
            "res_model": char("Related Document Model", readonly=True),
            "res_id": reference("Related Document ID"),
            "res_name": computed("char", "Document Name", _res_name),
            "activity_type_id": many2one(
                "Activity Type", "mail.activity.type", ondelete="restrict"
            ),
            "activity_category": computed(
                "selection",
                "Action",
                lambda env, row: (
                    env.rows("mail.activity.type")
                    .get(row.get("activity_type_id", 0), {})
                    .get("category", False)
                ),
            ),
            "icon": computed(
                "char",
                "Icon",
                lambda env, row: (
                    env.rows("mail.activity.type")
                    .get(row.get("activity_type_id", 0), {})
                    .get("icon", False)
                ),
            ),
            "summary": char("Summary"),
            "note": html("Note"),
            "date_deadline": date("Due Date", required=True),
            "date_done": date("Done Date", since=17),
            "feedback": html("Feedback", since=19),
            "automated": boolean("Automated activity", readonly=True),
            "user_id": many2one("Assigned to", "res.users"),
            "state": computed(
                "selection",
                "State",
                _state,
                selection=(
                    ("overdue", "Overdue"),
                    ("today", "Today"),
                    ("planned", "Planned"),
                    ("done", "Done"),
                ),
            ),
            "active": boolean("Active", default=True, since=17),
            "can_write": computed("boolean", "Can Write", lambda env, row: True),
            "attachment_ids": many2many("Attachments", "ir.attachment", since=17),
        },
        order="date_deadline ASC, id ASC",
        rec_name="summary",
        access=INTERNAL,
        prepare=_activity_prepare,
        modules="mail",
        display=lambda env, row: str(
            row.get("summary") or env.label_of("mail.activity.type", row.get("activity_type_id", 0))
        ),
    ),
    Model(
        "mail.message.subtype",
        "Message subtypes",
        {
            "name": char("Message Type", required=True, translate=True),
            "internal": boolean("Internal Only"),
            "sequence": integer("Sequence", default=1),
        },
        order="sequence, id",
        access={"*": "r", "base.group_system": "rwcd"},
        modules="mail",
    ),
    Model(
        "mail.message",
        "Message",
        {
            "subject": char("Subject"),
            "date": moment("Date"),
            "body": html("Contents"),
            "preview": computed(
                "char", "Preview", lambda env, row: _plain(str(row.get("body") or ""))[:190]
            ),
            "message_type": choice(
                "Type",
                ("email", "Email"),
                ("comment", "Comment"),
                ("notification", "System notification"),
                ("email_outgoing", "Outgoing Email"),
                ("user_notification", "User Specific Notification"),
                ("auto_comment", "Automated Targeted Notification"),
                default="comment",
                required=True,
            ),
            "subtype_id": many2one("Subtype", "mail.message.subtype"),
            "parent_id": many2one("Parent Message", "mail.message"),
            "model": char("Related Document Model"),
            "res_id": reference("Related Document ID"),
            "record_name": computed("char", "Message Record Name", _res_name),
            "author_id": many2one("Author", "res.partner"),
            "email_from": char("From"),
            "partner_ids": many2many("Recipients", "res.partner"),
            "attachment_ids": many2many("Attachments", "ir.attachment"),
            "is_internal": boolean("Employee Only"),
            "starred": boolean("Starred"),
        },
        order="id desc",
        rec_name="record_name",
        access={"base.group_user": "rwcd", "base.group_portal": "r"},
        modules="mail",
    ),
)

METHODS: tuple[Method, ...] = (
    on_records("mail.activity", action_feedback),
    on_records("mail.activity", action_done),
    on_records("*", message_post),
    on_records("*", message_subscribe),
    on_records("*", message_unsubscribe),
    on_records("*", activity_schedule),
    on_records("*", activity_feedback),
)
