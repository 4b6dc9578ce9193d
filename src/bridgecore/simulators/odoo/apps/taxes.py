"""Taxes: percentages on top of an untaxed amount."""

from __future__ import annotations

from collections.abc import Iterable

from bridgecore.simulators.odoo.orm.environment import Environment


def tax_amount(env: Environment, taxes: Iterable[int], untaxed: float) -> float:
    """The tax on an untaxed amount, rounded to cents."""
    rows = env.rows("account.tax")
    rate = sum(float(rows[key].get("amount", 0.0)) for key in taxes if key in rows)
    return round(untaxed * rate / 100, 2)
