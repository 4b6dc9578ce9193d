"""The chosen models: whose changes are told, for which fields, with or without their values."""

import logging

import psycopg2
from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from .. import capture

_logger = logging.getLogger(__name__)


class BridgeCoreModel(models.Model):
    _name = "bridgecore.model"
    _description = "BridgeCore Model"
    _order = "model"
    _rec_name = "model_id"

    link_id = fields.Many2one(
        "bridgecore.link", required=True, ondelete="cascade", default=lambda s: s._default_link()
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Model",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False), ("model", "not like", "bridgecore.%")],
    )
    model = fields.Char(related="model_id.model", store=True, index=True, string="Technical Name")
    field_ids = fields.Many2many(
        "ir.model.fields",
        "bridgecore_model_field_rel",
        "watched_id",
        "field_id",
        string="Fields",
        domain="[('model_id', '=', model_id), ('store', '=', True)]",
        help="Changes of other fields are not told. Leave empty for all.",
    )
    send_values = fields.Boolean(
        "Send Values",
        help="Send the record itself with the event, so that BridgeCore need not read it.",
    )

    def _default_link(self):
        return self.env["bridgecore.link"]._the_link().id

    @api.constrains("model_id")
    def _check_model(self):
        for watched in self:
            if self.search_count([("model_id", "=", watched.model_id.id)]) > 1:
                raise ValidationError(_("%s is chosen already.") % watched.model_id.name)
            if not watched._has_table():
                raise ValidationError(
                    _("%s has no table of its own: choose the models it is made of.")
                    % watched.model_id.name
                )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._follow()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._follow()
        return result

    def unlink(self):
        result = super().unlink()
        self._follow()
        return result

    def _register_hook(self):
        """Other modules have come, changed or gone with this start: watch what is there now."""
        super()._register_hook()
        try:
            with self.env.cr.savepoint():
                self._watch()
        except psycopg2.OperationalError:
            # a table is busy; the scheduled action tries again
            _logger.info("BridgeCore: triggers are compared later", exc_info=True)

    @api.model
    def _watch(self):
        """Makes the triggers those of the chosen models; nothing happens where they are already."""
        wanted = []
        for watched in self.sudo().search([]):
            if watched._has_table():
                wanted += capture.triggers(
                    self.env.cr,
                    self.env[watched.model],
                    watched.field_ids.mapped("name"),
                )
        capture.synchronise(self.env.cr, wanted)

    @api.model
    @tools.ormcache()
    def _worth_waking(self):
        """The chosen models, or none while events are not posted from here anyway."""
        self.env.cr.execute(
            "SELECT model FROM bridgecore_model WHERE EXISTS"
            " (SELECT FROM bridgecore_link WHERE address <> '' AND NOT coalesce(paused, false))"
        )
        return frozenset(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _forget(self, changed):
        """Drops what `_worth_waking` remembers, once `changed` is in its table."""
        if hasattr(changed, "flush_model"):  # from 16 on
            changed.flush_model()
        else:
            changed.flush()
        if hasattr(self.env.registry, "clear_cache"):  # from 17 on
            self.env.registry.clear_cache()
        else:
            self.clear_caches()

    def _follow(self):
        self._forget(self)
        try:
            self._watch()
        except psycopg2.errors.LockNotAvailable as error:
            raise UserError(
                _("A table is in use by a long transaction. Nothing was changed; try again.")
            ) from error

    def _has_table(self):
        self.ensure_one()
        model = self.env.get(self.model_id.model)
        if model is None or model._abstract or model._transient or not model._auto:
            return False
        self.env.cr.execute(
            "SELECT relkind = 'r' FROM pg_class WHERE oid = to_regclass(%s)",
            [f'"{model._table}"'],
        )
        row = self.env.cr.fetchone()
        return bool(row and row[0])

    def _names_to_send(self):
        """The chosen fields, or every stored one that is not a file; always with what tells age."""
        self.ensure_one()
        known = self.env[self.model]._fields
        names = self.field_ids.mapped("name") or [
            name for name, field in known.items() if field.store and field.type != "binary"
        ]
        always = ("create_date", "write_date", "active")
        return names + [name for name in always if name in known and name not in names]
