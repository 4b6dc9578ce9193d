"""Employees, departments and jobs."""

from __future__ import annotations

from bridgecore.simulators.odoo.orm import records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Field,
    Row,
    boolean,
    char,
    choice,
    computed,
    date,
    integer,
    many2one,
    one2many,
)
from bridgecore.simulators.odoo.orm.model import Method, Model

from .documents import ACTIVITIES, CHATTER

OFFICER = "hr.group_hr_user"
READERS = {"base.group_user": "r", OFFICER: "rwcd"}
GENDERS = (("male", "Male"), ("female", "Female"), ("other", "Other"))


def _complete_name(env: Environment, row: Row) -> str:
    parent = env.rows("hr.department").get(row.get("parent_id", 0))
    name = str(row.get("name", ""))
    return f"{_complete_name(env, parent)} / {name}" if parent else name


def _department_changed(env: Environment, ids: list[int], names: set[str]) -> None:
    model = env.model("hr.department")
    for key in sorted(env.descendants(model, set(ids))):
        row = env.rows("hr.department")[key]
        records.stamp(env, model, key, complete_name=_complete_name(env, row))


def _employee_prepare(env: Environment, vals: Row) -> None:
    user = env.rows("res.users").get(vals.get("user_id") or 0)
    if user:
        vals.setdefault("name", env.label_of("res.users", user["id"]))
        partner = env.rows("res.partner")[user["partner_id"]]
        vals.setdefault("work_email", partner.get("email", False))
    job = env.rows("hr.job").get(vals.get("job_id") or 0)
    if job:
        vals.setdefault("job_title", job.get("name"))


def _headcount(env: Environment, row: Row) -> int:
    return len(env.store.tables["hr.employee"].linked("department_id", row["id"]))


_PUBLIC: dict[str, Field] = {
    "name": char("Employee Name", required=True),
    "active": boolean("Active", default=True),
    "user_id": many2one("User", "res.users"),
    "department_id": many2one("Department", "hr.department"),
    "job_id": many2one("Job Position", "hr.job"),
    "job_title": char("Job Title"),
    "parent_id": many2one("Manager", "hr.employee"),
    "coach_id": many2one("Coach", "hr.employee"),
    "child_ids": one2many("Direct subordinates", "hr.employee", "parent_id"),
    "company_id": many2one("Company", "res.company", default=1),
    "work_email": char("Work Email"),
    "work_phone": char("Work Phone"),
    "mobile_phone": char("Work Mobile"),
    "work_contact_id": many2one("Work Contact", "res.partner", since=16),
    "address_id": many2one("Work Address", "res.partner"),
    "tz": char("Timezone", default="Europe/Brussels"),
    "employee_type": choice(
        "Employee Type", ("employee", "Employee"), ("freelance", "Freelancer"), default="employee"
    ),
    "hr_presence_state": computed(
        "selection",
        "Presence",
        lambda env, row: "present" if row.get("user_id") else "to_define",
        selection=(("present", "Present"), ("absent", "Absent"), ("to_define", "To Define")),
    ),
    "color": integer("Color Index"),
}

_PRIVATE: dict[str, Field] = {
    "private_email": char("Private Email", groups=OFFICER),
    "private_phone": char("Private Phone", groups=OFFICER),
    "private_street": char("Private Street", groups=OFFICER, since=17),
    "pin": char("PIN", groups=OFFICER, copied=False),
    "barcode": char("Badge ID", groups=OFFICER, copied=False),
    "birthday": date("Date of Birth", groups=OFFICER),
    "gender": choice("Gender", *GENDERS, groups=OFFICER, until=18),
    "sex": choice("Gender", *GENDERS, groups=OFFICER, since=19),
    "marital": choice(
        "Marital Status",
        ("single", "Single"),
        ("married", "Married"),
        groups=OFFICER,
        default="single",
    ),
    "identification_id": char("Identification No", groups=OFFICER),
}

MODELS: tuple[Model, ...] = (
    Model(
        "hr.department",
        "Department",
        {
            "name": char("Department Name", required=True, translate=True),
            "complete_name": char("Complete Name", readonly=True, copied=False),
            "active": boolean("Active", default=True),
            "company_id": many2one("Company", "res.company", default=1),
            "parent_id": many2one("Parent Department", "hr.department"),
            "child_ids": one2many("Child Departments", "hr.department", "parent_id"),
            "manager_id": many2one("Manager", "hr.employee"),
            "member_ids": one2many("Members", "hr.employee", "department_id"),
            "total_employee": computed("integer", "Total Employee", _headcount),
            "color": integer("Color Index"),
        },
        order="name",
        access=READERS,
        modules="hr",
        display=_complete_name,
        changed=_department_changed,
    ),
    Model(
        "hr.job",
        "Job Position",
        {
            "name": char("Job Position", required=True, translate=True),
            "sequence": integer("Sequence", default=10),
            "active": boolean("Active", default=True),
            "department_id": many2one("Department", "hr.department"),
            "company_id": many2one("Company", "res.company", default=1),
            "no_of_recruitment": integer("Target", default=1),
            "employee_ids": one2many("Employees", "hr.employee", "job_id"),
        },
        order="sequence",
        access=READERS,
        modules="hr",
    ),
    Model(
        "hr.employee",
        "Employee",
        {**_PUBLIC, **_PRIVATE, **ACTIVITIES, **CHATTER},
        order="name",
        access={OFFICER: "rwcd"},
        modules="hr",
        search_names=("work_email",),
        prepare=_employee_prepare,
    ),
    Model(
        "hr.employee.public",
        "Public Employee",
        dict(_PUBLIC),
        order="name",
        access={"base.group_user": "r"},
        modules="hr",
    ),
)

METHODS: tuple[Method, ...] = ()
