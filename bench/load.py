"""Load by wrk: what it is told to send, and what it measured."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INSTALL = "apt-get install wrk"
_SCRIPT = Path(__file__).with_name("wrk.lua")
_MARK = "BENCH "
_SPARE_SECONDS = 30.0


class LoadFailed(Exception):
    """wrk did not run, or measured nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send what. `bodies` are sent in turn, so that calls under way at once differ."""

    url: str
    path: str
    bodies: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    varied_address: bool = False
    """Send another `X-Forwarded-For` with each request, as if many people called."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of wrk. Latencies in milliseconds, throughput in requests a second."""

    seconds: float
    requests: int
    throughput: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    bytes_per_answer: float
    refused: int
    """Answers of status 400 and above."""
    broken: int
    """Connections that failed, or answers that did not come in time."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """Answers by status, where the run counted them."""

    @property
    def failures(self) -> int:
        return self.refused + self.broken


def installed() -> str | None:
    """wrk's program file, if there is one."""
    return shutil.which("wrk")


def run(
    wrk: str,
    target: Target,
    *,
    connections: int,
    seconds: float,
    folder: Path,
    count_statuses: bool = False,
) -> Measured:
    """Keep `connections` busy for `seconds` from one thread. Raises LoadFailed."""
    process = start(
        wrk,
        target,
        connections=connections,
        seconds=seconds,
        folder=folder,
        count_statuses=count_statuses,
    )
    return finish(process, seconds=seconds)


def start(
    wrk: str,
    target: Target,
    *,
    connections: int,
    seconds: float,
    folder: Path,
    count_statuses: bool = False,
) -> subprocess.Popen[str]:
    """The same beside something else; to be given to `finish`."""
    plan = folder / f"wrk-{abs(hash((target.url, target.path, connections, count_statuses))):x}.lua"
    plan.write_text(_plan(target, count_statuses=count_statuses))
    return subprocess.Popen(
        (
            wrk,
            *("--threads", "1", "--connections", str(connections), "--timeout", "10s"),
            *("--duration", f"{max(1, round(seconds))}s", "--script", str(_SCRIPT)),
            target.url,
            "--",
            str(plan),
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], *, seconds: float) -> Measured:
    """What a started run measured. Raises LoadFailed."""
    try:
        output, _ = process.communicate(timeout=seconds + _SPARE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise LoadFailed("wrk did not end in time") from None
    except BaseException:
        process.kill()
        raise
    if process.returncode != 0:
        raise LoadFailed(f"wrk ended with {process.returncode}: {output.strip()[-500:]}")
    return parsed(output)


def parsed(output: str) -> Measured:
    """The figures that `wrk.lua` prints at the end. Raises LoadFailed."""
    line = next((text for text in output.splitlines() if text.startswith(_MARK)), None)
    if line is None:
        raise LoadFailed(f"wrk printed no figures: {output.strip()[-500:]}")
    told = json.loads(line.removeprefix(_MARK))
    seconds, requests = told["microseconds"] / 1e6, int(told["requests"])
    if not requests:
        raise LoadFailed("no request was answered")
    return Measured(
        seconds=seconds,
        requests=requests,
        throughput=requests / seconds,
        p50_ms=told["p50"] / 1000,
        p99_ms=told["p99"] / 1000,
        max_ms=told["max"] / 1000,
        bytes_per_answer=told["bytes"] / requests,
        refused=int(told["refused"]),
        broken=int(told["broken"]),
        statuses={str(status): int(count) for status, count in told["statuses"].items()},
    )


def _plan(target: Target, *, count_statuses: bool) -> str:
    """A Lua table: what `wrk.lua` reads."""
    headers = {"Content-Type": "application/json", **target.headers}
    lines = [
        "return {",
        f"  path = {_lua(target.path)},",
        f"  count_statuses = {str(count_statuses).lower()},",
        f"  varied_address = {str(target.varied_address).lower()},",
        "  headers = {",
        *(f"    [{_lua(name)}] = {_lua(value)}," for name, value in headers.items()),
        "  },",
        "  bodies = {",
        *(f"    {_lua(body.decode())}," for body in target.bodies),
        "  },",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _lua(text: str) -> str:
    """A Lua string literal; JSON's escapes of quotes, backslashes and line ends are Lua's too."""
    return json.dumps(text, ensure_ascii=False)
