"""A company's automations with a past of some weeks, and their going on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .installation import Installation, iso, trigger

DAYS = 65
"""So long a past that a month can be compared with the month before."""
_QUIET = 0.15
_TRIED_BY_HAND = 0.015
_CANCELED = 0.003


@dataclass(frozen=True, slots=True)
class Automation:
    """One workflow as it usually behaves.

    `every` is the mean time between runs in office hours, `seconds` how long one takes, `errors`
    what it fails of and how often, `saved` the minutes of work a run saves. One that is `broken`
    for some time fails of its first error ever since.
    """

    name: str
    kind: str
    every: timedelta
    seconds: float
    saved: int | None
    errors: tuple[tuple[float, str, str], ...] = ()
    active: bool = True
    broken: timedelta = timedelta(0)


_ACME = (
    Automation(
        "Order confirmations",
        "webhook",
        timedelta(minutes=9),
        1.6,
        4,
        ((0.012, "Send mail", "Mailbox unavailable: the recipient's mailbox is full"),),
    ),
    Automation(
        "Invoice to accounting",
        "webhook",
        timedelta(minutes=25),
        4.2,
        9,
        (
            (0.03, "Create invoice", "The VAT number of the customer is missing"),
            (0.01, "Create invoice", "The service is unavailable - try again later"),
        ),
    ),
    Automation(
        "Stock levels to the shop",
        "scheduleTrigger",
        timedelta(minutes=15),
        11.0,
        2,
        ((0.02, "Read stock", "The connection timed out, consider setting the 'Retry' option"),),
    ),
    Automation("New leads to CRM", "webhook", timedelta(minutes=40), 2.3, 6, ()),
    Automation(
        "Overnight price import",
        "scheduleTrigger",
        timedelta(hours=12),
        190.0,
        45,
        ((0.06, "Read price list", "The file 'prices.xlsx' could not be found"),),
        broken=timedelta(hours=50),
    ),
    Automation("Weekly report draft", "scheduleTrigger", timedelta(days=7), 31.0, None, ()),
    Automation("Old newsletter", "webhook", timedelta(days=900), 2.0, None, (), active=False),
)

_GLOBEX = (
    Automation(
        "Support tickets to chat",
        "webhook",
        timedelta(minutes=18),
        0.9,
        3,
        ((0.08, "Post message", "The service was not able to process your request"),),
    ),
    Automation(
        "Contracts for signature",
        "webhook",
        timedelta(hours=2),
        6.5,
        20,
        ((0.05, "Send contract", "Forbidden - perhaps check your credentials?"),),
    ),
    Automation(
        "Bank statements",
        "scheduleTrigger",
        timedelta(hours=6),
        24.0,
        12,
        ((0.04, "Fetch statement", "The connection was aborted, perhaps the server is offline"),),
    ),
)

COMPANIES = {"acme": _ACME, "globex": _GLOBEX}


def furnish(server: Installation, company: str, *, days: int = DAYS, seed: int = 7) -> None:
    """The workflows of one of `COMPANIES` and their last weeks, unless there are some already."""
    if server.workflows:
        return
    chance = random.Random(f"{company} {seed}")  # noqa: S311
    tags = {name: server.add_tag(name) for name in ("sales", "finance", "warehouse")}
    runs: list[tuple[datetime, str, Automation]] = []
    now = server.clock()
    for index, automation in enumerate(COMPANIES[company]):
        tag = list(tags.values())[index % len(tags)]
        path = automation.name.lower().replace(" ", "-")
        rule: dict[str, Any] = {"path": path}
        if automation.kind == "scheduleTrigger":
            minutes = int(automation.every.total_seconds() // 60)
            rule = {"rule": {"interval": [{"field": "minutes", "minutesInterval": minutes}]}}
        settings = {} if automation.saved is None else {"timeSavedPerExecution": automation.saved}
        workflow = server.add_workflow(
            automation.name,
            active=automation.active,
            settings=settings,
            nodes=[trigger(automation.kind, **rule)],
            tags=[tag],
        )
        began = now - timedelta(days=days)
        runs.extend(
            (moment, workflow["id"], automation)
            for moment in _moments(automation, began, now, chance)
        )
    server.load(_rows(server, sorted(runs, key=lambda run: run[0]), chance))


def _moments(
    automation: Automation, began: datetime, until: datetime, chance: random.Random
) -> Iterator[datetime]:
    moment = began
    scheduled = automation.kind == "scheduleTrigger"
    while True:
        wait = automation.every.total_seconds()
        moment += timedelta(seconds=wait if scheduled else chance.expovariate(1 / wait))
        if moment >= until - timedelta(seconds=automation.seconds * 3):
            return
        office = moment.weekday() < 5 and 7 <= moment.hour < 19
        if scheduled or office or chance.random() < _QUIET:
            yield moment


def _rows(
    server: Installation, runs: list[tuple[datetime, str, Automation]], chance: random.Random
) -> Iterator[dict[str, Any]]:
    now = server.clock()
    for number, (moment, workflow, automation) in enumerate(runs, start=server.last_id + 1):
        failure = _failure(automation, chance, now - moment)
        mode = "trigger" if automation.kind == "scheduleTrigger" else "webhook"
        canceled = failure is None and chance.random() < _CANCELED
        status = "canceled" if canceled else "success" if failure is None else "error"
        took = automation.seconds * chance.lognormvariate(0, 0.45)
        if failure is not None:
            server.errors[str(number)] = {
                "id": str(number),
                "node": failure[0],
                "message": failure[1],
            }
            server.store.put("error", [server.errors[str(number)]])
        yield {
            "id": str(number),
            "finished": status == "success",
            "mode": "manual" if chance.random() < _TRIED_BY_HAND else mode,
            "retryOf": None,
            "retrySuccessId": None,
            "status": status,
            "startedAt": iso(moment),
            "stoppedAt": iso(moment + timedelta(seconds=took)),
            "workflowId": workflow,
            "waitTill": None,
        }


def _failure(
    automation: Automation, chance: random.Random, ago: timedelta
) -> tuple[str, str] | None:
    if ago < automation.broken:
        return automation.errors[0][1:]
    number = chance.random()
    for share, node, message in automation.errors:
        if number < share:
            return node, message
        number -= share
    return None


class Life:
    """Runs the demo's workflows in real time, a little faster than in their past."""

    def __init__(
        self, server: Installation, company: str, *, seconds: float = 60.0, seed: int = 11
    ) -> None:
        self._server = server
        self._automations = COMPANIES[company]
        self._seconds = seconds
        self._chance = random.Random(seed)  # noqa: S311

    async def go_on(self) -> None:
        """Run a workflow every now and then, until cancelled."""
        known = {each.name: each for each in self._automations if each.active}
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._seconds))
            there = [
                (key, known[workflow["name"]])
                for key, workflow in self._server.workflows.items()
                if workflow["active"] and workflow["name"] in known
            ]
            if not there:
                continue
            weights = [1 / each.every.total_seconds() for _, each in there]
            ((key, automation),) = self._chance.choices(there, weights)
            mode = "trigger" if automation.kind == "scheduleTrigger" else "webhook"
            number = self._server.start(key, mode=mode)
            await asyncio.sleep(min(automation.seconds, 5.0))
            failure = _failure(automation, self._chance, timedelta(0))
            if failure is None:
                self._server.finish(number)
            else:
                self._server.finish(number, "error", node=failure[0], error=failure[1])
