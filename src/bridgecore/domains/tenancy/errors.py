"""What can be wrong with a tenant or a plan."""

from __future__ import annotations

from bridgecore.infra.problems import Code, Conflict, NotFound, ProblemError


class TenantNotFound(NotFound):
    """There is no such tenant."""

    code = Code.TENANT_NOT_FOUND


class PlanNotFound(NotFound):
    """There is no such plan."""


class SlugTaken(Conflict):
    """A tenant with this slug exists already; choose another."""


class PlanInactive(Conflict):
    """This plan is no longer offered; choose another."""


class WrongState(Conflict):
    """The tenant's state does not allow this."""


class TenantSuspended(ProblemError):
    """This tenant is suspended; ask whoever runs the platform to activate it."""

    status = 403
    code = Code.TENANT_SUSPENDED


class TenantDeleted(ProblemError):
    """This tenant is deleted."""

    status = 410
    code = Code.TENANT_DELETED


class PaymentRequired(ProblemError):
    """The trial of this tenant has ended; choose a plan to go on."""

    status = 402
    code = Code.PAYMENT_REQUIRED


class UserLimitReached(ProblemError):
    """The plan of this tenant allows no more people; raise it or remove somebody first."""

    status = 400
    code = Code.TENANT_LIMIT_EXCEEDED


class FeatureNotAllowed(ProblemError):
    """The plan of this tenant does not include this feature."""

    status = 403
    code = Code.FEATURE_NOT_ALLOWED
