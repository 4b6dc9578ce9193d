"""The outbox: one row for what one transaction did to one record."""

import logging

from odoo import api, fields, models

from .. import capture, wire

_logger = logging.getLogger(__name__)

# what no system but this one needs to know, whatever fields were chosen
_NEVER_SENT = frozenset(
    ["password", "new_password", "totp_secret", "signup_token", "oauth_access_token"]
)


# bytes of values in one event; a larger record is read by BridgeCore itself
_LARGEST_VALUES = 200 * 1024


def _fits(values):
    return len(wire.encode(values)) <= _LARGEST_VALUES


class BridgeCoreEvent(models.Model):
    _name = "bridgecore.event"
    _description = "BridgeCore Event"
    _log_access = False
    _order = "id"
    _rec_name = "event_id"

    event_id = fields.Char("Event", required=True, readonly=True, index=True)
    model = fields.Char(required=True, readonly=True)
    record_id = fields.Integer("Record", required=True, readonly=True)
    operation = fields.Selection(
        [("create", "Created"), ("write", "Changed"), ("unlink", "Deleted")],
        required=True,
        readonly=True,
    )
    changed_fields = fields.Text(readonly=True, help="Separated by commas; empty when not known.")
    occurred_at = fields.Datetime(required=True, readonly=True)
    txid = fields.Char("Transaction", compute="_compute_txid")
    origin = fields.Char(readonly=True, help="Set when the change came through BridgeCore.")
    state = fields.Selection(
        [("waiting", "Waiting"), ("rejected", "Set aside")], required=True, readonly=True
    )
    code = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)

    def _auto_init(self):
        result = super()._auto_init()
        # A transaction's number is a 64-bit integer, a type that Odoo has no field for.
        self.env.cr.execute("ALTER TABLE bridgecore_event ADD COLUMN IF NOT EXISTS txid bigint")
        return result

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS bridgecore_event_once"
            " ON bridgecore_event (txid, model, record_id)"
        )
        capture.install(self.env.cr)

    def _compute_txid(self):
        numbers = {}
        if self.ids:
            self.env.cr.execute(
                "SELECT id, txid::text FROM bridgecore_event WHERE id = ANY(%s)", [self.ids]
            )
            numbers = dict(self.env.cr.fetchall())
        for event in self:
            event.txid = numbers.get(event.id, "")

    @api.model
    def _take(self, limit):
        """Locks up to `limit` waiting events that nobody else is sending, the oldest first."""
        self.env.cr.execute(
            "SELECT event_id, model, record_id, operation, changed_fields, occurred_at,"
            " txid::text AS txid, origin FROM bridgecore_event WHERE state = 'waiting'"
            " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            [limit],
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _as_wire(self, rows):
        """Rows of `_take` as both sides agreed to write them, with values where they are chosen."""
        values = self._values(rows)
        events = []
        for row in rows:
            event = {
                "id": row["event_id"],
                "model": row["model"],
                "record_id": row["record_id"],
                "operation": row["operation"],
                "changed_fields": [f for f in (row["changed_fields"] or "").split(",") if f],
                "occurred_at": wire.moment(row["occurred_at"]),
                "txid": row["txid"],
            }
            if row["origin"]:
                event["origin"] = row["origin"]
            whole = values.get((row["model"], row["record_id"]))
            if whole is not None and row["operation"] != "unlink" and _fits(whole):
                event["values"] = whole
            events.append(event)
        return events

    @api.model
    def _values(self, rows):
        """{(model, id): values} of records whose models are sent whole, as `read` gives them."""
        found = {}
        wanted = {}
        for row in rows:
            if row["operation"] != "unlink":
                wanted.setdefault(row["model"], set()).add(row["record_id"])
        for watched in self.env["bridgecore.model"].search(
            [("send_values", "=", True), ("model", "in", list(wanted))]
        ):
            if watched.model not in self.env:
                continue
            model = self.env[watched.model].with_context(active_test=False, lang="en_US")
            names = [name for name in watched._names_to_send() if name not in _NEVER_SENT]
            try:
                with self.env.cr.savepoint(flush=False):
                    records = model.browse(sorted(wanted[watched.model])).exists()
                    for record in records.read(names):
                        found[watched.model, record["id"]] = record
            except (
                Exception
            ):  # somebody's field that cannot be computed: BridgeCore reads it itself
                _logger.warning(
                    "BridgeCore: %s is sent without values", watched.model, exc_info=True
                )
        return found

    @api.model
    def _acknowledge(self, accepted, rejected=()):
        """Takes events out by id; `rejected` ones, (id, code, detail), are kept aside."""
        cr = self.env.cr
        if accepted:
            cr.execute("DELETE FROM bridgecore_event WHERE event_id = ANY(%s)", [list(accepted)])
        for event_id, code, detail in rejected:
            cr.execute(
                "UPDATE bridgecore_event SET state = 'rejected', code = %s, detail = %s"
                " WHERE event_id = %s",
                [code[:100], detail[:2000], event_id],
            )

    def action_send_again(self):
        """Puts events that were set aside back in the outbox."""
        self.filtered(lambda e: e.state == "rejected").write(
            {"state": "waiting", "code": False, "detail": False}
        )

    def action_discard(self):
        """Gives up events that were set aside; the next full comparison covers them."""
        self.filtered(lambda e: e.state == "rejected").unlink()
