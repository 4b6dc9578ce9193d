"""Posts the outbox in signed batches, and takes out what was acknowledged, by its ids.

A batch is locked while it is on its way (SKIP LOCKED: two deliveries side by side take different
events) and leaves the outbox in the same transaction. When this process is killed in between, the
lock goes with it and the same events go out again under the same ids.
"""

import contextlib
import datetime
import logging
import random

import psycopg2
import requests
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from . import wire

_logger = logging.getLogger(__name__)

TIMEOUT = (5, 20)  # seconds to connect, seconds to answer
FIRST_WAIT, LONGEST_WAIT = 5, 900  # seconds after the first failure, and at most
# a delivery ends after so many batches, so that no thread or scheduled action runs for ever
BATCHES = 200


class Refused(Exception):
    """The batch was not taken. `status` is the HTTP status, None when there was no answer."""

    def __init__(self, reason, status=None, retry_after=None):
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after


def deliver(database, force=False, cursor=None):
    """Posts what waits, until nothing does or a batch is not taken.

    `force` tries even while a failure is being waited out. `cursor` gives new cursors, by default
    of the database's pool. Returns the number of events acknowledged.
    """
    cursor = cursor or Registry(database).cursor
    total = 0
    size = None
    for _ in range(BATCHES):
        try:
            with cursor() as cr:
                link = api.Environment(cr, SUPERUSER_ID, {})["bridgecore.link"]._the_link()
                if link._why_not_sending() or not (force or link._may_try_now()):
                    break
                events = link.env["bridgecore.event"]
                rows = events._take(size or link.batch_size)
                if not rows:
                    break
                try:
                    accepted, rejected = _post(link, events._as_wire(rows))
                except Refused as refused:
                    if refused.status not in (400, 413, 422):
                        raise
                    # too much, or one of them is unreadable: smaller batches find which
                    if len(rows) > 1:
                        cr.rollback()
                        size = len(rows) // 2
                        continue
                    # it is this event, unless nothing at all is taken
                    _post(link, [])
                    code = f"http_{refused.status}"
                    accepted, rejected = [], [(rows[0]["event_id"], code, str(refused))]
                if not accepted and not rejected:
                    raise Refused("BridgeCore answered, but acknowledged none of the events sent.")
                events._acknowledge(accepted, rejected)
                total += len(accepted)
                news = link._success_is_news()
                if size:
                    size = min(size * 2, link.batch_size)
        except Refused as refused:
            _note(cursor, refused)
            break
        except psycopg2.extensions.TransactionRollbackError:
            continue  # another delivery was quicker with these
        if news:
            _note(cursor, None)
    return total


def test(link):
    """Posts an empty batch. Raises Refused with what to do when it is not taken."""
    _post(link, [])


def _post(link, events):
    """(acknowledged ids, [(id, code, detail)] refused for good) for events in wire format."""
    body = wire.encode(wire.batch(link.env.cr.dbname, events))
    headers = wire.headers(link.connection, link.secret, body)
    headers["Content-Type"] = "application/json"
    try:
        answer = requests.post(
            link.address + wire.PATH,
            data=body,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise Refused(
            f"BridgeCore could not be reached at {link.address} ({type(error).__name__})."
            " Check the address and that this server may call it."
        ) from error
    if answer.status_code != 200:
        raise Refused(_reason(answer), answer.status_code, _retry_after(answer))
    try:
        said = answer.json()
        done = [str(i) for key in ("accepted", "duplicates") for i in said.get(key) or []]
        rejected = [
            (str(item["id"]), str(item.get("code") or "rejected"), str(item.get("detail") or ""))
            for item in said.get("rejected") or []
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(
            f"What answered at {link.address} is not BridgeCore: its answer is not the agreed one.",
            200,
        ) from error
    return done, rejected


def _reason(answer):
    status = answer.status_code
    hint = {
        401: "The signature was refused: check the connection's ID and secret, and both clocks.",
        403: "BridgeCore refuses this connection: check its ID, and that it is not suspended.",
        404: "Nothing takes events at this address: check it.",
        429: "BridgeCore asks to slow down.",
    }.get(status, "BridgeCore could not take the events now." if status >= 500 else "Not taken.")
    if 300 <= status < 400:
        hint = "The address leads elsewhere: enter the one it leads to."
    detail = ""
    with contextlib.suppress(ValueError, AttributeError):
        detail = str(answer.json().get("detail") or "")[:300]
    return f"HTTP {status}: {hint} {detail}".strip()


def _retry_after(answer):
    value = answer.headers.get("Retry-After", "")
    return min(int(value), LONGEST_WAIT) if value.isdigit() else None


def _note(cursor, refused):
    """Writes down how the last batch went, unless another delivery is just doing so."""
    if refused is not None:
        _logger.info("BridgeCore: %s", refused)
    now = datetime.datetime.utcnow()
    with contextlib.suppress(psycopg2.extensions.TransactionRollbackError), cursor() as cr:
        cr.execute("SELECT id, failures FROM bridgecore_link LIMIT 1 FOR UPDATE SKIP LOCKED")
        row = cr.fetchone()
        if row is None:
            return
        if refused is None:
            cr.execute(
                "UPDATE bridgecore_link SET last_success = %s, failures = 0, next_attempt = NULL,"
                " last_error = NULL WHERE id = %s AND (failures > 0 OR last_error IS NOT NULL"
                " OR last_success IS NULL OR last_success < %s)",
                [now, row[0], now - datetime.timedelta(seconds=5)],
            )
            return
        failures = (row[1] or 0) + 1
        wait = refused.retry_after
        if wait is None:
            longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10))
            wait = longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
        cr.execute(
            "UPDATE bridgecore_link SET last_error = %s, last_error_at = %s, failures = %s,"
            " next_attempt = %s WHERE id = %s",
            [str(refused), now, failures, now + datetime.timedelta(seconds=wait), row[0]],
        )
