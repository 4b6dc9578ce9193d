"""Conditions fire, recover and end; each is told once in its window, however often looked at."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from bridgecore.domains.alerts import jobs, service
from bridgecore.domains.alerts.events import ALERT_ENDED, ALERT_FIRED, ALERT_RECOVERED, NOTIFIED
from bridgecore.domains.connections import service as connections
from bridgecore.entrypoints.resources import open_resources
from bridgecore.infra.alerting import PROBES, AlertSeverity, Parameters, Probe
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from tests.factories.tenants import TenantFactory, sign_in_staff
from tests.integration.alerts.conftest import Company

FIRED, RECOVERED = ("fired", "server_down"), ("recovered", "server_down")


async def test_a_condition_is_told_once_and_its_recovery_once(company: Company) -> None:
    await company.evaluate()
    assert await company.alerts() == []
    await company.server(up=False)
    for _ in range(3):
        await company.evaluate()
    (alert,) = await company.alerts("firing")
    assert (alert["kind"], alert["severity"], alert["name"]) == ("server_down", "critical", "Books")
    assert "connection refused" in alert["text"]
    assert await company.told() == [FIRED]

    await company.server(up=True)
    for _ in range(3):
        await company.evaluate()
    (alert,) = await company.alerts()
    assert (alert["status"], alert["over_at"] is not None) == ("recovered", True)
    assert await company.told() == [FIRED, RECOVERED]
    assert await company.announced(ALERT_FIRED, ALERT_RECOVERED, NOTIFIED) == [
        ALERT_FIRED,
        NOTIFIED,
        ALERT_RECOVERED,
        NOTIFIED,
    ]


async def test_a_condition_that_flaps_is_quiet_until_its_window_ends(company: Company) -> None:
    for up in (False, True, False):
        await company.server(up=up)
        await company.evaluate()
    assert await company.told() == [FIRED, RECOVERED]
    (again,) = await company.alerts("firing")
    assert again["told_at"] is None

    await company.pass_minutes(59)
    await company.evaluate()
    assert await company.told() == [FIRED, RECOVERED]
    await company.pass_minutes(2)
    await company.evaluate()
    await company.evaluate()
    assert await company.told() == [FIRED, RECOVERED, FIRED]


async def test_the_end_of_what_was_not_told_is_not_told_either(company: Company) -> None:
    for up in (False, True, False, True):
        await company.server(up=up)
        await company.evaluate()
    assert await company.told() == [FIRED, RECOVERED]
    assert [each["status"] for each in await company.alerts()] == ["recovered", "recovered"]


async def test_what_changed_is_evaluated_when_its_event_passes(company: Company) -> None:
    await company.server(up=False)
    assert await company.hand_over() >= 1
    assert await company.told() == [FIRED]
    # at least once: the same events again
    await company.hand_over()
    assert await company.told() == [FIRED]


async def test_many_evaluators_at_once_tell_once(
    company: Company, settings: Settings, resources: Resources
) -> None:
    async with open_resources(settings) as second:
        for up, expected in ((False, [FIRED]), (True, [FIRED, RECOVERED])):
            await company.server(up=up)
            await asyncio.gather(
                *(
                    service.evaluate_tenant(process, company.id)
                    for process in (resources, second) * 2
                )
            )
            assert await company.told() == expected
    assert len(await company.alerts()) == 1


async def test_what_is_gone_ends_without_a_word(company: Company) -> None:
    await company.server(up=False)
    await company.evaluate()
    async with company.resources.database.platform() as session:
        await connections.remove_connection(
            session, company.resources, None, company.id, company.connection_id
        )
    await company.hand_over()
    (alert,) = await company.alerts()
    assert alert["status"] == "ended"
    assert await company.told() == [FIRED]
    assert await company.announced(ALERT_ENDED) == [ALERT_ENDED]


async def test_a_muted_condition_is_not_told_until_the_time_is_up(company: Company) -> None:
    await company.server(up=False)
    await company.evaluate()
    (alert,) = await company.alerts()
    muted = await company.call("POST", f"alerts/{alert['id']}/mute", json={"minutes": 120})
    assert muted["muted_until"] is not None
    for up in (True, False):
        await company.server(up=up)
        await company.evaluate()
    await company.pass_minutes(61)
    await company.evaluate()
    assert await company.told() == [FIRED]
    await company.pass_minutes(60)
    await company.evaluate()
    assert await company.told() == [FIRED, FIRED]


async def test_a_mute_can_be_taken_back(company: Company) -> None:
    await company.server(up=False)
    await company.evaluate()
    (alert,) = await company.alerts()
    await company.call("POST", f"alerts/{alert['id']}/mute", json={"minutes": 10_000})
    for up in (True, False):
        await company.server(up=up)
        await company.evaluate()
    await company.pass_minutes(61)
    await company.evaluate()
    assert await company.told() == [FIRED]
    # the mute was set at an alert that is over by now; the condition is one
    (again,) = await company.alerts("firing")
    shown = await company.call("POST", f"alerts/{again['id']}/unmute")
    assert shown["muted_until"] is None
    await company.evaluate()
    assert await company.told() == [FIRED, FIRED]
    over = next(each for each in await company.alerts() if each["id"] == alert["id"])
    assert over["muted_until"] is None


async def test_an_acknowledged_alert_says_who_took_it_on(company: Company) -> None:
    await company.server(up=False)
    await company.evaluate()
    (alert,) = await company.alerts()
    for _ in range(2):
        shown = await company.call("POST", f"alerts/{alert['id']}/acknowledge")
        assert shown["acknowledged_by"] == str(company.owner.user_id)
    await company.server(up=True)
    await company.evaluate()
    assert await company.told() == [FIRED, RECOVERED]
    answer = await company.http.post(
        f"/api/v1/alerts/{alert['id']}/acknowledge", headers=company.owner.headers
    )
    assert answer.status_code == 409


async def test_a_probe_that_breaks_silences_no_other(company: Company, settings: Settings) -> None:
    async def broken(*_: object) -> list[object]:
        raise RuntimeError("a probe with a fault")

    async with open_resources(settings) as opened:
        probe = Probe("broken", Parameters, AlertSeverity.NOTICE, broken)  # type: ignore[arg-type]
        opened.extensions[PROBES] = {"broken": probe, **opened.extensions[PROBES]}
        await company.server(up=False)
        await service.evaluate_tenant(opened, company.id)
    assert await company.told() == [FIRED]


async def test_staff_are_told_of_any_tenant_and_the_tenant_sees_nothing_of_it(
    company: Company, resources: Resources, client: httpx.AsyncClient
) -> None:
    staff = await sign_in_staff(resources, client, role="admin")
    rules = (await client.get("/admin/alerts/rules", headers=staff.headers)).json()
    assert {each["kind"] for each in rules} >= {"server_down", "workflow_failing"}
    await company.server(up=False)
    await company.evaluate()
    answer = await client.get(
        "/admin/notifications", headers={**staff.headers, "Accept-Language": "ru-RU"}
    )
    (told,) = answer.json()["items"]
    assert told["title"].endswith("· Books не отвечает")
    listed = await client.get("/admin/alerts", params={"limit": 200}, headers=staff.headers)
    about = [each for each in listed.json()["items"] if each["about_tenant_id"] == str(company.id)]
    assert len(about) == 1
    assert about[0]["about_tenant"]
    # the tenant has its own alert, by its own rule, and not the platform's
    assert [each["id"] for each in await company.alerts()] != [about[0]["id"]]
    assert len(await company.alerts()) == 1
    answer = await client.get(f"/api/v1/alerts/{about[0]['id']}", headers=company.owner.headers)
    assert answer.status_code == 404


async def test_nobody_sees_alerts_or_notifications_of_others(
    company: Company, tenant_factory: TenantFactory, client: httpx.AsyncClient
) -> None:
    await company.server(up=False)
    await company.evaluate()
    (alert,) = await company.alerts()
    (told,) = (await company.call("GET", "notifications"))["items"]
    stranger = await tenant_factory.member((await tenant_factory.tenant()).id)
    colleague = await tenant_factory.member(company.id, role="user")
    for path, by in (
        (f"alerts/{alert['id']}", stranger),
        (f"alerts/rules/{alert['rule_id']}", stranger),
    ):
        assert (await client.get(f"/api/v1/{path}", headers=by.headers)).status_code == 404
    for by in (stranger, colleague):
        answer = await client.post(f"/api/v1/notifications/{told['id']}/read", headers=by.headers)
        assert answer.status_code == 404
        assert await company.told(by) == []


async def test_who_leaves_and_who_is_purged_is_forgotten(company: Company) -> None:
    await company.server(up=False)
    await company.evaluate()
    async with company.resources.database.platform() as session:
        await service.forget_member(session, company.id, company.owner.user_id)
    assert await company.told() == []
    async with company.resources.database.platform() as session:
        await service.forget_tenants(session, [company.id])
        for table in ("alert_rules", "alerts", "notifications"):
            column = "tenant_id" if table == "alert_rules" else "about_tenant_id"
            left = await session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE {column} = :id"),
                {"id": company.id},
            )
            assert left == 0


@pytest.mark.parametrize("name", ["alerts.evaluate", "alerts.forget_old"])
async def test_jobs_run(company: Company, name: str) -> None:
    await company.server(up=False)
    (spec,) = (each for each in jobs.JOBS if each.name == name)
    await spec.run(company.resources, 0)
    assert await company.told() == ([FIRED] if name == "alerts.evaluate" else [])


async def test_a_suspended_tenant_is_left_alone(company: Company) -> None:
    await company.server(up=False)
    async with company.resources.database.platform() as session:
        await session.execute(
            text("UPDATE tenants SET status = 'suspended' WHERE id = :id"), {"id": company.id}
        )
    await company.evaluate()
    async with company.resources.database.platform() as session:
        found = await session.scalar(
            text("SELECT count(*) FROM alerts WHERE about_tenant_id = :id"), {"id": company.id}
        )
    assert found == 0
    await service.evaluate_tenant(company.resources, UUID(int=0))
