"""Memory of the API's processes: idle, and over many requests."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import load
from bench.cases import MemoryCase, gateway_bodies
from bench.load import LoadFailed, Target
from bench.processes import Program, ProgramFailed
from bench.throughput import GATEWAY, Log, ensure_answers
from bench.verdicts import Finding, Unit, invalid, judged

FULL_REQUESTS = 1_000_000
_SAMPLES = 20
_SETTLE_SECONDS = 2.0
_LONGEST_SECONDS = 3_600.0
_MB = 1024.0
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in MB. `pss` counts pages that processes share once among them."""

    rss: float
    pss: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory of all workers together after so many requests."""

    requests: int
    rss_mb: float


def memory_of(pid: int) -> Memory:
    """What the kernel says. Raises ProcessLookupError."""
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text()
    except FileNotFoundError:
        raise ProcessLookupError(f"there is no process {pid}") from None
    values: Mapping[str, float] = {
        name: int(rest.split()[0]) / _MB
        for name, _, rest in (line.partition(":") for line in text.splitlines()[1:])
    }
    return Memory(values["Rss"], values["Pss"])


def workers_of(server: Program) -> Sequence[int]:
    """Process ids of the server's workers: its children that serve."""
    children = (_PROC / str(server.pid) / "task" / str(server.pid) / "children").read_text()
    return [pid for pid in map(int, children.split()) if b"resource_tracker" not in _command(pid)]


def _command(pid: int) -> bytes:
    return (_PROC / str(pid) / "cmdline").read_bytes()


def growth_mb_per_million(samples: Sequence[Sample]) -> float:
    """Slope of the least squares line through all samples but the first fifth, which warms up."""
    kept = samples[len(samples) // 5 :]
    mean_x = sum(sample.requests for sample in kept) / len(kept)
    mean_y = sum(sample.rss_mb for sample in kept) / len(kept)
    spread = sum((sample.requests - mean_x) ** 2 for sample in kept)
    if not spread:
        return 0.0
    together = sum((sample.requests - mean_x) * (sample.rss_mb - mean_y) for sample in kept)
    return together / spread * 1_000_000


def idle(case: MemoryCase, gateway: Program) -> Sequence[Finding]:
    """Memory of a gateway that has just started and served nothing but `/health`."""
    time.sleep(_SETTLE_SECONDS)
    measured = [memory_of(pid) for pid in workers_of(gateway)]
    if not measured:
        return [invalid(case.name, "idle", "no worker process was found")]
    largest = max(measured, key=lambda memory: memory.rss)
    parent = memory_of(gateway.pid)
    return [
        judged(
            case.name,
            subject,
            f"RSS {memory.rss:.0f} MB, PSS {memory.pss:.0f} MB",
            memory.rss,
            case.idle_mb,
            unit=Unit.MB,
        )
        for subject, memory in (
            (f"idle, the larger of {len(measured)} workers", largest),
            ("idle, the process that watches them", parent),
        )
    ]


def growth(
    case: MemoryCase,
    gateway: Program,
    token: str,
    *,
    requests: int,
    wrk: str,
    folder: Path,
    log: Log,
) -> Sequence[Finding]:
    """What the workers grow by over `requests` calls."""
    workers = workers_of(gateway)
    target = Target(
        gateway.url,
        GATEWAY + "call_kw",
        gateway_bodies("call_kw"),
        {"Authorization": f"Bearer {token}"},
    )
    try:
        ensure_answers(target)
        samples = _loaded(case, workers, target, requests, wrk=wrk, folder=folder, log=log)
    except (ProgramFailed, LoadFailed, ProcessLookupError) as error:
        return [invalid(case.name, "growth", str(error))]
    return [_growth(case, samples, len(workers))]


def _loaded(
    case: MemoryCase,
    workers: Sequence[int],
    target: Target,
    requests: int,
    *,
    wrk: str,
    folder: Path,
    log: Log,
) -> Sequence[Sample]:
    """Samples between slices of load. Raises LoadFailed, ProcessLookupError for a lost worker."""
    samples: list[Sample] = []
    sent = 0
    slice_seconds = 1.0
    deadline = time.monotonic() + _LONGEST_SECONDS
    while sent < requests and time.monotonic() < deadline:
        run = load.run(
            wrk, target, connections=case.connections, seconds=slice_seconds, folder=folder
        )
        if run.failures:
            raise LoadFailed(f"{run.failures} requests failed")
        sent += run.requests
        rss = sum(memory_of(pid).rss for pid in workers)
        samples.append(Sample(sent, rss))
        log(f"{case.name}: {sent:,} requests, {rss:.1f} MB in {len(workers)} workers")
        slice_seconds = max(1.0, requests / _SAMPLES / run.throughput)
    return samples


def _growth(case: MemoryCase, samples: Sequence[Sample], workers: int) -> Finding:
    first, last = samples[len(samples) // 5], samples[-1]
    figure = f"{first.rss_mb:.1f} to {last.rss_mb:.1f} MB over {last.requests:,} requests"
    whole = last.requests >= FULL_REQUESTS
    return judged(
        case.name,
        f"growth of {workers} workers together",
        figure,
        growth_mb_per_million(samples),
        case.growth_mb_per_million if whole else None,
        unit=Unit.MB_PER_MILLION,
        note="" if whole else "not judged: only a run with --full sends a million requests",
    )
