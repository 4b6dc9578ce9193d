"""The link, and one batch over real HTTP."""

import contextlib
import datetime
import http.server
import json
import threading
import uuid

from odoo.addons.bridgecore_connector import delivery, wire
from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from .test_capture import WatchingCase

CONNECTION = str(uuid.uuid4())


@contextlib.contextmanager
def receiver(answer):
    """The address of a server that answers as `answer(events)` says: (status, content)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refusal = wire.verify(self.headers, CONNECTION, "secret", body)
            status, content = (401, {"detail": refusal}) if refusal else answer(json.loads(body))
            said = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@tagged("post_install", "-at_install")
class TestLink(WatchingCase):
    def setUp(self):
        super().setUp()
        self.link = self.env["bridgecore.link"]._the_link()
        self.link.write(
            {
                "address": "https://b.example.com/",
                "connection": " " + CONNECTION.upper(),
                "secret": "secret",
                "paused": False,
            }
        )

    def test_settings_are_tidied_and_checked(self):
        self.assertEqual(self.link.address, "https://b.example.com")
        self.assertEqual(self.link.connection, CONNECTION)
        for wrong in (
            {"address": "b.example.com"},
            {"address": "https://b.example.com/?x=1"},
            {"connection": "seven"},
            {"batch_size": 0},
            {"batch_size": 5001},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.link.write(wrong)
        with self.assertRaises(UserError):
            self.env["bridgecore.link"].create({})

    def test_what_waits_and_why(self):
        self.assertFalse(self.link._why_not_sending())
        self.watch("res.partner.category")
        self.env["res.partner.category"].create([{"name": "a"}, {"name": "b"}])
        self.flush()
        self.assertEqual((self.link.waiting, self.link.rejected), (2, 0))
        self.link.paused = True
        self.assertTrue(self.link._why_not_sending())
        self.link.write({"paused": False, "secret": False})
        self.assertTrue(self.link._why_silent())

    def test_a_copy_is_silent_until_it_is_linked(self):
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", str(uuid.uuid4()))
        self.assertTrue(self.link._why_silent())
        self.link.write({"secret": "secret"})
        self.assertFalse(self.link._why_silent())

    def test_failures_are_waited_out_ever_longer(self):
        @contextlib.contextmanager
        def cursor():
            yield self.env.cr

        waits = []
        for _ in range(12):
            self.flush()
            delivery._note(cursor, delivery.Refused("down", 503))
            self.env.cr.execute("SELECT last_error_at, next_attempt FROM bridgecore_link")
            began, ends = self.env.cr.fetchone()
            waits.append((ends - began).total_seconds())
        for n, wait in enumerate(waits):
            longest = min(900, 5 * 2**n)
            self.assertTrue(longest / 2 <= wait <= longest, waits)
        delivery._note(cursor, delivery.Refused("slow down", 429, 7))
        self.env.cr.execute("SELECT last_error_at, next_attempt FROM bridgecore_link")
        began, ends = self.env.cr.fetchone()
        self.assertEqual(ends - began, datetime.timedelta(seconds=7))
        delivery._note(cursor, None)
        self.env.cr.execute("SELECT failures, last_error, next_attempt FROM bridgecore_link")
        self.assertEqual(self.env.cr.fetchone(), (0, None, None))

    def test_a_batch_and_its_acknowledgement(self):
        self.watch("res.partner.category", ["name", "color"], send_values=True)
        kept = self.env["res.partner.category"].create({"name": "kept"})
        refused = self.env["res.partner.category"].create({"name": "refused"})
        self.flush()
        events = self.env["bridgecore.event"]
        seen = []

        def answer(said):
            seen.extend(said["events"])
            ids = {e["record_id"]: e["id"] for e in said["events"]}
            return 200, {
                "accepted": [ids[kept.id]],
                "duplicates": [],
                "rejected": [{"id": ids[refused.id], "code": "no", "detail": "not wanted"}],
            }

        with receiver(answer) as address:
            self.link.address = address
            accepted, rejected = delivery._post(self.link, events._as_wire(events._take(10)))
        events._acknowledge(accepted, rejected)
        self.assertEqual([e["values"]["name"] for e in seen], ["kept", "refused"])
        self.assertEqual(
            set(seen[0]["values"]), {"id", "name", "color", "create_date", "write_date", "active"}
        )
        left = events.search([])
        self.assertEqual(left.mapped("record_id"), [refused.id])
        self.assertEqual((left.state, left.code, left.detail), ("rejected", "no", "not wanted"))
        self.assertEqual(events._take(10), [])
        left.action_send_again()
        self.flush()
        self.assertEqual(len(events._take(10)), 1)

    def test_what_is_wrong_is_said(self):
        for status, content, words in (
            (401, {"detail": "x"}, "secret"),
            (404, {}, "address"),
            (302, {}, "leads elsewhere"),
            (503, {}, "now"),
            (200, {"accepted": 7}, "not BridgeCore"),
            (200, [], "not BridgeCore"),
        ):
            with receiver(lambda _said, s=status, c=content: (s, c)) as address:
                self.link.address = address
                with self.assertRaisesRegex(UserError, words):
                    self.link.action_test()
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.link.action_test()

    def test_a_key_creates_once(self):
        keys = self.env["bridgecore.key"]
        first = keys.create_once("res.partner.category", {"name": "a"}, "k1")
        self.assertEqual(keys.create_once("res.partner.category", {"name": "b"}, "k1"), first)
        several = keys.create_once("res.partner.category", [{"name": "c"}, {"name": "d"}], "k2")
        self.assertEqual(len(several), 2)
        with self.assertRaises(UserError):
            keys.create_once("no.such.model", {}, "k3")
