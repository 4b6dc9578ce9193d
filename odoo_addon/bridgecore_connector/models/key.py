"""Keys of creates that came from outside: the same key gives the same records again.

Odoo's RPC has no idempotency key. Who lost the answer to a create asks again with the same
`bridgecore_key` in the context, and gets the records of the first time.
"""

from odoo import api, fields, models

KEPT_DAYS = 30


class BridgeCoreKey(models.Model):
    _name = "bridgecore.key"
    _description = "BridgeCore Key"
    _log_access = False
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    record_ids = fields.Char("Records", readonly=True)
    used_at = fields.Datetime(required=True, readonly=True, index=True)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS bridgecore_key_once ON bridgecore_key (key, model)"
        )

    @api.model
    def _create_once(self, model, vals_list):
        """What `model.create(vals_list)` gives; under the same key, what it gave the first time.

        While another transaction is creating under this key PostgreSQL makes this one wait, and
        then refuses its old view of the database: Odoo tries it again, and finds the records.
        """
        key = str(model.env.context["bridgecore_key"])[:200]
        # records that are created on the way are not what the key is for
        model = model.with_context(bridgecore_key=False)
        cr = self.env.cr
        cr.execute(
            "INSERT INTO bridgecore_key (key, model, used_at)"
            " VALUES (%s, %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (key, model) DO NOTHING RETURNING id",
            [key, model._name],
        )
        row = cr.fetchone()
        if row is None:
            cr.execute(
                "SELECT record_ids FROM bridgecore_key WHERE key = %s AND model = %s",
                [key, model._name],
            )
            ids = [int(i) for i in (cr.fetchone()[0] or "").split(",") if i]
            records = model.browse(ids)
            if hasattr(records, "check_access"):  # from 18 on
                records.check_access("read")
            else:
                records.check_access_rights("read")
                records.check_access_rule("read")
            return records
        records = model.create(vals_list)
        cr.execute(
            "UPDATE bridgecore_key SET record_ids = %s WHERE id = %s",
            [",".join(str(i) for i in records.ids), row[0]],
        )
        return records

    @api.autovacuum
    def _forget_old_keys(self):
        self.env.cr.execute(
            "DELETE FROM bridgecore_key"
            " WHERE used_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEPT_DAYS],
        )
