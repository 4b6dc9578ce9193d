"""Dates and datetimes: as compared in domains, as grouped, as parsed from clients.

Stored datetimes are text with microseconds, so text order is time order; a value read back over
the wire has seconds only, which is where the versions differ.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bridgecore.simulators.odoo.errors import PythonError, value_error

if TYPE_CHECKING:
    from .environment import Environment

SECONDS = "%Y-%m-%d %H:%M:%S"
DAYS = "%Y-%m-%d"
GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
Bound = str | None


def stamp(when: datetime) -> str:
    """Microsecond text of a UTC datetime, as rows keep it."""
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")


def parse(value: str) -> datetime:
    """The naive datetime of stored or wire text."""
    text = value.replace("T", " ")
    if len(text) == 10:
        return datetime.strptime(text, DAYS)  # noqa: DTZ007
    if "." in text:
        return datetime.strptime(text, SECONDS + ".%f")  # noqa: DTZ007
    return datetime.strptime(text, SECONDS)  # noqa: DTZ007


def window(env: Environment, kind: str, operator: str, value: object) -> tuple[Bound, Bound]:
    """The half-open text interval that a comparison means: `low <= stored < high`.

    `!=` gives the interval of `=`, for the caller to negate.
    """
    text = str(value)
    if env.version >= 19:
        start, step = _modern(env, text)
        return _interval(operator, start, step, kind)
    try:
        moment = parse(text)
    except ValueError:
        shown = "timestamp" if kind == "datetime" else "date"
        raise PythonError(
            "psycopg2.errors.InvalidDatetimeFormat",
            f'invalid input syntax for type {shown}: "{text}"\n',
        ) from None
    if kind == "date":
        return _interval(operator, moment, timedelta(days=1), kind)
    if len(text) == 10 and operator in (">", "<="):
        moment = moment.replace(hour=23, minute=59, second=59)
    exact = stamp(moment) if moment.microsecond else moment.strftime(SECONDS)
    after = exact + "\x00"
    if not moment.microsecond:
        # A stored value with a zero fraction and one without any are the same instant.
        after = exact + ".000000\x00"
    return {
        "=": (exact, after),
        "!=": (exact, after),
        ">": (after, None),
        ">=": (exact, None),
        "<": (None, exact),
        "<=": (None, after),
    }[operator]


def _interval(operator: str, start: datetime, step: timedelta, kind: str) -> tuple[Bound, Bound]:
    form = DAYS if kind == "date" else SECONDS
    if kind == "date":
        start, step = start.replace(hour=0, minute=0, second=0), timedelta(days=1)
    low, high = start.strftime(form), (start + step).strftime(form)
    return {
        "=": (low, high),
        "!=": (low, high),
        ">": (high, None),
        ">=": (low, None),
        "<": (None, low),
        "<=": (None, high),
    }[operator]


_OFFSET = re.compile(r"([+-])(\d+)([dwmyHMS])")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _modern(env: Environment, text: str) -> tuple[datetime, timedelta]:
    try:
        moment = parse(text)
    except ValueError:
        return _expression(env, text)
    if len(text) == 10:
        return moment, timedelta(days=1)
    return moment.replace(microsecond=0), timedelta(seconds=1)


def _expression(env: Environment, text: str) -> tuple[datetime, timedelta]:
    now = env.now.replace(tzinfo=None, microsecond=0)
    step = timedelta(seconds=1)
    for number, term in enumerate(text.split()):
        if number == 0 and term == "now":
            continue
        if number == 0 and term == "today":
            now, step = now.replace(hour=0, minute=0, second=0), timedelta(days=1)
        elif match := _OFFSET.fullmatch(term):
            now = _shift(now, int(match[1] + match[2]), match[3])
        elif term.startswith("=") and term[1:] in (*_WEEKDAYS, "week_start"):
            day = 0 if term == "=week_start" else _WEEKDAYS.index(term[1:])
            now = now.replace(hour=0, minute=0, second=0)
            now, step = now - timedelta(days=(now.weekday() - day) % 7), timedelta(days=1)
        else:
            raise value_error(f"Invalid term {term!r} in expression date: {text!r}")
    return now, step


def _shift(when: datetime, count: int, unit: str) -> datetime:
    if unit == "m":
        return add_months(when, count)
    if unit == "y":
        return add_months(when, 12 * count)
    seconds = {"d": 86400, "w": 7 * 86400, "H": 3600, "M": 60, "S": 1}[unit]
    return when + timedelta(seconds=count * seconds)


def add_months(when: datetime, count: int) -> datetime:
    """The same day `count` months on, or the last day of a shorter month."""
    month = when.month - 1 + count
    year, month = when.year + month // 12, month % 12 + 1
    for day in range(when.day, 0, -1):
        try:
            return when.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise ValueError(count)


def local(value: str, zone: str) -> datetime:
    """A stored UTC datetime as the wall clock of `zone` shows it."""
    return parse(value).replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def floor(when: datetime, granularity: str) -> datetime:
    """The start of the hour, day, week (Sunday in en_US), month, quarter or year."""
    if granularity == "hour":
        return when.replace(minute=0, second=0, microsecond=0)
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    if granularity == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if granularity == "month":
        return day.replace(day=1)
    if granularity == "quarter":
        return day.replace(day=1, month=day.month - (day.month - 1) % 3)
    if granularity == "year":
        return day.replace(day=1, month=1)
    return day


def following(start: datetime, granularity: str) -> datetime:
    """The start of the next period."""
    months = {"month": 1, "quarter": 3, "year": 12}.get(granularity)
    if months:
        return add_months(start, months)
    return start + {"hour": timedelta(hours=1), "week": timedelta(days=7)}.get(
        granularity, timedelta(days=1)
    )


def label(start: datetime, granularity: str) -> str:
    """What the web client shows for a period, in English."""
    if granularity == "hour":
        return start.strftime("%H:00 %d %b")
    if granularity == "week":
        return f"W{(start + timedelta(days=1)).isocalendar().week} {start.year}"
    if granularity == "month":
        return start.strftime("%B %Y")
    if granularity == "quarter":
        return f"Q{(start.month + 2) // 3} {start.year}"
    if granularity == "year":
        return str(start.year)
    return start.strftime("%d %b %Y")


def today(env: Environment) -> date:
    """The current day in UTC, by the transaction's clock."""
    return env.now.date()


def day(env: Environment, offset: int = 0) -> str:
    """Wire text of the day `offset` days from the transaction's."""
    return (today(env) + timedelta(days=offset)).strftime(DAYS)
