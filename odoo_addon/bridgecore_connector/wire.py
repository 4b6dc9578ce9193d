"""The format both sides speak, and its signature.

A request carries the connection's id, the time in seconds and
`v1=` + hex HMAC-SHA256(secret, time + "." + body). Several signatures may stand side by side,
separated by commas, while a secret is being changed.
"""

import datetime
import hashlib
import hmac
import json
import time

CONNECTION = "X-BridgeCore-Connection"
TIMESTAMP = "X-BridgeCore-Timestamp"
SIGNATURE = "X-BridgeCore-Signature"
PATH = "/api/webhooks/odoo"
# seconds a request's time may differ from ours, either way
WINDOW = 300


def sign(secret, timestamp, body):
    """The signature of a body (bytes) sent at a time (text, unix seconds)."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return "v1=" + digest.hexdigest()


def headers(connection, secret, body):
    """Headers under which a body is sent now."""
    timestamp = str(int(time.time()))
    return {
        CONNECTION: connection,
        TIMESTAMP: timestamp,
        SIGNATURE: sign(secret, timestamp, body),
    }


def verify(given, connection, secret, body):
    """Why a request must be refused, as a short code, or None if it is from who holds the secret.

    `given` has the request's headers; every comparison takes the same time for any wrong value.
    """
    if not connection or not secret:
        return "not_configured"
    timestamp = given.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "timestamp_missing"
    expected = sign(secret, timestamp, body).encode()
    signed = False
    for signature in given.get(SIGNATURE, "").split(","):
        signed |= hmac.compare_digest(signature.strip().encode(), expected)
    named = hmac.compare_digest(
        given.get(CONNECTION, "").strip().lower().encode(), connection.encode()
    )
    if not (signed and named):
        return "signature_invalid"
    if abs(time.time() - int(timestamp)) > WINDOW:
        return "timestamp_outside_window"
    return None


def encode(content):
    """Bytes of JSON, with Odoo's values written as its RPC writes them."""
    return json.dumps(
        content, default=_rpc_value, separators=(",", ":"), ensure_ascii=False
    ).encode()


def moment(value):
    """A naive UTC datetime in ISO 8601 with microseconds."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def batch(database, events):
    """The body of a push, and of an answer to a pull."""
    return {
        "source": "odoo",
        "database": database,
        "sent_at": moment(datetime.datetime.utcnow()),
        "events": events,
    }


def _rpc_value(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return str(value)
