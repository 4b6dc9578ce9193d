"""What is announced about webhooks. Never their secrets."""

WEBHOOK_DEAD_LETTERED = "webhook.dead_lettered"

# on the audit trail
SECRET_CREATED = "webhook_secret.created"  # noqa: S105 - a name of what happened
SECRET_ROTATED = "webhook_secret.rotated"  # noqa: S105
SECRET_REVOKED = "webhook_secret.revoked"  # noqa: S105
ADDRESS_CREATED = "webhook_address.created"
ADDRESS_REVOKED = "webhook_address.revoked"
EVENTS_RETRIED = "webhook_events.retried"
EVENTS_DISCARDED = "webhook_events.discarded"
