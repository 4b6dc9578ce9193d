"""A local Odoo: its wire protocol, its ORM, its data and its bad days, in one process."""

from __future__ import annotations

from .demo.foundation import UserSpec
from .faults import Fault, Faults
from .journal import Change, Journal
from .simulator import OdooSimulator

__all__ = ["Change", "Fault", "Faults", "Journal", "OdooSimulator", "UserSpec"]
