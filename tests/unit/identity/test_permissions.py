"""The tables of roles, and what covers what."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.identity.service.permissions import (
    STAFF_PERMISSIONS,
    STAFF_ROLES,
    TENANT_PERMISSIONS,
    TENANT_ROLES,
    covers,
    expand,
    unknown_permissions,
)

some = st.frozensets(
    st.sampled_from(
        [*TENANT_PERMISSIONS, *{f"{one.partition(':')[0]}:*" for one in TENANT_PERMISSIONS}]
    )
)


@pytest.mark.parametrize(
    ("roles", "known"), [(TENANT_ROLES, TENANT_PERMISSIONS), (STAFF_ROLES, STAFF_PERMISSIONS)]
)
def test_roles_hold_only_permissions_that_exist(
    roles: dict[str, frozenset[str]], known: dict[str, str]
) -> None:
    for role, permissions in roles.items():
        assert unknown_permissions(permissions, known) == [], role


def test_each_tenant_role_holds_all_of_the_one_below() -> None:
    order = ["owner", "admin", "manager", "user"]
    for higher, lower in pairwise(order):
        assert covers(TENANT_ROLES[higher], TENANT_ROLES[lower])
        assert not covers(TENANT_ROLES[lower], TENANT_ROLES[higher])


def test_clients_see_dashboards_and_reach_nothing_else() -> None:
    reach = expand(TENANT_ROLES["client"], TENANT_PERMISSIONS)
    assert "dashboards:read" in reach
    assert not {one for one in reach if one.startswith(("gateway", "members", "crm", "files"))}
    assert all(one.endswith(":read") for one in reach)


def test_support_reads_and_resolves_errors() -> None:
    writes = {one for one in STAFF_ROLES["support"] if not one.endswith(":read")}
    assert writes == {"logs:write"}


def test_only_a_super_admin_covers_a_super_admin() -> None:
    for role, held in STAFF_ROLES.items():
        covered = covers(held, STAFF_ROLES["super_admin"], STAFF_PERMISSIONS)
        assert covered == (role == "super_admin")


@given(held=some, wanted=some)
def test_covering_is_inclusion_of_what_permissions_stand_for(
    held: frozenset[str], wanted: frozenset[str]
) -> None:
    both = expand(wanted, TENANT_PERMISSIONS) <= expand(held, TENANT_PERMISSIONS)
    assert covers(held, wanted) == both


@given(held=some)
def test_everything_is_covered_by_everything_alone(held: frozenset[str]) -> None:
    assert not covers(held, {"*"})
    assert not covers(frozenset(TENANT_PERMISSIONS), {"*"})
    assert covers({"*"}, held | {"*"})


def test_a_typing_error_is_told() -> None:
    given_ = ["gateway:read", "gateway:*", "*", "gatway:read", "gateway:fly"]
    assert unknown_permissions(given_, TENANT_PERMISSIONS) == ["gateway:fly", "gatway:read"]
