"""What the triggers write. A test is one transaction, which Odoo rolls back in the end."""

from odoo.addons.bridgecore_connector import capture
from odoo.exceptions import ValidationError
from odoo.tests.common import TransactionCase, tagged


class WatchingCase(TransactionCase):
    def setUp(self):
        super().setUp()
        self.env["bridgecore.model"].search([]).unlink()
        self.env.cr.execute("DELETE FROM bridgecore_event")

    def watch(self, model, fields=(), **values):
        values["model_id"] = self.env["ir.model"]._get(model).id
        found = self.env["ir.model.fields"].search(
            [("model", "=", model), ("name", "in", list(fields))]
        )
        values["field_ids"] = [(6, 0, found.ids)]
        return self.env["bridgecore.model"].create(values)

    def flush(self):
        if hasattr(self.env, "flush_all"):
            self.env.flush_all()
        else:
            self.env["base"].flush()

    def events(self, model="res.partner"):
        """(record id, operation, changed fields) of this transaction, in their order."""
        self.flush()
        self.env.cr.execute(
            "SELECT record_id, operation, changed_fields FROM bridgecore_event"
            " WHERE model = %s ORDER BY occurred_at, id",
            [model],
        )
        return self.env.cr.fetchall()

    def commit(self):
        """What a commit means to the outbox: later changes are another transaction's."""
        self.flush()
        self.env.cr.execute("UPDATE bridgecore_event SET txid = -id WHERE txid > 0")


@tagged("post_install", "-at_install")
class TestCapture(WatchingCase):
    def test_create_write_and_unlink(self):
        self.watch("res.partner.category")
        tag = self.env["res.partner.category"].create({"name": "one", "color": 7})
        self.commit()
        tag.color = 3
        self.commit()
        tag_id = tag.id
        tag.unlink()
        self.assertEqual(
            self.events("res.partner.category"),
            [(tag_id, "create", ""), (tag_id, "write", "color"), (tag_id, "unlink", "")],
        )

    def test_several_changes_of_one_transaction_are_one(self):
        self.watch("res.partner.category")
        tag = self.env["res.partner.category"].create({"name": "one", "color": 7})
        tag.color = 2
        self.assertEqual(self.events("res.partner.category"), [(tag.id, "create", "")])
        self.commit()
        tag.color = 3
        self.flush()
        tag.active = False
        self.assertEqual(
            self.events("res.partner.category")[1:], [(tag.id, "write", "active,color")]
        )

    def test_created_and_gone_is_nothing(self):
        self.watch("res.partner.category")
        self.env["res.partner.category"].create({"name": "one"}).unlink()
        self.assertEqual(self.events("res.partner.category"), [])

    def test_what_a_savepoint_takes_back_is_nothing(self):
        self.watch("res.partner.category")
        tag = self.env["res.partner.category"].create({"name": "one", "color": 7})
        self.commit()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint(flush=False):
            self.env.cr.execute("DELETE FROM res_partner_category WHERE id = %s", [tag.id])
            raise ZeroDivisionError
        self.assertEqual(self.events("res.partner.category"), [(tag.id, "create", "")])

    def test_a_statement_over_many_rows(self):
        self.watch("res.partner.category")
        tags = self.env["res.partner.category"].create([{"name": str(n)} for n in range(50)])
        self.commit()
        tags.write({"name": "all the same"})
        self.commit()
        tags.unlink()
        found = self.events("res.partner.category")
        self.assertEqual([e[1] for e in found], ["create"] * 50 + ["write"] * 50 + ["unlink"] * 50)

    def test_both_sides_of_a_relation(self):
        self.watch("res.partner", ["category_id"])
        self.watch("res.partner.category")
        partner = self.env["res.partner"].create({"name": "p"})
        tag = self.env["res.partner.category"].create({"name": "t"})
        self.commit()
        tag.partner_ids = [(4, partner.id)]
        self.assertIn((partner.id, "write", "category_id"), self.events())
        self.assertIn("partner_ids", self.events("res.partner.category")[-1][2])

    def test_only_the_chosen_fields(self):
        self.watch("res.partner", ["city"])
        partner = self.env["res.partner"].create({"name": "p"})
        self.commit()
        partner.ref = "not chosen"
        self.assertEqual(len(self.events()), 1)
        partner.city = "Almaty"
        self.assertEqual(self.events()[1][:2], (partner.id, "write"))

    def test_rows_that_postgresql_deletes_itself(self):
        self.watch("res.partner.bank")
        partner = self.env["res.partner"].create({"name": "p"})
        bank = self.env["res.partner.bank"].create({"acc_number": "KZ1", "partner_id": partner.id})
        self.commit()
        bank_id = bank.id
        partner.unlink()
        self.assertEqual(self.events("res.partner.bank")[-1], (bank_id, "unlink", ""))

    def test_no_longer_watched_leaves_no_trigger(self):
        watched = self.watch("res.partner")
        names = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bridgecore\\_%%'"
        self.env.cr.execute(names)
        self.assertGreater(self.env.cr.fetchone()[0], 3)
        watched.unlink()
        self.env.cr.execute(names)
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_a_column_that_comes_or_goes_breaks_nothing(self):
        self.watch("res.partner.category")
        tag = self.env["res.partner.category"].create({"name": "one", "color": 7})
        self.commit()
        self.env.cr.execute("ALTER TABLE res_partner_category ADD COLUMN x_new json")
        tag.color = 1
        self.commit()
        self.env.cr.execute("ALTER TABLE res_partner_category DROP COLUMN x_new")
        tag.color = 2
        self.assertEqual(self.events("res.partner.category")[-1], (tag.id, "write", "color"))

    def test_views_and_twice_are_refused(self):
        self.watch("res.partner")
        with self.assertRaises(ValidationError):
            self.watch("res.partner")
        with self.assertRaises(ValidationError):
            self.watch("ir.ui.menu").write(
                {"model_id": self.env["ir.model"]._get("mail.thread").id}
                if "mail.thread" in self.env
                else {"model_id": self.env["ir.model"]._get("base").id}
            )

    def test_removing_takes_out_every_trace(self):
        self.watch("res.partner")
        capture.remove(self.env.cr)
        self.env.cr.execute(
            "SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'bridgecore\\_%%')"
            " + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'bridgecore\\_%%')"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
