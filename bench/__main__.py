"""`python -m bench`: run the cases, print one table, say whether a floor was missed."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench import (
    automation,
    cases,
    dlt_comparison,
    lake_load,
    load,
    machine,
    memory,
    nginx,
    report,
    startup,
    storm,
    sync_many,
    throughput,
    webhooks,
)
from bench.platform import Company, Platform, platform, sign_in
from bench.processes import Program, ProgramFailed, stub_odoo
from bench.throughput import Log, Pace
from bench.verdicts import Finding, absent, failed, invalid

LATENCIES_MS = (0, 20)
_SCALED_REQUESTS = 100_000
_QUICK_REQUESTS = 5_000


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be run, and how long."""

    only: Sequence[str]
    pace: Pace
    requests: int
    """Of the memory case."""
    record: bool

    def wants(self, name: str) -> bool:
        return name in self.only or (not self.only and name not in cases.ON_REQUEST)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything the cases need, running."""

    options: Options
    wrk: str
    nginx: str | None
    folder: Path
    platform: Platform
    companies: dict[int, Company]
    """By the latency of their stub."""
    log: Log

    @contextmanager
    def gateway(self, latency_ms: int, *, cache_ttl: int = 0) -> Iterator[tuple[Program, str]]:
        """A gateway that has just started, and a token of the company with that latency."""
        with self.platform.gateway(cache_ttl=cache_ttl) as gateway:
            yield gateway, sign_in(gateway, self.companies[latency_ms].owner)


def options(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the program on a wrong one."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the gateway against a stub Odoo called directly and through nginx.",
        epilog=f"Cases: {', '.join(cases.NAMES)}",
    )
    parser.add_argument("--quick", action="store_true", help="one short round, to see it work")
    parser.add_argument("--full", action="store_true", help="a million requests in the memory case")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=cases.NAMES,
        metavar="CASE",
        help="only this case; may be given again",
    )
    parser.add_argument("--seconds", type=int, help="of each run (5, quick 1)")
    parser.add_argument("--rounds", type=int, help="how often each is run (5, quick 1)")
    parser.add_argument(
        "--record", action="store_true", help="also write the table to bench/RESULTS.md"
    )
    given = parser.parse_args(arguments)
    seconds = given.seconds or (1 if given.quick else 5)
    rounds = given.rounds or (1 if given.quick else 5)
    if seconds < 1 or rounds < 1:
        parser.error("a run takes at least one second, and there is at least one round")
    if given.record and (given.quick or given.only):
        parser.error("only a whole run is recorded, not a quick one or a part")
    requests = (
        memory.FULL_REQUESTS if given.full else _QUICK_REQUESTS if given.quick else _SCALED_REQUESTS
    )
    warm_up = 1.0 if given.quick else 3.0
    return Options(given.only, Pace(seconds, rounds, warm_up), requests, given.record)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every floor held. 1: one was missed, or a case was invalid. 2: nothing could be run."""
    chosen = options(sys.argv[1:] if arguments is None else arguments)
    # so that what was started is stopped then, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    console = Console()
    wrk = load.installed()
    if wrk is None:
        console.print(f"wrk makes the load and is not installed: {load.INSTALL}")
        return 2
    began, facts, commit = report.began_now(), machine.facts(), machine.commit()
    findings: list[Finding] = []

    rounds: list[str] = []

    def log(line: str) -> None:
        rounds.append(line)
        console.print(f"  {line}", style="dim", highlight=False, markup=False)

    nginx_program = nginx.installed()
    if nginx_program is None:
        findings.append(absent("all", "ratios to nginx", f"not installed: {nginx.INSTALL}"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        try:
            if any(chosen.wants(case) for case in cases.NAMES if case != cases.START.name):
                findings += _with_platform(chosen, wrk, nginx_program, folder, log)
            if chosen.wants(cases.START.name):
                findings += startup.run_case(
                    cases.START, rounds=min(3, chosen.pace.rounds), folder=folder, log=log
                )
        except ProgramFailed as error:
            findings.append(invalid("all", "the programs to be measured", str(error)))
    whole = report.Report(
        title="Speed and size",
        method=_method(chosen),
        began=began,
        commit=commit,
        machine=facts,
        findings=findings,
        rounds=rounds,
    )
    report.show(whole, console)
    for path in report.write(whole, record=chosen.record):
        console.print(f"Written: bench/{path.relative_to(report.OUT.parent)}", highlight=False)
    return 1 if failed(findings) else 0


def _with_platform(
    chosen: Options, wrk: str, nginx_program: str | None, folder: Path, log: Log
) -> Sequence[Finding]:
    with ExitStack() as stack:
        odoos = {
            f"odoo-{latency}ms": stack.enter_context(stub_odoo(folder, latency_ms=latency))
            for latency in LATENCIES_MS
        }
        log("starting PostgreSQL and Valkey, migrating, seeding")
        installation, companies = stack.enter_context(platform(folder, odoos))
        by_latency = dict(zip(LATENCIES_MS, companies, strict=True))
        bench = Bench(chosen, wrk, nginx_program, folder, installation, by_latency, log)
        return [
            *_memory(bench),
            *_throughput(bench, cached=False),
            *_throughput(bench, cached=True),
            *_storm(bench),
            *_copying(bench),
            *_automation(bench),
            # last: what it pushes waits to be worked off, beside whatever came after it
            *_webhooks(bench),
        ]


def _memory(bench: Bench) -> Sequence[Finding]:
    case = cases.MEMORY
    if not bench.options.wants(case.name):
        return []
    # a gateway of its own, and signed in to later: idle is measured first
    with bench.platform.gateway() as gateway:
        findings = [*memory.idle(case, gateway)]
        findings += memory.growth(
            case,
            gateway,
            sign_in(gateway, bench.companies[0].owner),
            requests=bench.options.requests,
            wrk=bench.wrk,
            folder=bench.folder,
            log=bench.log,
        )
    return findings


def _throughput(bench: Bench, *, cached: bool) -> Sequence[Finding]:
    wanted = [
        case
        for case in cases.THROUGHPUT
        if case.cached == cached and bench.options.wants(case.name)
    ]
    findings: list[Finding] = []
    for latency in dict.fromkeys(case.latency_ms for case in wanted):
        stub = bench.companies[latency].odoo
        with ExitStack() as stack:
            front = (
                stack.enter_context(nginx.nginx(bench.nginx, stub, bench.folder))
                if bench.nginx is not None
                else None
            )
            ttl = 300 if cached else 0
            gateway, token = stack.enter_context(bench.gateway(latency, cache_ttl=ttl))
            for case in wanted:
                if case.latency_ms == latency:
                    findings += throughput.run_case(
                        case,
                        stub,
                        front,
                        gateway,
                        token,
                        wrk=bench.wrk,
                        pace=bench.options.pace,
                        folder=bench.folder,
                        log=bench.log,
                    )
    return findings


def _storm(bench: Bench) -> Sequence[Finding]:
    case = cases.STORM
    if not bench.options.wants(case.name):
        return []
    with bench.gateway(case.latency_ms) as (gateway, token):
        return storm.run_case(
            case,
            gateway,
            bench.companies[case.latency_ms],
            token,
            wrk=bench.wrk,
            pace=bench.options.pace,
            folder=bench.folder,
            log=bench.log,
        )


def _webhooks(bench: Bench) -> Sequence[Finding]:
    case = webhooks.WEBHOOKS
    if not bench.options.wants(case.name):
        return []
    with bench.gateway(0) as (gateway, token):
        return webhooks.run_case(
            case,
            gateway,
            token,
            seconds=bench.options.pace.seconds,
            rounds=bench.options.pace.rounds,
            log=bench.log,
        )


def _automation(bench: Bench) -> Sequence[Finding]:
    if not bench.options.wants(cases.AUTOMATION):
        return []
    quick = bench.options.pace.rounds == 1
    return automation.run_case(
        bench.platform,
        bench.folder,
        executions=20_000 if quick else automation.EXECUTIONS,
        requests=10 if quick else automation.REQUESTS,
        load=10_000 if quick else automation.LOAD,
        rounds=min(3, bench.options.pace.rounds),
        log=bench.log,
    )


def _copying(bench: Bench) -> Sequence[Finding]:
    options, quick = bench.options, bench.options.pace.rounds == 1
    findings: list[Finding] = []
    if options.wants(cases.LAKE_LOAD):
        load_case = lake_load.LAKE_LOAD
        findings += lake_load.run_load(
            load_case,
            bench.platform,
            bench.folder,
            rounds=options.pace.rounds,
            records=10_000 if quick else load_case.records,
            log=bench.log,
        )
    if options.wants(cases.SYNC_QUIET):
        quiet = lake_load.SYNC_QUIET
        findings += lake_load.run_quiet(
            quiet,
            bench.platform,
            bench.folder,
            records=50_000 if quick else quiet.records,
            log=bench.log,
        )
    if options.wants(cases.SYNC_MANY):
        many = sync_many.SYNC_MANY
        findings += sync_many.run_case(
            many,
            bench.platform,
            bench.folder,
            connections=50 if quick else many.connections,
            seconds=60 if quick else 180,
            log=bench.log,
        )
    if options.wants(cases.DLT):
        dlt = dlt_comparison.DLT
        findings += dlt_comparison.run_case(
            dlt,
            bench.platform,
            bench.folder,
            records=10_000 if quick else dlt.records,
            rounds=min(3, options.pace.rounds),
            log=bench.log,
        )
    return findings


def _method(chosen: Options) -> str:
    pace = chosen.pace
    return (
        f"A stub Odoo answers `search_read` of 100 records of 10 fields (about 22 kB). It is called"
        f" directly, through nginx with {nginx.WORKERS} workers, and through the gateway with 2"
        f" processes, all by one thread of wrk on the same machine. Contenders run in turn,"
        f" {pace.rounds} rounds of {pace.seconds:g} s; the ratio is the median of the rounds'"
        " ratios. `docs/why/performance.md` explains each case."
    )


if __name__ == "__main__":
    sys.exit(main())
