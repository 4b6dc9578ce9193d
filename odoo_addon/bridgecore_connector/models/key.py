"""Keys of creates that came from outside: the same key gives the same records again.

Odoo's RPC has no idempotency key. Who lost the answer to a create asks again under the same key,
and gets the records of the first time. It is a method of its own and no key in the context of
`create`: the innermost `create` could return old records, but the overrides around it would treat
them as new ones.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

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
    def create_once(self, model, values, key):
        """What `create(values)` of a model answers; under the same key, its first answer.

        `values` is one record's (answered with its id) or a list (answered with a list of ids). The
        caller's rights hold. A create that failed has used up no key.

        While another transaction creates under this key PostgreSQL makes this one wait, and then
        refuses its old view of the database: Odoo tries it again, and finds the records.
        """
        if not isinstance(key, str) or not 1 <= len(key) <= 200:
            raise UserError(_("A key is a text of 1 to 200 characters."))
        if model not in self.env:
            raise UserError(_("There is no model %s.") % model)
        cr = self.env.cr
        cr.execute(
            "INSERT INTO bridgecore_key (key, model, used_at)"
            " VALUES (%s, %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (key, model) DO NOTHING RETURNING id",
            [key, model],
        )
        row = cr.fetchone()
        if row is None:
            ids = self._first_answer(model, key)
        else:
            ids = self.env[model].create(values).ids
            cr.execute(
                "UPDATE bridgecore_key SET record_ids = %s WHERE id = %s",
                [",".join(str(i) for i in ids), row[0]],
            )
        return ids if isinstance(values, list) else ids[0]

    @api.model
    def _first_answer(self, model, key):
        self.env.cr.execute(
            "SELECT record_ids FROM bridgecore_key WHERE key = %s AND model = %s", [key, model]
        )
        records = self.env[model].browse(int(i) for i in self.env.cr.fetchone()[0].split(","))
        if hasattr(records, "check_access"):  # from 18 on
            records.check_access("read")
        else:
            records.check_access_rights("read")
            records.check_access_rule("read")
        return records.ids

    @api.autovacuum
    def _forget_old_keys(self):
        self.env.cr.execute(
            "DELETE FROM bridgecore_key"
            " WHERE used_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEPT_DAYS],
        )
