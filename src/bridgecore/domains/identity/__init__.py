"""People, their places in tenants, and how they prove who they are."""
