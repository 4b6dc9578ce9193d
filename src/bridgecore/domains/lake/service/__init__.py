"""What other domains may ask of the lake."""

from bridgecore.domains.lake.service.comparing import bands, compare, keys
from bridgecore.domains.lake.service.freshness import freshness
from bridgecore.domains.lake.service.hints import (
    CHANNEL,
    hinted_connections,
    note_hints,
    settle_hints,
    take_hints,
)
from bridgecore.domains.lake.service.reading import (
    entities,
    forgotten_version,
    latest_version,
    read_changes,
)
from bridgecore.domains.lake.service.upkeep import measure_storage
from bridgecore.domains.lake.service.writing import apply, remove, stage, store_staged

__all__ = [
    "CHANNEL",
    "apply",
    "bands",
    "compare",
    "entities",
    "forgotten_version",
    "freshness",
    "hinted_connections",
    "keys",
    "latest_version",
    "measure_storage",
    "note_hints",
    "read_changes",
    "remove",
    "settle_hints",
    "stage",
    "store_staged",
    "take_hints",
]
