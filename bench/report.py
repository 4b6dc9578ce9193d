"""The result: a table for the terminal, JSON for comparing runs, Markdown for the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.verdicts import Finding, Limit, Unit, Verdict

OUT = Path(__file__).with_name("out")
RECORDED = Path(__file__).with_name("RESULTS.md")

_STYLES = {
    Verdict.AIM: "green",
    Verdict.FLOOR: "yellow",
    Verdict.MISSED: "bold red",
    Verdict.INVALID: "bold red",
    Verdict.ABSENT: "magenta",
    Verdict.SHOWN: "",
}
_COLUMNS = ("case", "what", "measured", "baseline", "compared", "aim", "floor", "verdict")
WIDTH = 180


@dataclass(frozen=True, slots=True)
class Report:
    """One run: where, when, how, and what was found."""

    title: str
    method: str
    began: datetime
    commit: str
    machine: Mapping[str, str]
    findings: Sequence[Finding]
    rounds: Sequence[str] = ()
    """What each round said, for the JSON alone."""


def began_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def show(report: Report, console: Console) -> None:
    """Print the findings as one table, then what has to be said about some of them."""
    table = Table(title=report.title, title_justify="left", box=None, pad_edge=False)
    # a file or a pipe has no width of its own
    if not console.is_terminal:
        console.width = WIDTH
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    previous: Sequence[str] = ("", "", "")
    for found in report.findings:
        style = _STYLES[found.verdict]
        cells = cells_of(found)
        verdict = f"[{style}]{cells[-1]}[/]" if style else cells[-1]
        table.add_row(*_unrepeated(cells[:3], previous), *cells[3:-1], verdict)
        previous = cells[:3]
    console.print(table)
    for line in notes(report.findings):
        console.print(f"  {line}", style="dim", highlight=False, markup=False)


def write(report: Report, *, record: bool) -> Sequence[Path]:
    """Write JSON and Markdown under `bench/out`, and RESULTS.md if it is to be kept."""
    OUT.mkdir(exist_ok=True)
    name = report.began.strftime("%Y%m%dT%H%M%SZ")
    written = [OUT / f"{name}.json", OUT / f"{name}.md"]
    written[0].write_text(json.dumps(asdict(report), indent=2, default=str) + "\n")
    written[1].write_text(markdown(report))
    if record:
        RECORDED.write_text(markdown(report))
        written.append(RECORDED)
    return written


def markdown(report: Report) -> str:
    """The whole report as one page."""
    lines = [
        f"# {report.title}",
        "",
        report.method,
        "",
        f"Measured {report.began:%Y-%m-%d %H:%M} UTC"
        + (f" at revision {report.commit}." if report.commit else "."),
        "",
        _row(_COLUMNS),
        _row(["---"] * len(_COLUMNS)),
        *(_row(cells_of(found)) for found in report.findings),
        "",
    ]
    if told := notes(report.findings):
        lines += [*(f"- {line}" for line in told), ""]
    lines += ["| machine | |", "| --- | --- |"]
    lines += [_row((name, value)) for name, value in report.machine.items()]
    return "\n".join(lines) + "\n"


def cells_of(found: Finding) -> Sequence[str]:
    """A finding as the columns of a table."""
    return (
        found.case,
        found.subject,
        found.figure,
        found.baseline,
        "" if found.value is None else found.unit.told(found.value),
        _bound(found.limit, found.unit, floor=False),
        _bound(found.limit, found.unit, floor=True),
        found.verdict.value,
    )


def notes(findings: Sequence[Finding]) -> Sequence[str]:
    return [f"{found.case}, {found.subject}: {found.note}" for found in findings if found.note]


def _unrepeated(cells: Sequence[str], previous: Sequence[str]) -> Sequence[str]:
    """The leading cells without those that say the same as in the row above."""
    same = 0
    while same < len(cells) and cells[same] == previous[same]:
        same += 1
    return ["" if number < same else cell for number, cell in enumerate(cells)]


def _bound(limit: Limit | None, unit: Unit, *, floor: bool) -> str:
    if limit is None or (floor and limit.floor == limit.aim):
        return ""
    sign = "≥" if limit.more_is_better else "≤"
    return f"{sign} {unit.told(limit.floor if floor else limit.aim)}"


def _row(cells: Sequence[str]) -> str:
    # a pipe or a line end would end the cell
    plain = [" ".join(cell.split()).replace("|", "\\|") for cell in cells]
    return "| " + " | ".join(plain) + " |"
