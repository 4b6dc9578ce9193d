"""The one link to BridgeCore: where it is, the secret shared with it, how things stand."""

import datetime
import urllib.parse
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import delivery, layout


class BridgeCoreLink(models.Model):
    _name = "bridgecore.link"
    _description = "BridgeCore Link"

    address = fields.Char(
        help="Where BridgeCore is, e.g. https://bridgecore.example.com. Leave"
        " empty if this server cannot reach it and BridgeCore fetches the events."
    )
    connection = fields.Char("Connection ID", help="Shown with the connection in BridgeCore.")
    secret = fields.Char(groups="base.group_system", copy=False)
    batch_size = fields.Integer("Events per Batch", default=500, required=True)
    paused = fields.Boolean(help="Changes are still collected, and sent when you go on.")
    model_ids = fields.One2many("bridgecore.model", "link_id", "Models")
    database_uuid = fields.Char(readonly=True, copy=False)

    last_success = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    last_error_at = fields.Datetime("Last Error On", readonly=True, copy=False)
    failures = fields.Integer("Failures in a Row", readonly=True, copy=False)
    next_attempt = fields.Datetime(readonly=True, copy=False)
    waiting = fields.Integer("Waiting Events", compute="_compute_outbox")
    oldest_waiting = fields.Datetime("Oldest Waiting Event", compute="_compute_outbox")
    rejected = fields.Integer("Events Set Aside", compute="_compute_outbox")
    status = fields.Char(compute="_compute_status")

    def name_get(self):
        return [(link.id, "BridgeCore") for link in self]

    @api.depends("address")
    def _compute_display_name(self):
        for link in self:
            link.display_name = "BridgeCore"

    def _compute_outbox(self):
        self.env.cr.execute(
            "SELECT count(*) FILTER (WHERE state = 'waiting'),"
            " min(occurred_at) FILTER (WHERE state = 'waiting'),"
            " count(*) FILTER (WHERE state = 'rejected') FROM bridgecore_event"
        )
        waiting, oldest, rejected = self.env.cr.fetchone()
        for link in self:
            link.waiting, link.oldest_waiting, link.rejected = waiting, oldest, rejected

    @api.depends("address", "connection", "paused", "last_error", "model_ids")
    def _compute_status(self):
        for link in self:
            link.status = (
                link.sudo()._why_not_sending()
                or (not link.model_ids and _("No model is chosen, so nothing is sent."))
                or (link.last_error and _("The last batch was not taken; it is tried again."))
                or _("Working.")
            )

    @api.model
    def _the_link(self):
        """The link; it is made with the addon and there is no other."""
        return self.sudo().search([], limit=1)

    @api.constrains("address")
    def _check_address(self):
        for link in self.filtered("address"):
            parts = urllib.parse.urlsplit(link.address)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
                raise ValidationError(
                    _("Enter the address as https://…, without anything after a question mark.")
                )

    @api.constrains("connection")
    def _check_connection(self):
        for link in self.filtered("connection"):
            try:
                uuid.UUID(link.connection)
            except ValueError as error:
                raise ValidationError(
                    _("This is not a connection's ID: copy it from BridgeCore.")
                ) from error

    @api.constrains("batch_size")
    def _check_batch_size(self):
        for link in self:
            if not 1 <= link.batch_size <= 5000:
                raise ValidationError(_("A batch has 1 to 5000 events."))

    @api.model_create_multi
    def create(self, vals_list):
        if len(vals_list) > 1 or self._the_link():
            raise UserError(_("There is one link to BridgeCore already."))
        return super().create([self._tidy(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._tidy(vals))
        if {"address", "paused"} & set(vals):
            self.env["bridgecore.model"]._forget(self)
        return result

    @api.model
    def _tidy(self, vals):
        vals = dict(vals)
        for name in ("address", "connection", "secret"):
            if vals.get(name):
                vals[name] = vals[name].strip()
        if vals.get("address"):
            vals["address"] = vals["address"].rstrip("/")
        if vals.get("connection"):
            vals["connection"] = vals["connection"].lower()
        if {"address", "connection", "secret"} & set(vals):
            # new settings deserve a new try; and they say that this very database is meant
            vals.update(failures=0, next_attempt=False, database_uuid=self._database_uuid())
        return vals

    @api.model
    def _database_uuid(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _why_silent(self):
        """Why this database must not speak to BridgeCore at all, or False."""
        if not self or not self.connection or not self.secret:
            return _("Enter the connection's ID and secret.")
        if self.database_uuid and self.database_uuid != self._database_uuid():
            return _(
                "This database is a copy of the linked one, so nothing is sent from it. To link it,"
                " save the settings here once more."
            )
        return False

    def _why_not_sending(self):
        """Why nothing is posted from here, or False."""
        silent = self._why_silent()
        if silent:
            return silent
        if self.paused:
            return _("Paused: changes are collected and not sent.")
        if not self.address:
            return _("Without an address events wait until BridgeCore fetches them.")
        return False

    def _may_try_now(self):
        return not self.next_attempt or self.next_attempt <= datetime.datetime.utcnow()

    def _success_is_news(self):
        """Whether a batch that was taken is worth a write of its own."""
        now = datetime.datetime.utcnow()
        recent = self.last_success and now - self.last_success < datetime.timedelta(seconds=5)
        return bool(self.failures or self.last_error or not recent)

    @api.model
    def _cron_deliver(self):
        """The scheduled action: looks after the triggers, and sends what waits."""
        self.env["bridgecore.model"]._watch()
        self.env.cr.commit()
        delivery.deliver(self.env.cr.dbname)

    @api.model
    def _ensure_views(self):
        """Called by views/views.xml: the views that are written differently between versions."""
        layout.load(self.env)

    @api.model
    def _ensure_cron(self):
        """Called by data/link.xml: the scheduled action, whose fields differ between versions."""
        crons = self.env["ir.cron"].sudo().with_context(active_test=False)
        values = {
            "name": "BridgeCore: send events",
            "model_id": self.env["ir.model"]._get("bridgecore.link").id,
            "state": "code",
            "code": "model._cron_deliver()",
            "interval_number": 1,
            "interval_type": "minutes",
            "active": True,
        }
        if "numbercall" in crons._fields:  # up to 17
            values.update(numbercall=-1, doall=False)
        name = "bridgecore_connector.cron_deliver"
        if not self.env.ref(name, raise_if_not_found=False):
            crons._load_records([{"xml_id": name, "values": values, "noupdate": True}])

    def action_test(self):
        """Asks BridgeCore whether it takes events from here."""
        self.ensure_one()
        silent = self._why_silent()
        if silent or not self.address:
            raise UserError(silent or _("Enter BridgeCore's address."))
        try:
            delivery.test(self.sudo())
        except delivery.Refused as refused:
            raise UserError(str(refused)) from refused
        return self._notify(_("BridgeCore takes events from here."))

    def action_send_now(self):
        """Sends what waits, without waiting out the last failure."""
        self.ensure_one()
        reason = self.sudo()._why_not_sending()
        if reason:
            raise UserError(reason)
        sent = delivery.deliver(self.env.cr.dbname, force=True)
        return self._notify(_("%s events sent.") % sent)

    def action_open_waiting(self):
        return self._open_events(_("Waiting Events"), "waiting")

    def action_open_rejected(self):
        return self._open_events(_("Events Set Aside"), "rejected")

    def _open_events(self, title, state):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "bridgecore.event",
            "views": [(False, layout.LIST), (False, "form")],
            "domain": [("state", "=", state)],
        }

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success", "sticky": False},
        }
