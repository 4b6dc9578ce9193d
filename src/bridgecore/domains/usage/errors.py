"""What can be wrong when logs and figures are asked for."""

from __future__ import annotations

from bridgecore.infra.problems import Code, NotFound, ProblemError, ValidationFailed


class ErrorNotFound(NotFound):
    """There is no such error in the log; its lines are kept for 90 days."""


class StorageFull(ProblemError):
    """This tenant stores as much as its plan allows; raise it, or take something out first."""

    status = 400
    code = Code.TENANT_LIMIT_EXCEEDED


class PeriodInvalid(ValidationFailed):
    """The period is not valid: `from` must be earlier than `to` and not in the future."""
