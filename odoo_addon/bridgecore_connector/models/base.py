"""What every model does on the side: wake the delivery, mark where a write came from.

The outbox does not depend on any of it: triggers fill it (capture).
"""

from odoo import api, models

from .. import wake


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        if "bridgecore_origin" in self.env.context:
            self._bridgecore_mark(self.env.context["bridgecore_origin"])
        records = super().create(vals_list)
        self._bridgecore_wake()
        return records

    def write(self, vals):
        if "bridgecore_origin" in self.env.context:
            self._bridgecore_mark(self.env.context["bridgecore_origin"])
        return super().write(vals)

    def unlink(self):
        if "bridgecore_origin" in self.env.context:
            self._bridgecore_mark(self.env.context["bridgecore_origin"])
        result = super().unlink()
        self._bridgecore_wake()
        return result

    # Every update of a column ends here, recomputed fields too: in `_write` up to 17, in
    # `_write_multi` from 18 on.
    def _write(self, vals):
        self._bridgecore_wake()
        return super()._write(vals)

    if hasattr(models.BaseModel, "_write_multi"):

        def _write_multi(self, vals_list):
            self._bridgecore_wake()
            return super()._write_multi(vals_list)

    def _bridgecore_wake(self):
        # while modules are being loaded, our tables may not be there yet
        if self.pool.ready and self._name in self.env["bridgecore.model"]._worth_waking():
            wake.after_commit(self.env.cr, self.pool)

    def _bridgecore_mark(self, origin):
        # for this transaction; and again at each write, since a savepoint may have taken it back
        self.env.cr.execute(
            "SELECT set_config('bridgecore.origin', %s, true)", [str(origin or "")[:200]]
        )
