"""Tenants, their plans and limits, and the state every process must know of them."""
