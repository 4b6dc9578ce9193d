"""What can be wrong with a webhook."""

from __future__ import annotations

from bridgecore.infra.problems import (
    Code,
    Conflict,
    Forbidden,
    NotFound,
    ProblemError,
    ServiceUnavailable,
)


class MethodNotAllowed(ProblemError):
    """This address takes POST."""

    status = 405
    code = Code.METHOD_NOT_ALLOWED


class SignatureMissing(Forbidden):
    """Sign the request: X-BridgeCore-Connection, X-BridgeCore-Timestamp, X-BridgeCore-Signature."""

    code = Code.SIGNATURE_INVALID


class SignatureInvalid(Forbidden):
    """The signature fits no secret of this connection; check the secret and the connection id.

    Not a 401: that would tell existing apps to refresh their token.
    """

    code = Code.SIGNATURE_INVALID


class TimestampOutside(SignatureInvalid):
    """X-BridgeCore-Timestamp is more than five minutes from our clock; set the sender's clock."""


class AddressUnknown(NotFound):
    """There is no such webhook address; it may have been revoked."""


class SenderThrottled(ProblemError):
    """Too many requests from here whose signature or address fits nothing; wait, then try again."""

    status = 429
    code = Code.RATE_LIMIT_EXCEEDED


class ReceiverClosed(Forbidden):
    """This connection takes no webhooks: it is switched off, or the plan has no webhooks."""


class TooManyEvents(ProblemError):
    """There are too many events in one request; send them in several."""

    status = 413
    code = Code.BODY_TOO_LARGE


class IntakeBusy(ServiceUnavailable):
    """More events wait to be stored than this server keeps in memory; send them again shortly."""


class TenantBusy(ProblemError):
    """So many events of this company wait to be stored that others would suffer; slow down."""

    status = 429
    code = Code.RATE_LIMIT_EXCEEDED


class EventNotFound(NotFound):
    """There is no such event; events are kept for a limited time."""


class NotDead(Conflict):
    """This event is no dead letter: it was processed, discarded or still waits."""


class SecretNotFound(NotFound):
    """There is no such webhook secret."""


class TooManyCredentials(Conflict):
    """A connection has at most ten valid secrets and ten addresses; revoke one first."""
