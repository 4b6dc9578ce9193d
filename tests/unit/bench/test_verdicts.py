"""A figure is judged as it was asked, and a run with failures is never taken for a fast one."""

from __future__ import annotations

import pytest

from bench.cases import STORM, THROUGHPUT
from bench.load import LoadFailed, Measured, Target, parsed
from bench.memory import Sample, growth_mb_per_million
from bench.report import Report, began_now, markdown
from bench.storm import findings as storm_findings
from bench.throughput import DIRECT, NGINX, Contender, findings, ratio
from bench.verdicts import Finding, Unit, Verdict, at_least, at_most, failed, judged


def _run(throughput: float, *, p99_ms: float = 10.0, refused: int = 0, **more: object) -> Measured:
    fields = {
        "seconds": 1.0,
        "requests": int(throughput),
        "throughput": throughput,
        "p50_ms": 1.0,
        "p99_ms": p99_ms,
        "max_ms": 20.0,
        "bytes_per_answer": 22_000.0,
        "refused": refused,
        "broken": 0,
        **more,
    }
    return Measured(**fields)  # type: ignore[arg-type]


def _contenders(**runs: list[Measured]) -> list[Contender]:
    target = Target("http://127.0.0.1:1", "/", [b"{}"])
    return [Contender(name, target, measured) for name, measured in runs.items()]


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.96, Verdict.AIM), (0.95, Verdict.AIM), (0.9, Verdict.FLOOR), (0.84, Verdict.MISSED)],
)
def test_more_is_better(value: float, verdict: Verdict) -> None:
    assert at_least(0.95, 0.85).judge(value) is verdict


@pytest.mark.parametrize(("value", "verdict"), [(150.0, Verdict.AIM), (150.1, Verdict.MISSED)])
def test_less_is_better_and_one_bound_is_aim_and_floor(value: float, verdict: Verdict) -> None:
    assert at_most(150.0).judge(value) is verdict


def test_rounds_are_compared_with_themselves() -> None:
    """A machine that slows down to a third between rounds changes no ratio."""
    ours = [_run(90), _run(60), _run(30)]
    theirs = [_run(100), _run(66.7), _run(33.3)]
    assert ratio(ours, theirs) == pytest.approx(0.9, abs=0.01)


def test_the_gateway_is_judged_against_nginx_alone() -> None:
    case = THROUGHPUT[1]
    among = _contenders(
        **{DIRECT: [_run(1_000)], NGINX: [_run(900)]},
        call_kw=[_run(880, p99_ms=15)],
        search_read=[_run(500, p99_ms=25)],
    )
    found = {(one.subject, one.baseline.partition(" ")[0]): one for one in findings(case, among)}
    assert found["gateway call_kw", NGINX].verdict is Verdict.AIM
    assert found["gateway call_kw", DIRECT].verdict is Verdict.SHOWN
    assert found["gateway call_kw, p99", NGINX].value == pytest.approx(5.0)
    assert found["gateway search_read", NGINX].verdict is Verdict.MISSED
    assert found["gateway search_read, p99", NGINX].verdict is Verdict.MISSED


@pytest.mark.parametrize("name", [DIRECT, NGINX, "call_kw"])
def test_one_failed_request_makes_a_case_invalid(name: str) -> None:
    runs = {one: [_run(1_000)] for one in (DIRECT, NGINX, "call_kw", "search_read")}
    runs[name] = [_run(1_000, refused=1)]
    found = findings(THROUGHPUT[0], _contenders(**runs))
    verdicts = {one.verdict for one in found if one.subject.startswith("gateway call_kw")}
    assert verdicts == {Verdict.INVALID}
    assert failed(found)


def test_without_nginx_its_ratio_is_absent() -> None:
    among = _contenders(**{DIRECT: [_run(1_000)]}, call_kw=[_run(900)], search_read=[_run(900)])
    found = findings(THROUGHPUT[0], among)
    assert Verdict.ABSENT in {one.verdict for one in found}
    assert not any(one.limit for one in found)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ({"200": 40, "401": 40}, Verdict.AIM),
        ({"401": 40}, Verdict.INVALID),
        ({"429": 900}, Verdict.INVALID),
    ],
)
def test_a_storm_has_right_and_wrong_passwords(statuses: dict[str, int], verdict: Verdict) -> None:
    sign_ins = [_run(80, refused=40, statuses=statuses)]
    found = storm_findings(STORM, [_run(900)], [_run(800, p99_ms=15)], sign_ins)
    assert found[0].verdict is verdict


def test_growth_leaves_out_the_warming_up() -> None:
    """The first fifth may grow; after it, 1 kB a thousand requests is 1 MB a million."""
    warming = [Sample(number * 1_000, 100.0 + number * 10) for number in range(4)]
    flat = [Sample(number * 1_000, 150.0 + number / 1_000) for number in range(4, 20)]
    assert growth_mb_per_million(warming + flat) == pytest.approx(1.0)


def test_wrk_without_figures_or_answers_is_no_measurement() -> None:
    with pytest.raises(LoadFailed, match="no figures"):
        parsed("unable to connect to 127.0.0.1:1 Connection refused")
    with pytest.raises(LoadFailed, match="no request"):
        parsed(
            'BENCH {"microseconds":1000000,"requests":0,"bytes":0,"p50":0,"p99":0,"max":0,'
            '"refused":0,"broken":0,"statuses":{}}'
        )


def test_figures_of_wrk_have_units() -> None:
    run = parsed(
        'Running 2s test\nBENCH {"microseconds":2000000,"requests":1000,"bytes":22000000,'
        '"p50":1500,"p99":9000,"max":12000,"refused":3,"broken":2,"statuses":{"200":997}}\n'
    )
    assert (run.throughput, run.p50_ms, run.p99_ms) == (500.0, 1.5, 9.0)
    assert (run.bytes_per_answer, run.failures) == (22_000.0, 5)


def test_the_page_tells_ratio_bounds_and_notes() -> None:
    limit = at_least(0.2, 0.12)
    found = judged("0ms-32", "gateway", "2 req/s", 0.15, limit, baseline="nginx", note="a | b")
    page = markdown(Report("Speed", "How.", began_now(), "abc1234", {"Cores": "2"}, [found]))
    assert (
        "| 0ms-32 | gateway | 2 req/s | nginx | 0.150 × | ≥ 0.200 × | ≥ 0.120 × | floor held |"
        in (page)
    )
    assert "- 0ms-32, gateway: a | b" in page


def test_a_difference_keeps_its_sign() -> None:
    assert Unit.MS_MORE.told(-0.4) == "-0.4 ms"
    assert Unit.MS_MORE.told(12) == "+12.0 ms"


def test_a_shown_finding_fails_nothing() -> None:
    assert not failed([Finding("case", "direct", "1 req/s")])
