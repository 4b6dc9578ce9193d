"""Gateway calls while many people sign in at once, with right and with wrong passwords."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import load
from bench.cases import StormCase, gateway_bodies
from bench.load import LoadFailed, Measured, Target
from bench.platform import PASSWORD, Company
from bench.processes import Program, ProgramFailed
from bench.throughput import GATEWAY, Log, Pace, ensure_answers
from bench.verdicts import Finding, invalid, judged

_ATTEMPTS = 4_000
_HEAD_START = 0.5


def storm_target(gateway: Program, company: Company) -> Target:
    """Sign-ins from many addresses: people with their password, and strangers by turns.

    Each stranger is another account, or the throttle would answer before a hash is made.
    """
    bodies = []
    for number in range(_ATTEMPTS):
        email = (
            company.people[number // 2 % len(company.people)]
            if number % 2 == 0
            else f"stranger{number}@{company.slug}.example"
        )
        bodies.append(json.dumps({"email": email, "password": PASSWORD}).encode())
    return Target(gateway.url, "/api/v1/auth/tenant/login", bodies, varied_address=True)


def run_case(
    case: StormCase,
    gateway: Program,
    company: Company,
    token: str,
    *,
    wrk: str,
    pace: Pace,
    folder: Path,
    log: Log,
) -> Sequence[Finding]:
    """The gateway's p99 with a storm to its p99 without one, run by turns."""
    calls = Target(
        gateway.url,
        GATEWAY + "call_kw",
        gateway_bodies("call_kw"),
        {"Authorization": f"Bearer {token}"},
    )
    storm = storm_target(gateway, company)
    quiet: list[Measured] = []
    stormy: list[Measured] = []
    sign_ins: list[Measured] = []
    try:
        ensure_answers(calls)
        load.run(wrk, calls, connections=case.connections, seconds=pace.warm_up, folder=folder)
        for turn in range(pace.rounds):
            quiet.append(
                load.run(
                    wrk, calls, connections=case.connections, seconds=pace.seconds, folder=folder
                )
            )
            during, beside = _both(case, calls, storm, wrk=wrk, pace=pace, folder=folder)
            stormy.append(during)
            sign_ins.append(beside)
            log(
                f"{case.name} round {turn + 1}: p99 {quiet[-1].p99_ms:.1f} ms quiet,"
                f" {during.p99_ms:.1f} ms in the storm, {beside.throughput:,.0f} sign-ins a second"
            )
    except (ProgramFailed, LoadFailed) as error:
        return [invalid(case.name, case.title, str(error))]
    return findings(case, quiet, stormy, sign_ins)


def _both(
    case: StormCase, calls: Target, storm: Target, *, wrk: str, pace: Pace, folder: Path
) -> tuple[Measured, Measured]:
    """The storm begins before the measured calls and ends after them."""
    lasting = pace.seconds + 2
    beside = load.start(
        wrk,
        storm,
        connections=case.storm_connections,
        seconds=lasting,
        folder=folder,
        count_statuses=True,
    )
    try:
        time.sleep(_HEAD_START)
        during = load.run(
            wrk, calls, connections=case.connections, seconds=pace.seconds, folder=folder
        )
    except BaseException:
        beside.kill()
        beside.communicate()
        raise
    return during, load.finish(beside, seconds=lasting)


def findings(
    case: StormCase,
    quiet: Sequence[Measured],
    stormy: Sequence[Measured],
    sign_ins: Sequence[Measured],
) -> Sequence[Finding]:
    """The ratio of the 99th percentiles, if calls and sign-ins were both answered."""
    subject = "gateway call_kw, p99"
    failures = sum(run.failures for run in (*quiet, *stormy))
    if failures:
        return [invalid(case.name, subject, f"{failures} calls failed")]
    statuses: Counter[str] = Counter()
    for run in sign_ins:
        statuses.update(run.statuses)
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    if not (statuses["200"] and statuses["401"]):
        return [invalid(case.name, subject, f"it was no storm of sign-ins: {told or 'silence'}")]
    rate = median(run.throughput for run in sign_ins)
    ratio = median(
        during.p99_ms / before.p99_ms for before, during in zip(quiet, stormy, strict=True)
    )
    calls_kept = median(
        during.throughput / before.throughput for before, during in zip(quiet, stormy, strict=True)
    )
    return [
        judged(
            case.name,
            subject,
            f"{median(run.p99_ms for run in stormy):.1f} ms",
            ratio,
            case.p99_ratio,
            baseline=f"without a storm {median(run.p99_ms for run in quiet):.1f} ms",
            note=f"{rate:,.0f} answers a second to sign-ins: {told}",
        ),
        judged(
            case.name,
            "gateway call_kw, throughput",
            f"{median(run.throughput for run in stormy):,.0f} req/s",
            calls_kept,
            None,
            baseline=f"without a storm {median(run.throughput for run in quiet):,.0f} req/s",
        ),
    ]
