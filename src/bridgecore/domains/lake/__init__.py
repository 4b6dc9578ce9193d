"""The lake: every record synchronised from a tenant's systems, and the feed of their changes."""
