"""Wire shapes of what a tenant uses of its plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from bridgecore.infra.web import Output


@dataclass(frozen=True, slots=True)
class Metered:
    """What a tenant is billed on for one day (UTC): its calls by weight."""

    day: date
    weight: int


class WindowOut(Output):
    """One limit. `used` is None while the counters can't be reached; a None limit is unlimited."""

    name: Literal["hour", "day"]
    limit: int | None
    used: int | None
    remaining: int | None
    resets_at: datetime


class UsersOut(Output):
    """People of the tenant; a None limit is unlimited."""

    limit: int | None
    used: int


class StorageOut(Output):
    limit_bytes: int | None
    used_bytes: int
    by_kind: dict[str, int]
    measured_at: datetime | None = Field(description="When the oldest of these was measured.")


class UseOut(Output):
    """What the tenant has used of its plan, now."""

    plan: str = Field(description="The plan's code.")
    plan_name: str
    requests: Sequence[WindowOut]
    users: UsersOut
    storage: StorageOut
    as_of: datetime
