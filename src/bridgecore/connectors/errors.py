"""What can go wrong with another system, in the terms its callers act on."""

from __future__ import annotations


class ConnectorError(Exception):
    """The other system did not do what was asked.

    `sent`: it may have acted on the request all the same. `retry_after`: seconds it asked us to
    wait, if it did.
    """

    def __init__(
        self, message: str, *, sent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sent = sent
        self.retry_after = retry_after


class RetryAfter(ConnectorError):
    """The other system can't answer now; the same request may succeed later."""


class Reauthorise(ConnectorError):
    """The stored credentials no longer open the other system; a person has to renew them."""


class Rejected(ConnectorError):
    """The other system refuses this request; repeating it unchanged is of no use."""


class CheckpointExpired(ConnectorError):
    """The position to continue from is not known (any more); read the entity from the start."""
