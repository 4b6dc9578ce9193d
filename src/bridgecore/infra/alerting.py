"""How a domain tells what may be wrong: probes, which alert rules are evaluated with.

A probe reads how things stand now, so it may be asked at any time, as often as wanted, and an
event that was missed costs only time. The domain that knows the answer gives the probe, as
`PROBES` in its `probes` room; `domains.alerts` decides who is told what. Neither knows the other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.infra.resources import Resources

PROBES = "probes"
"""Under this name the probes of a process are kept in `Resources.extensions`."""


class AlertSeverity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


class Parameters(BaseModel):
    """What a rule sets for its probe. Every field has a default, which default rules use."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one subject stands.

    `subject` names it for good within its tenant and kind. `firing` None: there is too little to
    tell, so what was said before holds. `facts` are what the sentences speak of: text, numbers,
    shares from 0 to 1 under names that end in `_share`, moments as ISO 8601 under names that end
    in `_at`. `page` is where it is looked at in the dashboard.
    """

    subject: str
    name: str
    firing: bool | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""


Observe = Callable[[AsyncSession, Resources, UUID, Any], Awaitable[Sequence[Reading]]]
"""Reads how every subject of one tenant stands, by the rule's parameters, in a platform session.

What is no longer among the readings is no longer watched: its alert ends without a word.
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of condition. `triggers` are the events after which it is worth asking again.

    `by_default`: tenants get a rule of this kind by themselves. `for_staff`: so does the platform.
    """

    kind: str
    parameters: type[Parameters]
    severity: AlertSeverity
    observe: Observe
    triggers: frozenset[str] = frozenset()
    by_default: bool = True
    for_staff: bool = False
