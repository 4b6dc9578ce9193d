"""What is announced about connections. Never their secrets."""

CONNECTION_CREATED = "connection.created"
CONNECTION_CHANGED = "connection.changed"
CONNECTION_REMOVED = "connection.removed"
CONNECTION_STATUS_CHANGED = "connection.status_changed"
