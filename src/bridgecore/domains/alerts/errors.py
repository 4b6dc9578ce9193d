"""What can be wrong when rules, alerts and notifications are asked for."""

from __future__ import annotations

from bridgecore.infra.problems import Conflict, NotFound, ValidationFailed


class AlertNotFound(NotFound):
    """There is no such alert; those that are over are kept for 90 days."""


class RuleNotFound(NotFound):
    """There is no such alert rule; it may have been removed."""


class NotificationNotFound(NotFound):
    """You have no such notification; they are kept for 90 days."""


class KindUnknown(ValidationFailed):
    """There is no such kind of alert rule; GET the kinds to see them."""


class RecipientUnknown(ValidationFailed):
    """Somebody or some role among the recipients does not belong here."""


class AlertOver(Conflict):
    """This alert is over, so there is nothing to acknowledge or mute."""


class TooManyRules(Conflict):
    """There are 100 alert rules already; change or remove one."""
