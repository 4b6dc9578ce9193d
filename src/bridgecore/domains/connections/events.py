"""What is announced about connections. Never their secrets."""

CONNECTION_CREATED = "connection.created"
CONNECTION_CHANGED = "connection.changed"
CONNECTION_REMOVED = "connection.removed"
CONNECTION_STATUS_CHANGED = "connection.status_changed"
# the tenant's row is gone: every domain deletes what it holds of that tenant
TENANT_PURGED = "tenant.purged"
