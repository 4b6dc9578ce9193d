"""What is asked of a figure, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`SHOWN` is for figures nothing was asked of."""

    AIM = "aim reached"
    FLOOR = "floor held"
    MISSED = "MISSED"
    INVALID = "INVALID"
    ABSENT = "absent"
    SHOWN = ""


class Unit(StrEnum):
    """Of what is judged."""

    RATIO = "×"
    MS_MORE = "ms more"
    SECONDS = "s"
    MS = "ms"
    PER_SECOND = "a second"
    MB = "MB"
    MB_PER_MILLION = "MB per million requests"

    def told(self, value: float) -> str:
        """The amount, as a reader wants it."""
        if self is Unit.RATIO:
            return f"{value:.3f} ×"
        return f"{value:+.1f} ms" if self is Unit.MS_MORE else f"{value:.1f} {self.value}"


@dataclass(frozen=True, slots=True)
class Limit:
    """The aim and the floor of a figure, which are the same where only one was set."""

    aim: float
    floor: float
    more_is_better: bool = True

    def judge(self, value: float) -> Verdict:
        if self._reaches(value, self.aim):
            return Verdict.AIM
        return Verdict.FLOOR if self._reaches(value, self.floor) else Verdict.MISSED

    def _reaches(self, value: float, bound: float) -> bool:
        return value >= bound if self.more_is_better else value <= bound


def at_least(aim: float, floor: float | None = None) -> Limit:
    return Limit(aim, aim if floor is None else floor)


def at_most(aim: float, floor: float | None = None) -> Limit:
    return Limit(aim, aim if floor is None else floor, more_is_better=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the result: a figure, what it is compared with, what was asked, the verdict."""

    case: str
    subject: str
    figure: str
    """What was measured, with its unit."""
    baseline: str = ""
    """What it is compared with, named, with its figure."""
    value: float | None = None
    """What is judged: a ratio to the baseline, or an amount of `unit`."""
    unit: Unit = Unit.RATIO
    limit: Limit | None = None
    verdict: Verdict = Verdict.SHOWN
    note: str = ""


def judged(
    case: str,
    subject: str,
    figure: str,
    value: float,
    limit: Limit | None,
    *,
    baseline: str = "",
    unit: Unit = Unit.RATIO,
    note: str = "",
) -> Finding:
    """A finding with the verdict that its limit gives."""
    verdict = limit.judge(value) if limit is not None else Verdict.SHOWN
    return Finding(case, subject, figure, baseline, value, unit, limit, verdict, note)


def absent(case: str, subject: str, why: str) -> Finding:
    """What could not be measured here. Nothing is put in its place."""
    return Finding(case, subject, "", verdict=Verdict.ABSENT, note=why)


def invalid(case: str, subject: str, why: str) -> Finding:
    """What was measured wrongly: a run with failures says nothing about speed."""
    return Finding(case, subject, "", verdict=Verdict.INVALID, note=why)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether any of them missed its floor or is invalid."""
    return any(found.verdict in (Verdict.MISSED, Verdict.INVALID) for found in findings)
