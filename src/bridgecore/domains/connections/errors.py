"""What can be wrong with a connection."""

from __future__ import annotations

from bridgecore.infra.problems import Code, Conflict, Forbidden, NotFound, ProblemError


class ConnectionNotFound(NotFound):
    """There is no such connection."""


class ConnectorUnknown(NotFound):
    """There is no such connector; /api/v1/connectors lists those there are."""


class ConnectionMissing(ProblemError):
    """Missing Odoo credentials: this company has no Odoo connection yet.

    Existing apps recognise the first three words of its details, which are therefore fixed.
    """

    status = 400
    code = Code.CONNECTION_MISSING


class ConnectionNameTaken(Conflict):
    """A connection with this name exists already; choose another."""


class AddressNotAllowed(ProblemError):
    """The platform may not call this address."""

    status = 422
    code = Code.ADDRESS_NOT_ALLOWED


class ChecksThrottled(ProblemError):
    """Too many tests of addresses that did not answer; wait before the next one."""

    status = 429
    code = Code.RATE_LIMIT_EXCEEDED


class NotAPerson(Forbidden):
    """Credentials of one's own belong to a person; an API key has none."""
