"""Writes whose answer was lost, settled by reading Odoo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bridgecore.domains.gateway.service.clients import OdooLines
from bridgecore.domains.gateway.service.reconciliation import reconcile_all
from bridgecore.infra.resources import Resources
from bridgecore.simulators.odoo import OdooSimulator
from tests.factories.odoo import Company
from tests.integration.gateway.wire import WRITES, problem

PARTNER = "res.partner"


@pytest.fixture
async def lines(resources: Resources) -> AsyncIterator[OdooLines]:
    opened = OdooLines(resources)
    yield opened
    await opened.close()


class Doubt:
    """One write in doubt, and what becomes of it."""

    def __init__(self, company: Company, resources: Resources, lines: OdooLines) -> None:
        self.company = company
        self.resources = resources
        self.lines = lines

    async def fall(
        self, fault: str, model: str, method: str, args: list[Any], key: str | None = None
    ) -> str:
        """Make the call while `fault` loses its answer; the intent's id."""
        self.company.simulator.fault(fault, model=model, method=method, times=1)
        answer = await self.send(model, method, args, key)
        return str(problem(answer, 502, "UPSTREAM_OUTCOME_UNKNOWN")["intent_id"])

    async def send(
        self, model: str, method: str, args: list[Any], key: str | None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"model": model, "method": method, "args": args, "kwargs": {}}
        return await self.company.post("call_kw", body, headers=headers)

    async def settled(self, intent_id: str) -> dict[str, Any]:
        await reconcile_all(self.resources, self.lines, settled_after=0)
        answer = await self.company.client.get(
            f"{WRITES}/{intent_id}", headers=self.company.owner.headers
        )
        return dict(answer.json())


@pytest.fixture
def doubt(company: Company, resources: Resources, lines: OdooLines) -> Doubt:
    return Doubt(company, resources, lines)


async def test_a_creation_that_happened_is_found_with_its_id(
    doubt: Doubt, odoo: OdooSimulator
) -> None:
    values = {"name": "Found again", "ref": "lost-answer", "is_company": True, "comment": "x"}
    intent = await doubt.fall("drop_answer", PARTNER, "create", [values], "lost-1")
    (change,) = odoo.journal.changes(PARTNER, "create")
    told = await doubt.settled(intent)
    assert told["status"] == "done"
    assert told["outcome"]["reconciled"] is True
    assert told["outcome"]["result"] == change.id
    # now the key answers, and nothing was made a second time
    answer = await doubt.send(PARTNER, "create", [values], "lost-1")
    assert answer.json() == {"success": True, "result": change.id}
    assert len(odoo.journal.changes(PARTNER, "create")) == 1


async def test_a_creation_that_did_not_happen_has_failed(doubt: Doubt, odoo: OdooSimulator) -> None:
    model = "res.partner.industry"
    intent = await doubt.fall("close", model, "create", [{"name": "Nowhere"}], "lost-2")
    told = await doubt.settled(intent)
    assert told["status"] == "failed"
    # the same key may try again
    answer = await doubt.send(model, "create", [{"name": "Nowhere"}], "lost-2")
    assert answer.status_code == 200
    assert len(odoo.journal.changes(model, "create")) == 1


async def test_a_creation_among_others_is_left_to_a_person(
    doubt: Doubt, odoo: OdooSimulator
) -> None:
    """What Odoo stored may differ from what it was given: not found is not proof."""
    made = await doubt.company.ask("create", {"model": PARTNER, "values": {"name": "Near"}})
    intent = await doubt.fall("close", PARTNER, "create", [{"name": "Never made"}])
    told = await doubt.settled(intent)
    assert told["status"] == "unknown"
    assert told["outcome"]["looks"] == 1
    assert made in told["outcome"]["result"] or len(told["outcome"]["result"]) == 3


async def test_two_alike_creations_are_left_to_a_person(doubt: Doubt) -> None:
    values = {"name": "Twin", "ref": "twin"}
    await doubt.company.ask("create", {"model": PARTNER, "values": values})
    intent = await doubt.fall("drop_answer", PARTNER, "create", [values])
    told = await doubt.settled(intent)
    assert told["status"] == "unknown"
    assert len(told["outcome"]["result"]) == 2


async def old_record(company: Company) -> int:
    """A partner nobody has changed for a day."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    domain = [["write_date", "<", yesterday], ["is_company", "=", True]]
    body = {"model": PARTNER, "domain": domain, "limit": 1}
    (record,) = await company.ask("search", body)
    return int(record)


async def test_a_change_that_happened_is_found(doubt: Doubt, odoo: OdooSimulator) -> None:
    (country, *_) = await doubt.company.ask("search", {"model": "res.country", "limit": 1})
    values = {
        "city": "  Found  ",
        "country_id": country,
        "color": 5,
        "partner_latitude": 1.5,
        "is_company": False,
        "date": "2026-02-03",
        "comment": None,
    }
    record = await doubt.company.ask("create", {"model": PARTNER, "values": {"name": "Changed"}})
    intent = await doubt.fall("drop_answer", PARTNER, "write", [[record], values])
    told = await doubt.settled(intent)
    assert told["status"] == "done", told
    assert odoo.journal.count(PARTNER, "write") == 1


async def test_a_change_that_did_not_happen_has_failed(doubt: Doubt, odoo: OdooSimulator) -> None:
    record = await old_record(doubt.company)
    values = {"city": "Nowhere at all", "color": 11}
    intent = await doubt.fall("close", PARTNER, "write", [[record], values])
    told = await doubt.settled(intent)
    assert told["status"] == "failed", told
    assert odoo.journal.count(PARTNER, "write") == 0


async def test_a_record_changed_to_something_else_then_is_left_to_a_person(doubt: Doubt) -> None:
    """Odoo may have formatted what it was given."""
    record = await doubt.company.ask("create", {"model": PARTNER, "values": {"name": "Else"}})
    intent = await doubt.fall("close", PARTNER, "write", [[record], {"city": "Nowhere"}])
    told = await doubt.settled(intent)
    assert told["status"] == "unknown"
    assert "something else" in told["outcome"]["finding"]


async def test_a_change_that_holds_in_part_is_left_to_a_person(doubt: Doubt) -> None:
    body = {"model": PARTNER, "values": {"name": "Part", "city": "Here"}}
    record = await doubt.company.ask("create", body)
    values = {"city": "Here", "zip": "1010"}
    intent = await doubt.fall("close", PARTNER, "write", [[record], values])
    assert (await doubt.settled(intent))["status"] == "unknown"


@pytest.mark.parametrize(("fault", "status"), [("drop_answer", "done"), ("close", "failed")])
async def test_a_deletion_is_compared_with_what_exists(
    doubt: Doubt, fault: str, status: str
) -> None:
    record = await doubt.company.ask("create", {"model": PARTNER, "values": {"name": "Gone?"}})
    intent = await doubt.fall(fault, PARTNER, "unlink", [[record]])
    assert (await doubt.settled(intent))["status"] == status


async def test_a_method_is_left_to_a_person_and_never_called_again(
    doubt: Doubt, odoo: OdooSimulator
) -> None:
    intent = await doubt.fall("drop_answer", PARTNER, "message_post", [[1]])
    for looks in (1, 2):
        told = await doubt.settled(intent)
        assert told["status"] == "unknown"
        assert told["outcome"]["looks"] == looks
        assert "message_post" in told["outcome"]["finding"]
    assert odoo.journal.count(PARTNER, "message_post") == 1


async def test_while_odoo_is_away_a_write_stays_in_doubt(doubt: Doubt, odoo: OdooSimulator) -> None:
    intent = await doubt.fall("drop_answer", PARTNER, "create", [{"name": "Patience"}])
    odoo.fault("down")
    told = await doubt.settled(intent)
    assert told["status"] == "unknown"
    assert "could not be read" in told["outcome"]["finding"]
    odoo.faults.clear()
    assert (await doubt.settled(intent))["status"] == "done"


async def test_a_write_is_not_looked_at_while_odoo_may_still_be_at_it(
    doubt: Doubt, resources: Resources, lines: OdooLines
) -> None:
    intent = await doubt.fall("drop_answer", PARTNER, "create", [{"name": "Too early"}])
    await reconcile_all(resources, lines)
    answer = await doubt.company.client.get(
        f"{WRITES}/{intent}", headers=doubt.company.owner.headers
    )
    assert answer.json()["status"] == "unknown"
    assert "looks" not in answer.json()["outcome"]


async def test_what_was_found_done_makes_kept_answers_old(
    doubt: Doubt, odoo: OdooSimulator
) -> None:
    read = {"model": PARTNER, "domain": [["id", "<", 3]], "fields": ["name"]}
    intent = await doubt.fall("drop_answer", PARTNER, "create", [{"name": "Late"}])
    for _ in range(2):
        await doubt.company.ask("search_read", read)
    assert odoo.journal.count(PARTNER, "search_read") == 1
    assert (await doubt.settled(intent))["status"] == "done"
    await doubt.company.ask("search_read", read)
    assert odoo.journal.count(PARTNER, "search_read") == 2
