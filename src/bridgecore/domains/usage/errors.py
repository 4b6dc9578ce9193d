"""What can be wrong when logs and figures are asked for."""

from __future__ import annotations

from bridgecore.infra.problems import NotFound, ValidationFailed


class ErrorNotFound(NotFound):
    """There is no such error in the log; its lines are kept for 90 days."""


class PeriodInvalid(ValidationFailed):
    """The period is not valid: `from` must be earlier than `to` and not in the future."""
