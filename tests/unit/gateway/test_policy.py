"""What may be called, by whom."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from bridgecore.domains.gateway.errors import MethodNotPermitted, ModelNotAllowed
from bridgecore.domains.gateway.service.operations import Access, OdooCall, access_of
from bridgecore.domains.gateway.service.policy import check_call, check_feature
from bridgecore.domains.identity.service.permissions import TENANT_ROLES
from bridgecore.domains.tenancy.errors import FeatureNotAllowed
from bridgecore.domains.tenancy.schemas import Feature, TenantSnapshot
from bridgecore.infra.problems import Forbidden

USER = TENANT_ROLES["user"]
ADMIN = TENANT_ROLES["admin"]


def tenant(**changes: Any) -> TenantSnapshot:
    given: dict[str, Any] = {
        "id": uuid4(),
        "name": "Acme",
        "slug": "acme",
        "status": "active",
        "plan_code": "free",
        "tier": "standard",
        "time_zone": "UTC",
        "max_users": None,
        "allowed_models": None,
        "allowed_features": None,
        "trial_ends_at": 0,
        "version": 1,
    }
    return TenantSnapshot(**{**given, **changes})


def check(
    model: str,
    method: str,
    permissions: frozenset[str] = USER,
    of: TenantSnapshot | None = None,
) -> None:
    call = OdooCall(model, method, [], {}, access_of(method))
    check_call(call, of or tenant(), permissions, "some role")


@pytest.mark.parametrize(
    ("method", "access"),
    [
        ("search_read", Access.READ),
        ("onchange", Access.READ),
        ("has_access", Access.READ),
        ("create", Access.WRITE),
        ("web_save", Access.WRITE),
        ("copy", Access.WRITE),
        ("unlink", Access.DELETE),
        ("action_confirm", Access.METHOD),
        ("read_anything_you_like", Access.METHOD),
        ("search_and_destroy", Access.METHOD),
    ],
)
def test_a_method_nobody_knows_may_do_anything(method: str, access: Access) -> None:
    assert access_of(method) is access


@pytest.mark.parametrize(
    ("method", "permission"),
    [
        ("search_read", "gateway:read"),
        ("create", "gateway:write"),
        ("unlink", "gateway:delete"),
        ("action_confirm", "gateway:method"),
    ],
)
def test_each_access_needs_its_permission(method: str, permission: str) -> None:
    check("res.partner", method, frozenset({permission}))
    others = {"gateway:read", "gateway:write", "gateway:delete", "gateway:method"} - {permission}
    with pytest.raises(Forbidden, match=permission):
        check("res.partner", method, frozenset(others))


@pytest.mark.parametrize("permissions", [frozenset({"*"}), frozenset({"gateway:*"}), ADMIN])
def test_whoever_may_all_may_what_opens_much(permissions: frozenset[str]) -> None:
    check("ir.config_parameter", "search_read", permissions)
    check("res.users", "write", permissions)
    check("res.partner", "export_data", permissions)


@pytest.mark.parametrize("permissions", [frozenset({"*"}), ADMIN, USER])
def test_the_list_of_models_and_private_methods_bind_everybody(permissions: frozenset[str]) -> None:
    bound = tenant(allowed_models=("sale.order",))
    check("sale.order", "search_read", permissions, bound)
    with pytest.raises(ModelNotAllowed):
        check("res.partner", "search_read", permissions, bound)
    with pytest.raises(ModelNotAllowed):
        check("sale.order", "search_read", permissions, tenant(allowed_models=()))
    for method in ("_search", "__class__", "_"):
        with pytest.raises(MethodNotPermitted):
            check("sale.order", method, permissions)


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("ir.config_parameter", "search_read"),
        ("ir.config_parameter", "name_search"),
        ("res.users.apikeys", "read"),
        ("ir.mail_server", "fields_get"),
        ("res.users", "write"),
        ("res.users", "action_archive"),
        ("res.groups", "create"),
        ("ir.rule", "unlink"),
        ("ir.actions.server", "run"),
        ("ir.attachment", "create"),
    ],
)
def test_models_that_open_much_are_closed_to_users(model: str, method: str) -> None:
    with pytest.raises(ModelNotAllowed):
        check(model, method)


@pytest.mark.parametrize("model", ["res.users", "res.groups", "ir.model", "ir.attachment"])
def test_some_of_them_may_be_read(model: str) -> None:
    check(model, "search_read")
    check(model, "fields_get")


@pytest.mark.parametrize("method", ["sudo", "with_user", "export_data", "load", "change_password"])
def test_methods_that_open_much_are_closed_to_users(method: str) -> None:
    with pytest.raises(MethodNotPermitted):
        check("res.partner", method)


def test_no_refusal_makes_a_tenant_look_suspended() -> None:
    for model, method in (("ir.rule", "write"), ("res.partner", "_x"), ("res.partner", "sudo")):
        with pytest.raises((ModelNotAllowed, MethodNotPermitted)) as caught:
            check(model, method)
        assert "suspend" not in caught.value.detail.lower()


def test_features() -> None:
    check_feature(tenant(), Feature.GATEWAY)
    check_feature(tenant(allowed_features=("gateway",)), Feature.GATEWAY)
    with pytest.raises(FeatureNotAllowed):
        check_feature(tenant(allowed_features=("files",)), Feature.GATEWAY)
    with pytest.raises(FeatureNotAllowed):
        check_feature(tenant(allowed_features=()), Feature.FILES)
