"""Throughput and latency of the gateway against the baselines, run in turn so that drift cancels.

A round runs every contender once, forwards and backwards by turns. The gateway is compared with
the baseline of the same round, and the median of the rounds counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import load, stub_odoo
from bench.cases import GATEWAY_CALLS, ThroughputCase, gateway_bodies, odoo_bodies
from bench.load import LoadFailed, Measured, Target
from bench.nginx import CACHED
from bench.processes import Program, ProgramFailed, exchange
from bench.verdicts import Finding, Unit, absent, invalid, judged

DIRECT = "direct"
NGINX = "nginx"
NGINX_TWICE = "nginx, rows twice"
NGINX_CACHE = "nginx's own cache"
GATEWAY = "/api/v1/odoo/"

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often is measured."""

    seconds: float
    rounds: int
    warm_up: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to the stub's rows, and what was measured of it, round by round."""

    name: str
    target: Target
    runs: list[Measured] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        return median(run.throughput for run in self.runs)

    @property
    def p50_ms(self) -> float:
        return median(run.p50_ms for run in self.runs)

    @property
    def p99_ms(self) -> float:
        return median(run.p99_ms for run in self.runs)

    @property
    def failures(self) -> int:
        return sum(run.failures for run in self.runs)

    def described(self) -> str:
        return f"{self.throughput:,.0f} req/s, p50 {self.p50_ms:.1f}, p99 {self.p99_ms:.1f} ms"


def contenders(
    case: ThroughputCase, stub: Program, nginx: Program | None, gateway: Program, token: str
) -> Sequence[Contender]:
    """The baselines first, then the gateway's operations. nginx is left out where it is missing."""
    bodies = odoo_bodies()
    found = [Contender(DIRECT, Target(stub.url, stub_odoo.CALL_KW, bodies))]
    if nginx is not None:
        found.append(Contender(NGINX, Target(nginx.url, stub_odoo.CALL_KW, bodies)))
        if case.cached:
            # a cached answer is measured against the same bytes, and `search_read` sends its rows
            # twice for existing apps
            found.append(Contender(NGINX_TWICE, Target(nginx.url, stub_odoo.TWICE, bodies)))
            path = CACHED + stub_odoo.CALL_KW
            found.append(Contender(NGINX_CACHE, Target(nginx.url, path, bodies[:1])))
    authorised = {"Authorization": f"Bearer {token}"}
    for call in GATEWAY_CALLS:
        same = gateway_bodies(call, 1 if case.cached else len(bodies))
        found.append(Contender(call, Target(gateway.url, GATEWAY + call, same, authorised)))
    return found


def measure(
    case: ThroughputCase,
    among: Sequence[Contender],
    *,
    wrk: str,
    pace: Pace,
    folder: Path,
    log: Log,
) -> None:
    """Fill in the runs of each contender. Raises ProgramFailed, LoadFailed."""
    for contender in among:
        ensure_answers(contender.target)
        load.run(
            wrk,
            contender.target,
            connections=case.connections,
            seconds=pace.warm_up,
            folder=folder,
        )
    for turn in range(pace.rounds):
        for contender in among if turn % 2 == 0 else reversed(among):
            run = load.run(
                wrk,
                contender.target,
                connections=case.connections,
                seconds=pace.seconds,
                folder=folder,
            )
            contender.runs.append(run)
            log(
                f"{case.name} round {turn + 1}: {contender.name} {run.throughput:,.0f} req/s,"
                f" p99 {run.p99_ms:.1f} ms" + (f", {run.failures} FAILED" if run.failures else "")
            )


def ensure_answers(target: Target) -> None:
    """Raises ProgramFailed unless the rows come back, whole."""
    port = int(target.url.rpartition(":")[2])
    headers = {"content-type": "application/json", **target.headers}
    status, raw = exchange(port, "POST", target.path, body=target.bodies[0], headers=headers)
    if status != 200:
        raise ProgramFailed(f"{target.path} was answered {status}: {raw[:500]!r}")
    rows = json.loads(raw).get("result")
    if rows != stub_odoo.partners():
        raise ProgramFailed(f"{target.path} did not answer the stub's rows: {raw[:200]!r}")


def findings(case: ThroughputCase, among: Sequence[Contender]) -> Sequence[Finding]:
    """Ratios to the baselines, judged against what the case asks."""
    by_name = {contender.name: contender for contender in among}
    found = [
        Finding(case.name, name, by_name[name].described())
        for name in (DIRECT, NGINX, NGINX_TWICE, NGINX_CACHE)
        if name in by_name
    ]
    for call in GATEWAY_CALLS:
        found.extend(_of_call(case, by_name, call))
    return found


def _of_call(
    case: ThroughputCase, by_name: Mapping[str, Contender], call: str
) -> Sequence[Finding]:
    gateway = by_name[call]
    subject = f"gateway {call}"
    nginx = by_name.get(NGINX)
    failures = gateway.failures + (nginx.failures if nginx else 0) + by_name[DIRECT].failures
    if failures:
        return [invalid(case.name, subject, f"{failures} requests failed")]
    figure = gateway.described()
    yardstick = NGINX_TWICE if call == "search_read" and NGINX_TWICE in by_name else NGINX
    found = []
    for name, contender in by_name.items():
        if name in GATEWAY_CALLS:
            continue
        found.append(
            judged(
                case.name,
                subject,
                figure,
                ratio(gateway.runs, contender.runs),
                case.ratio if name == yardstick else None,
                baseline=f"{name} {contender.throughput:,.0f} req/s",
            )
        )
    if nginx is None:
        found.append(absent(case.name, f"{subject} to nginx", "nginx is not installed"))
    elif case.p99_over_nginx_ms is not None:
        over = median(
            ours.p99_ms - theirs.p99_ms
            for ours, theirs in zip(gateway.runs, nginx.runs, strict=True)
        )
        found.append(
            judged(
                case.name,
                f"{subject}, p99",
                f"{gateway.p99_ms:.1f} ms",
                over,
                case.p99_over_nginx_ms,
                baseline=f"nginx {nginx.p99_ms:.1f} ms",
                unit=Unit.MS_MORE,
            )
        )
    return found


def ratio(ours: Sequence[Measured], theirs: Sequence[Measured]) -> float:
    """The median, over the rounds, of our throughput to theirs in the same round."""
    return median(
        one.throughput / other.throughput for one, other in zip(ours, theirs, strict=True)
    )


def run_case(
    case: ThroughputCase,
    stub: Program,
    nginx: Program | None,
    gateway: Program,
    token: str,
    *,
    wrk: str,
    pace: Pace,
    folder: Path,
    log: Log,
) -> Sequence[Finding]:
    """Measure and judge one case; trouble is a finding, not an end of the run."""
    among = contenders(case, stub, nginx, gateway, token)
    try:
        measure(case, among, wrk=wrk, pace=pace, folder=folder, log=log)
    except (ProgramFailed, LoadFailed) as error:
        return [invalid(case.name, case.title, str(error))]
    return findings(case, among)
