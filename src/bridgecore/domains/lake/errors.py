"""What the lake refuses."""

from __future__ import annotations

from bridgecore.infra.problems import ServiceUnavailable


class LakeBusy(ServiceUnavailable):
    """Another write to this tenant's records is under way; try again shortly."""
