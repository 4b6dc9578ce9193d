"""The models about models: descriptions, external ids, settings, files."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from typing import Any

from bridgecore.simulators.odoo.orm import access, records
from bridgecore.simulators.odoo.orm.environment import Environment
from bridgecore.simulators.odoo.orm.fields import (
    Row,
    binary,
    boolean,
    char,
    choice,
    computed,
    integer,
    many2one,
    one2many,
    text,
)
from bridgecore.simulators.odoo.orm.model import Method, Model, on_model, on_records


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


MODELS: tuple[Model, ...] = (
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
        "ir.actions.report",
        "Report Action",
        {
            "name": char("Action Name", required=True),
            "model": char("Model Name", required=True),
            "report_name": char("Template Name", required=True),
            "report_type": choice(
                "Report Type",
                ("qweb-html", "HTML"),
                ("qweb-pdf", "PDF"),
                ("qweb-text", "Text"),
                default="qweb-pdf",
                required=True,
            ),
        },
        order="name, id",
        access={"base.group_user": "r", "base.group_system": "rwcd"},
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

# What can be printed: the template's name, its title and the model it is for.
REPORTS: tuple[tuple[str, str, str], ...] = (
    ("sale.report_saleorder", "Quotation / Order", "sale.order"),
    ("sale.report_saleorder_raw", "Quotation / Order (raw)", "sale.order"),
    ("account.report_invoice", "Invoice without Payment", "account.move"),
    ("account.report_invoice_with_payments", "Invoice PDF", "account.move"),
    ("stock.report_deliveryslip", "Delivery Slip", "stock.picking"),
    ("stock.report_picking", "Picking Operations", "stock.picking"),
)

METHODS: tuple[Method, ...] = (
    on_model("ir.config_parameter", get_param),
    on_model("ir.config_parameter", set_param),
    on_records("ir.rule", clear_caches),
)
