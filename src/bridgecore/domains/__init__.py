"""What the product does: one folder a domain, floors from audit up (see the import contracts)."""
