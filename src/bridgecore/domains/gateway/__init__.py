"""Live calls to a tenant's Odoo: one safe, fast API in front of it."""
