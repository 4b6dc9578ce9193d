"""Limits kept by one process alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.infra.ratelimit_local import LocalShare
from bridgecore.kit.rate_limits import Limits, TenantState

NOON = 1_800_000_000.0


def tenant(limits: Limits, tenant_id: str = "t") -> TenantState:
    return TenantState(tenant_id, 1, "active", limits)


@given(
    limit=st.integers(0, 50),
    processes=st.integers(1, 8),
    calls=st.lists(st.tuples(st.integers(0, 7), st.integers(1, 5)), max_size=60),
)
def test_processes_together_admit_no_more_than_the_limit(
    limit: int, processes: int, calls: list[tuple[int, int]]
) -> None:
    shares = [LocalShare(processes=processes) for _ in range(processes)]
    state = tenant(Limits(tenant_hour=limit))
    admitted = 0
    for process, weight in calls:
        share = shares[process % processes]
        if share.admit(state, user_id=None, weight=weight, now=NOON).admitted:
            admitted += weight
    # Each process may pass one call where the limit is smaller than their number.
    assert admitted <= max(limit, processes if limit else 0)


@given(
    tenant_limit=st.integers(0, 20),
    user_limit=st.integers(0, 20),
    calls=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 4)), max_size=40),
)
def test_refused_calls_count_in_no_window(
    tenant_limit: int, user_limit: int, calls: list[tuple[str, int]]
) -> None:
    share = LocalShare(processes=1)
    state = tenant(Limits(tenant_hour=tenant_limit, user_hour=user_limit))
    used = {"a": 0, "b": 0}
    for user, weight in calls:
        fits = sum(used.values()) + weight <= tenant_limit and used[user] + weight <= user_limit
        decision = share.admit(state, user_id=user, weight=weight, now=NOON)
        assert decision.admitted is fits
        used[user] += weight if fits else 0
        told = {window.name: window.used for window in decision.windows}
        assert told["tenant_hour"] == told["tenant_day"] == sum(used.values())
        assert told["user_hour"] == used[user]
    expected = {("t", int(NOON // 86_400)): sum(used.values())} if sum(used.values()) else {}
    assert share.take_unsettled() == expected
    assert share.take_unsettled() == {}


def test_windows_start_again_and_tenants_do_not_share() -> None:
    share = LocalShare(processes=2)
    limits = Limits(tenant_burst=2)
    assert share.admit(tenant(limits), user_id=None, now=NOON).admitted
    refused = share.admit(tenant(limits), user_id=None, now=NOON + 9)
    assert (refused.kind, refused.retry_after, refused.code) == (
        "limited",
        1,
        "RATE_LIMIT_EXCEEDED",
    )
    assert share.admit(tenant(limits, "other"), user_id=None, now=NOON + 9).admitted
    assert share.admit(tenant(limits), user_id=None, now=NOON + 10).admitted


def test_memory_is_bounded_by_what_is_in_use() -> None:
    share = LocalShare(processes=1)
    for number in range(30_000):
        share.admit(tenant(Limits(), f"t{number}"), user_id=None, now=NOON + number * 86_400)
    assert len(share._counts) <= 10_002


def test_what_could_not_be_settled_is_kept() -> None:
    share = LocalShare(processes=1)
    share.admit(tenant(Limits()), user_id=None, weight=3, now=NOON)
    taken = share.take_unsettled()
    share.admit(tenant(Limits()), user_id=None, weight=2, now=NOON)
    share.put_back(taken)
    assert list(share.take_unsettled().values()) == [5]


def test_no_processes_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        LocalShare(processes=0)
