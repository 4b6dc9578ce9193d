"""UTC time, always with its zone, written the one way the API writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator


def _written_out(value: object) -> object:
    # of a bare number nobody can tell whether it counts seconds or milliseconds
    try:
        number = isinstance(value, int | float | str) and float(value)
    except ValueError:
        return value
    if number is False:
        return value
    raise ValueError("is not a moment such as 2026-07-01T12:00:00Z")


def _in_our_time(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2200:
        raise ValueError("lies outside the years 2000 to 2199")
    return moment.astimezone(UTC)


# A moment as clients give it: ISO 8601 with its zone; stored in UTC.
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    AfterValidator(_in_our_time),
]


def utcnow() -> datetime:
    return datetime.now(UTC)


def isoformat(moment: datetime) -> str:
    """ISO 8601 in UTC with `Z`. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
