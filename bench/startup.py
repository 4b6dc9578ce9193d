"""How long `bridgecore up` takes until it answers, demo data and simulated Odoos included."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.cases import StartCase
from bench.processes import HOST, ProgramFailed, free_port, module, running
from bench.throughput import Log
from bench.verdicts import Finding, Unit, invalid, judged


def run_case(case: StartCase, *, rounds: int, folder: Path, log: Log) -> Sequence[Finding]:
    """Each round starts in an empty folder, and then once more in the folder that left."""
    empty: list[float] = []
    prepared: list[float] = []
    try:
        for turn in range(rounds):
            home = folder / f"up-{turn}"
            home.mkdir()
            empty.append(_seconds_to_answer(home))
            prepared.append(_seconds_to_answer(home))
            log(
                f"{case.name} round {turn + 1}: {empty[-1]:.1f} s in an empty folder,"
                f" {prepared[-1]:.1f} s in a prepared one"
            )
    except ProgramFailed as error:
        return [invalid(case.name, case.title, str(error))]
    return [
        judged(
            case.name,
            f"{case.title}, {folder_state} data folder",
            f"{median(times):.1f} s",
            median(times),
            limit,
            unit=Unit.SECONDS,
        )
        for folder_state, times, limit in (
            ("prepared", prepared, case.prepared_seconds),
            ("empty", empty, case.empty_seconds),
        )
    ]


def _seconds_to_answer(home: Path) -> float:
    """From the start of the process to the first answer of `/health`. Raises ProgramFailed."""
    port = free_port()
    environment = {
        "ENVIRONMENT": "development",
        "HOST": HOST,
        "PORT": str(port),
        "DATA_DIR": str(home / "data"),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "WEB_WORKERS": "1",
    }
    began = time.perf_counter()
    with running(
        "up",
        module("bridgecore.entrypoints.cli", "up", "--port", str(port)),
        port=port,
        folder=home,
        ready_path="/health",
        environment=environment,
        cwd=home,
        start_seconds=120.0,
    ):
        return time.perf_counter() - began
