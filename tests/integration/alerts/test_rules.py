"""Rules over the API: defaults, changes, what is refused, who may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.factories.tenants import TenantFactory
from tests.integration.alerts.conftest import Company

KINDS = {
    "workflow_failing",
    "workflow_success",
    "workflow_overdue",
    "server_down",
    "sync_failed",
    "deletes_waiting",
    "parity_differs",
    "error_rate",
    "dead_letters",
    "quota_near",
}


async def test_a_tenant_has_sensible_rules_at_first_sight(company: Company) -> None:
    rules = await company.call("GET", "alerts/rules")
    assert {each["kind"] for each in rules} == KINDS
    assert all(each["is_enabled"] and each["is_default"] for each in rules)
    assert all(each["roles"] == ["owner", "admin"] for each in rules)
    again = await company.call("GET", "alerts/rules")
    assert [each["id"] for each in again] == [each["id"] for each in rules]


async def test_kinds_tell_what_can_be_set_of_them(company: Company) -> None:
    kinds = {each["kind"]: each for each in await company.call("GET", "alerts/kinds")}
    assert set(kinds) == KINDS
    share = kinds["workflow_success"]["parameters"]["properties"]["share"]
    assert (share["default"], share["maximum"]) == (0.9, 1)
    assert kinds["server_down"]["title"] == "A server does not answer"
    by_header = await company.http.get(
        "/api/v1/alerts/rules",
        headers={**company.owner.headers, "Accept-Language": "ar,en;q=0.5"},
    )
    titles = {each["kind"]: each["title"] for each in by_header.json()}
    assert titles["server_down"] == "خادم لا يستجيب"


async def test_a_rule_of_ones_own(company: Company) -> None:
    wanted = {
        "kind": "workflow_failing",
        "name": "Invoices",
        "parameters": {"times": 1},
        "severity": "notice",
        "window_minutes": 5,
        "people": [str(company.owner.user_id)],
    }
    made = await company.call("POST", "alerts/rules", json=wanted)
    assert {name: made[name] for name in wanted} == wanted
    changed = await company.call("PUT", f"alerts/rules/{made['id']}", json={"name": None})
    assert (changed["name"], changed["parameters"]) == (None, {"times": 1})
    await company.call("DELETE", f"alerts/rules/{made['id']}")
    assert made["id"] not in {each["id"] for each in await company.call("GET", "alerts/rules")}


async def test_a_removed_default_rule_does_not_come_back(company: Company) -> None:
    rule = await company.rule()
    await company.server(up=False)
    await company.evaluate()
    await company.call("DELETE", f"alerts/rules/{rule['id']}")
    await company.evaluate()
    assert "server_down" not in {each["kind"] for each in await company.call("GET", "alerts/rules")}
    (alert,) = await company.alerts()
    assert alert["status"] == "ended"


async def test_switching_a_rule_off_ends_what_fires_and_on_begins_anew(company: Company) -> None:
    rule = await company.rule()
    await company.server(up=False)
    await company.evaluate()
    off = await company.call("PUT", f"alerts/rules/{rule['id']}", json={"is_enabled": False})
    assert off["firing"] == 0
    await company.evaluate()
    assert [each["status"] for each in await company.alerts()] == ["ended"]
    await company.call("PUT", f"alerts/rules/{rule['id']}", json={"is_enabled": True})
    # the change itself is what evaluates it
    await company.hand_over()
    assert [each["status"] for each in await company.alerts()] == ["firing", "ended"]


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"kind": "no_such_kind"}, None),
        ({"kind": "workflow_failing", "parameters": {"times": 0}}, "/parameters/times"),
        ({"kind": "workflow_failing", "parameters": {"often": 3}}, "/parameters/often"),
        ({"kind": "workflow_success", "parameters": {"share": 1.5}}, "/parameters/share"),
        ({"kind": "server_down", "window_minutes": 0}, "/window_minutes"),
        ({"kind": "server_down", "roles": ["nobody-has-it"]}, None),
        ({"kind": "server_down", "people": [str(UUID(int=1))]}, None),
        ({"kind": "server_down", "name": "a\x00b"}, "/name"),
    ],
)
async def test_what_can_not_be_is_refused(
    company: Company, wanted: dict[str, Any], pointer: str | None
) -> None:
    answer = await company.http.post(
        "/api/v1/alerts/rules", json=wanted, headers=company.owner.headers
    )
    assert answer.status_code == 422, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    rule = await company.rule()
    for change in ({"is_enabled": None}, {"parameters": {"nothing": "such"}}):
        answer = await company.http.put(
            f"/api/v1/alerts/rules/{rule['id']}", json=change, headers=company.owner.headers
        )
        assert answer.status_code == 422


async def test_people_of_another_tenant_can_not_be_told(
    company: Company, tenant_factory: TenantFactory
) -> None:
    stranger = await tenant_factory.member((await tenant_factory.tenant()).id)
    answer = await company.http.post(
        "/api/v1/alerts/rules",
        json={"kind": "server_down", "people": [str(stranger.user_id)]},
        headers=company.owner.headers,
    )
    assert answer.status_code == 422


async def test_reading_marks(company: Company) -> None:
    for up in (False, True):
        await company.server(up=up)
        await company.evaluate()
    feed = await company.call("GET", "notifications", params={"limit": 1})
    assert (feed["unread"], len(feed["items"])) == (2, 1)
    rest = await company.call(
        "GET", "notifications", params={"limit": 1, "cursor": feed["next_cursor"]}
    )
    assert [each["event"] for each in (*feed["items"], *rest["items"])] == ["recovered", "fired"]
    assert rest["next_cursor"] is None
    one = await company.call("POST", f"notifications/{rest['items'][0]['id']}/read")
    assert one["read_at"] is not None
    assert await company.call("GET", "notifications/unread") == {"unread": 1}
    assert await company.call("POST", "notifications/read") == {"unread": 0}
    assert (await company.call("GET", "notifications", params={"unread": True}))["items"] == []
