"""A local n8n: its public API, its headless set-up, its executions and its bad days."""

from __future__ import annotations

from .faults import Fault, Faults
from .installation import Installation, Key
from .simulator import N8nSimulator

__all__ = ["Fault", "Faults", "Installation", "Key", "N8nSimulator"]
