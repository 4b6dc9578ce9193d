"""What is announced about tenants and plans."""

TENANT_CREATED = "tenant.created"
TENANT_UPDATED = "tenant.updated"
TENANT_SUSPENDED = "tenant.suspended"
TENANT_ACTIVATED = "tenant.activated"
TENANT_DELETED = "tenant.deleted"
TENANT_RESTORED = "tenant.restored"
# the tenant is gone for good: every domain forgets what it holds of it
TENANT_PURGED = "tenant.purged"
# every change of state or limits: what processes hold in memory must follow it
TENANT_STATE_CHANGED = "tenant.state_changed"

PLAN_CREATED = "plan.created"
PLAN_CHANGED = "plan.changed"
