import datetime
import json
import time

from odoo.addons.bridgecore_connector import wire
from odoo.tests.common import TransactionCase, tagged

CONNECTION = "0190a1b2-0000-7000-8000-000000000001"


@tagged("post_install", "-at_install")
class TestWire(TransactionCase):
    def test_the_agreed_signature(self):
        # the same value as anybody's: printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
        self.assertEqual(
            wire.sign("secret", "1700000000", b"{}"),
            "v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163",
        )

    def test_verify_takes_what_headers_makes(self):
        headers = wire.headers(CONNECTION, "secret", b"body")
        self.assertIsNone(wire.verify(headers, CONNECTION, "secret", b"body"))

    def test_verify_takes_one_of_several_signatures(self):
        headers = wire.headers(CONNECTION, "secret", b"body")
        headers[wire.SIGNATURE] = "v1=" + "0" * 64 + ", " + headers[wire.SIGNATURE]
        self.assertIsNone(wire.verify(headers, CONNECTION, "secret", b"body"))

    def test_verify_refuses_everything_else(self):
        good = wire.headers(CONNECTION, "secret", b"body")
        for change, code in (
            ({wire.TIMESTAMP: "now"}, "timestamp_missing"),
            ({wire.TIMESTAMP: "²"}, "timestamp_missing"),
            ({wire.TIMESTAMP: str(int(time.time()) + 1)}, "signature_invalid"),
            ({wire.SIGNATURE: ""}, "signature_invalid"),
            ({wire.SIGNATURE: "v1=é"}, "signature_invalid"),
            ({wire.CONNECTION: "é"}, "signature_invalid"),
        ):
            given = dict(good, **change)
            self.assertEqual(wire.verify(given, CONNECTION, "secret", b"body"), code, change)
        self.assertEqual(wire.verify(good, CONNECTION, "secret", b"other"), "signature_invalid")
        self.assertEqual(wire.verify(good, CONNECTION, "another", b"body"), "signature_invalid")
        self.assertEqual(wire.verify(good, CONNECTION, False, b"body"), "not_configured")
        old = str(int(time.time()) - wire.WINDOW - 60)
        given = dict(good, **{wire.TIMESTAMP: old, wire.SIGNATURE: wire.sign("s", old, b"body")})
        self.assertEqual(wire.verify(given, CONNECTION, "s", b"body"), "timestamp_outside_window")

    def test_values_are_written_as_rpc_writes_them(self):
        said = json.loads(
            wire.encode(
                {
                    "moment": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901),
                    "day": datetime.date(2026, 1, 2),
                    "file": b"QUJD",
                    "pair": (7, "Имя"),
                    "unset": False,
                }
            ).decode()
        )
        self.assertEqual(
            said,
            {
                "moment": "2026-01-02 03:04:05",
                "day": "2026-01-02",
                "file": "QUJD",
                "pair": [7, "Имя"],
                "unset": False,
            },
        )

    def test_moments_have_microseconds(self):
        moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 70)
        self.assertEqual(wire.moment(moment), "2026-01-02T03:04:05.000070Z")
