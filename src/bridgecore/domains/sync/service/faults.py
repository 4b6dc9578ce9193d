"""What a source's refusal means for a run, in words a person can act on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from bridgecore.connectors.errors import ConnectorError, Reauthorise, Rejected, RetryAfter
from bridgecore.connectors.odoo import Kind, OdooError

FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
ENTITY_WAIT = timedelta(hours=1)
"""How long an entity that may not be read is left alone, unless somebody asks."""


ASLEEP = timedelta(hours=1)
"""How long a connection is left alone that may not be read now: switched off, tenant suspended."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`state` is the entity's. `whole`: the whole source is concerned, not this entity alone."""

    state: str
    error: str
    what_to_do: str
    whole: bool = False


class SourceDown(Exception):
    """The source as a whole can't be read now."""

    def __init__(self, fault: Fault, *, person: bool, retry_after: float | None) -> None:
        super().__init__(fault.error)
        self.fault = fault
        self.person = person
        self.retry_after = retry_after


def fault_of(error: ConnectorError, entity: str) -> Fault:
    """What came of reading `entity`."""
    if isinstance(error, Reauthorise):
        return Fault(
            "failing",
            error.message,
            "The source no longer accepts the stored login. Enter it again under Integrations;"
            " synchronisation then goes on by itself where it stopped.",
            whole=True,
        )
    if isinstance(error, RetryAfter):
        return Fault(
            "failing",
            error.message,
            "Nothing has to be done at once: it is tried again, at longer and longer intervals up"
            " to 15 minutes. If it stays so, see whether the source's address opens in a browser.",
            whole=isinstance(error, OdooError) and error.kind in _UNREACHABLE,
        )
    kind = error.kind if isinstance(error, OdooError) else None
    if kind is Kind.NOT_ODOO:
        return Fault(
            "failing",
            error.message,
            "Something else than the source answers at its address, or the source is broken: a"
            " page shown during maintenance, a proxy, another program. Open the address in a"
            " browser; if it is wrong, correct it under Integrations. It is tried again by itself,"
            " at longer and longer intervals up to 15 minutes; what was read before is kept.",
            whole=True,
        )
    if kind is Kind.ACCESS_ERROR:
        return Fault(
            "denied",
            error.message,
            f"The account of this connection may no longer read {entity}. Give it that right in"
            " the source, or take the entity out of the plan. What was read before is kept, and"
            " nothing is taken for deleted.",
        )
    if kind is Kind.UNKNOWN_MODEL:
        return Fault(
            "missing",
            error.message,
            f"The source has no {entity} any more; its module may have been removed. Install it"
            " again, or take the entity out of the plan. What was read before is kept.",
        )
    return Fault(
        "failing",
        error.message,
        f"The source refuses to give {entity}. Correct what the message names, then start a run;"
        " it is tried again every hour as well.",
    )


def full_of(entity: str) -> Fault:
    """The first load of `entity` has come to the storage its tenant's plan allows."""
    return Fault(
        "failing",
        f"There is no room for more of {entity}: this tenant stores as much as its plan allows.",
        "What was read is kept and the rest waits where it stopped. Take entities out of the plan"
        " of a copy, delete files or old backups, or have a larger plan. A larger plan is noticed"
        " at once, room that was made within an hour, or when a run is started by hand.",
    )


_UNREACHABLE = frozenset({Kind.UNREACHABLE, Kind.RATE_LIMITED, Kind.UNAVAILABLE})


def needs_person(error: ConnectorError) -> bool:
    """Whether trying again is of no use until somebody has done something."""
    if isinstance(error, OdooError) and error.kind is Kind.NOT_ODOO:
        # maintenance ends by itself
        return False
    return isinstance(error, Reauthorise | Rejected)


def names_unknown_field(error: ConnectorError) -> bool:
    """Whether the source refused because a field it was asked for is not there."""
    return isinstance(error, OdooError) and error.kind is Kind.INVALID_FIELD


def wait_after(failures: int, *, at_least: float | None = None) -> timedelta:
    """How long to leave a failing source alone: longer each time, never all at once."""
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10))
    spread = seconds * random.uniform(0.85, 1.15)  # noqa: S311 - not a secret
    return timedelta(seconds=max(spread, at_least or 0.0))
