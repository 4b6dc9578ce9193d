"""What is announced about alerts. `tenant_id` is None of those by rules of the platform's own."""

ALERT_FIRED = "alert.fired"
"""Payload, as of the others: `alert_id`, `rule_id`, `kind`, `severity`, `subject`, `name`,
`facts`, `about_tenant_id`."""
ALERT_RECOVERED = "alert.recovered"
ALERT_ENDED = "alert.ended"
"""It is no longer watched: the subject is gone, or the rule is off."""
ALERT_CHANGED = "alert.changed"
"""A person has acknowledged or muted it."""
NOTIFIED = "notification.created"
"""Payload: `alert_id`, `user_ids`."""

# announced, and on the audit trail; payload: `rule_id` and `kind`
RULE_CREATED = "alert_rule.created"
RULE_CHANGED = "alert_rule.changed"
RULE_REMOVED = "alert_rule.removed"

# on the audit trail alone
ACKNOWLEDGED = "alert.acknowledged"
MUTED = "alert.muted"
UNMUTED = "alert.unmuted"
