"""Wire shapes of alert rules, alerts and notifications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from bridgecore.infra.alerting import AlertSeverity
from bridgecore.infra.web import Feed, Input, Output

MOST_RULES = 100
LONGEST_MINUTES = 43_200
"""Thirty days."""

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
RuleName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$"),
]
RoleCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,38}[a-z0-9]$")]
Window = Annotated[int, Field(ge=1, le=LONGEST_MINUTES)]
Roles = Annotated[list[RoleCode], Field(max_length=20)]
People = Annotated[list[UUID], Field(max_length=100)]


class AlertStatus(StrEnum):
    """`ended`: it is no longer watched, so nobody knows how it stands."""

    FIRING = "firing"
    RECOVERED = "recovered"
    ENDED = "ended"


class AlertKindOut(Output):
    """A kind of rule, and what can be set of it, as JSON Schema."""

    kind: str
    title: str
    description: str
    severity: AlertSeverity = Field(description="Of rules that set no other.")
    parameters: Mapping[str, Any]


class AlertRuleIn(Input):
    """`roles` and `people` are told. `parameters` left out have their defaults."""

    kind: Kind
    name: RuleName | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    severity: AlertSeverity | None = None
    window_minutes: Window = Field(
        60, description="Within so long of being told, a condition is not told again."
    )
    in_app: bool = True
    by_mail: bool = True
    roles: Roles = Field(default_factory=list)
    people: People = Field(default_factory=list, description="Ids of persons (`user_id`).")
    is_enabled: bool = True


class AlertRuleChange(Input):
    """Only what is given changes; `parameters`, where given, are all of them."""

    name: RuleName | None = None
    parameters: dict[str, Any] | None = None
    severity: AlertSeverity | None = None
    window_minutes: Window | None = None
    in_app: bool | None = None
    by_mail: bool | None = None
    roles: Roles | None = None
    people: People | None = None
    is_enabled: bool | None = None


class AlertRuleOut(Output):
    """`firing` is how many alerts it has now. `is_default`: made by the platform."""

    id: UUID
    kind: str
    title: str
    name: str | None
    parameters: Mapping[str, Any]
    severity: AlertSeverity
    window_minutes: int
    in_app: bool
    by_mail: bool
    roles: list[str]
    people: list[UUID]
    is_enabled: bool
    is_default: bool
    firing: int = 0
    created_at: datetime
    updated_at: datetime


class AlertOut(Output):
    """One time that a condition held. Its sentences are in the language of `Accept-Language`."""

    id: UUID
    rule_id: UUID
    kind: str
    severity: AlertSeverity
    status: AlertStatus
    title: str
    text: str
    what_to_do: str
    subject: str
    name: str
    facts: Mapping[str, Any]
    page: str = Field(description="Where it is looked at in the dashboard.")
    about_tenant_id: UUID
    about_tenant: str | None = Field(None, description="Its name, where the platform watches.")
    fired_at: datetime
    seen_at: datetime = Field(description="When it was last found to hold.")
    told_at: datetime | None = Field(description="None while its window keeps it quiet.")
    over_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    muted_until: datetime | None


class AlertFeed(Feed[AlertOut]):
    """`firing` is how many fire now, in all."""

    firing: int


class AlertMuteIn(Input):
    minutes: Window = Field(description="For how long nothing is told of this condition.")


class NotificationOut(Output):
    id: UUID
    alert_id: UUID
    event: Literal["fired", "recovered"]
    kind: str
    severity: AlertSeverity
    title: str
    text: str
    page: str
    created_at: datetime
    read_at: datetime | None


class NotificationFeed(Feed[NotificationOut]):
    unread: int


class UnreadNotificationsOut(Output):
    unread: int
