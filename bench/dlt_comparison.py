"""The same records into the same PostgreSQL by dlt, the library one would otherwise use.

dlt comes from PyPI into a virtual environment made here when asked; the platform does not depend
on it. It is used as its documentation shows: a generator of pages, merged by primary key. Both
fetch from an instant source over HTTP, and both are measured as whole loads; dlt's start-up and the
import of its modules are left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench import cases
from bench.copying import address, copies, seconds_of, source, worker
from bench.platform import Platform
from bench.throughput import Log
from bench.verdicts import Finding, Limit, absent, at_least, judged

PROGRAM = Path(__file__).with_name("dlt_program.py")
REQUIREMENTS = ("dlt[postgres]", "requests")
ENVIRONMENT = "BENCH_DLT_PYTHON"
"""Names a Python that has dlt already."""


@dataclass(frozen=True, slots=True)
class DltCase:
    name: str
    title: str
    records: int
    faster: Limit


DLT = DltCase(cases.DLT, "beside dlt", 50_000, at_least(5.0))


def run_case(
    case: DltCase, platform: Platform, folder: Path, *, records: int, rounds: int, log: Log
) -> Sequence[Finding]:
    python = os.environ.get(ENVIRONMENT) or _installed(folder, log)
    if python is None:
        return [absent(case.name, case.title, "dlt could not be installed from PyPI")]
    ours: list[float] = []
    theirs: dict[str, list[float]] = {"insert_values": [], "csv": []}

    async def measured() -> None:
        async with copies(platform) as held:
            with source(folder, records=records) as instant, worker(platform, folder):
                for turn in range(rounds):
                    copy = await held.found(address(instant))
                    run = await held.ended(copy, await held.ask(copy))
                    ours.append(seconds_of(run))
                    for form, times in theirs.items():
                        times.append(
                            _by_dlt(python, platform, address(instant), records, form, folder)
                        )
                    log(
                        f"{case.name} round {turn + 1}: {ours[-1]:.1f} s, dlt "
                        + ", ".join(f"{form} {times[-1]:.1f} s" for form, times in theirs.items())
                    )

    asyncio.run(measured())
    return [
        judged(
            case.name,
            f"{records:,} records from an instant source, times dlt's speed ({form})",
            f"{min(ours):.1f} s",
            min(times) / min(ours),
            case.faster,
            baseline=f"dlt {min(times):.1f} s",
        )
        for form, times in theirs.items()
    ]


def _installed(folder: Path, log: Log) -> str | None:
    log("dlt: installing it beside, from PyPI")
    home = folder / "dlt"
    python = home / "bin" / "python"
    made = subprocess.run([sys.executable, "-m", "venv", str(home)], check=False)
    if made.returncode:
        return None
    got = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", *REQUIREMENTS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return str(python) if got.returncode == 0 else None


def _by_dlt(
    python: str, platform: Platform, url: str, records: int, form: str, folder: Path
) -> float:
    """Seconds of one load, as dlt's program tells."""
    with psycopg.connect(platform.settings.database_url, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS dlt_target")
        server.execute("CREATE DATABASE dlt_target")
        found = server.info
        # dlt wants a host and a password named, even where a socket's folder takes their place
        target = (
            f"postgresql://{found.user}:none@localhost/dlt_target?host={quote(found.host, safe='')}"
        )
    done = subprocess.run(
        [python, "-P", str(PROGRAM), url, target, str(records), form],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "RUNTIME__DLTHUB_TELEMETRY": "false"},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    told = json.loads(done.stdout.strip().splitlines()[-1])
    with psycopg.connect(target) as check:
        count = check.execute("SELECT count(*) FROM lake.partners").fetchone()
    if count is None or count[0] != records:
        raise RuntimeError(f"dlt loaded {count} of {records}")
    return float(told["seconds"])
