"""Alerts by mail, over a real SMTP server, in the reader's language."""

from __future__ import annotations

from tests.factories.mail import html, plain
from tests.factories.tenants import TenantFactory
from tests.integration.alerts.conftest import Mailed


async def test_one_mail_a_condition_and_window_and_one_of_its_recovery(mailed: Mailed) -> None:
    company, to = mailed.company, mailed.company.owner.email
    await company.server(up=False)
    for _ in range(3):
        await company.evaluate()
    assert await mailed.subjects(to, count=1) == ["Books does not answer"]
    letter = mailed.server.to(to)[0]
    assert "connection refused" in plain(letter)
    assert "/dashboard/alerts" in plain(letter)
    assert "/dashboard/alerts" in html(letter)

    for up in (True, False, True, False):
        await company.server(up=up)
        await company.evaluate()
    told = ["Books does not answer", "Books answers again"]
    assert await mailed.subjects(to, count=2) == told
    await company.pass_minutes(61)
    await company.evaluate()
    assert await mailed.subjects(to, count=3) == [*told, "Books does not answer"]


async def test_each_reads_it_in_their_language(
    mailed: Mailed, tenant_factory: TenantFactory
) -> None:
    company = mailed.company
    people = {}
    for locale in ("ru", "ar", "en"):
        person = await tenant_factory.member(company.id, role="admin")
        await company.call("PATCH", "auth/me", person, json={"locale": locale})
        people[locale] = person.email
    await company.server(up=False)
    await company.evaluate()
    assert await mailed.subjects(people["ru"], count=1) == ["Books не отвечает"]
    (subject,) = await mailed.subjects(people["ar"], count=1)
    assert "لا يستجيب" in subject
    assert 'dir="rtl"' in html(mailed.server.to(people["ar"])[0])
    assert await mailed.subjects(people["en"], count=1) == ["Books does not answer"]


async def test_a_rule_says_who_is_told_and_how(
    mailed: Mailed, tenant_factory: TenantFactory
) -> None:
    company = mailed.company
    manager = await tenant_factory.member(company.id, role="manager")
    client = await tenant_factory.member(company.id, role="client")
    rule = await company.rule()
    change = {"roles": ["manager"], "people": [str(client.user_id)], "by_mail": False}
    await company.call("PUT", f"alerts/rules/{rule['id']}", json=change)
    await company.server(up=False)
    await company.evaluate()
    for person in (manager, client):
        await mailed.subjects(person.email, count=0)
        assert await company.told(person) == [("fired", "server_down")]
    assert await company.told() == []

    await company.call("PUT", f"alerts/rules/{rule['id']}", json={"by_mail": True, "in_app": False})
    await company.server(up=True)
    await company.evaluate()
    await mailed.subjects(manager.email, count=1)
    assert await company.told(manager) == [("fired", "server_down")]
