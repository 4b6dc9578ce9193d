"""Delivers right after a commit, on a thread of its own: nobody waits for BridgeCore.

One thread a process and database, started when a transaction with changes of chosen models has
committed and gone when the outbox is empty. Whatever it misses (the process ends, the network is
down) the scheduled action delivers within a minute: the outbox, not the thread, is what remembers.
"""

import logging
import threading
import time

from . import delivery

_logger = logging.getLogger(__name__)

# seconds between a commit and its delivery, in which the commits right after it join it
GATHERING = 0.2


class Waker:
    def __init__(self, database):
        self._database = database
        self._lock = threading.Lock()
        self._running = False
        self._called = False

    def call(self):
        with self._lock:
            self._called = True
            if self._running:
                return
            self._running = True
        thread = threading.Thread(
            target=self._run, name=f"bridgecore.wake.{self._database}", daemon=True
        )
        thread.dbname = self._database
        thread.start()

    def _run(self):
        while True:
            with self._lock:
                if not self._called:
                    self._running = False
                    return
                self._called = False
            time.sleep(GATHERING)
            try:
                delivery.deliver(self._database)
            except Exception:  # the commit has happened; the scheduled action tries again
                _logger.warning("BridgeCore: the outbox stays for later", exc_info=True)


def after_commit(cr, registry):
    """Has the outbox delivered once this transaction has committed; not if it rolls back."""
    if cr.postcommit.data.get("bridgecore"):
        return
    cr.postcommit.data["bridgecore"] = True
    waker = registry.__dict__.get("bridgecore_waker")
    if waker is None:
        waker = registry.__dict__.setdefault("bridgecore_waker", Waker(cr.dbname))
    cr.postcommit.add(waker.call)
