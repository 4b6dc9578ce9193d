"""What synchronisation refuses."""

from __future__ import annotations

from bridgecore.infra.problems import Code, Conflict, NotFound, ProblemError


class RunNotFound(NotFound):
    """There is no such synchronisation run."""


class EntityNotPlanned(NotFound):
    """This connection's plan has no such entity; add it to the plan first."""


class ReportNotFound(NotFound):
    """There is no such parity report."""


class RunEnded(Conflict):
    """This run has ended already; there is nothing to cancel."""


class NothingToDecide(Conflict):
    """No removal waits for a decision here; it may have been decided, or be outdated."""


class LeaseLost(Exception):
    """Another process has taken this connection over, so this one must not write any more."""


class NoRoom(Exception):
    """The tenant stores as much as its plan allows; a first load adds no more."""


class RunCancelled(Exception):
    """A person asked for this run to end."""


class SourceRefused(ProblemError):
    """The source did not answer this question."""

    status = 502
    code = Code.UPSTREAM_ERROR
