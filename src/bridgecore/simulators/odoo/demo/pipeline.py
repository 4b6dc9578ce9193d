"""A year of leads and opportunities: some open, some won, some lost, with what is planned next."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from bridgecore.simulators.odoo.apps import mail
from bridgecore.simulators.odoo.apps import pipeline as crm
from bridgecore.simulators.odoo.orm import periods, records

from .contacts import People
from .foundation import Seeder

_NEEDS = (
    "Furniture for a new office", "Desks for 20 people", "Lighting upgrade", "Meeting room",
    "Yearly supplies", "Monitors and docks", "Kitchen corner", "Branch opening", "Quiet zone",
    "Network refresh", "Maintenance contract", "Office redesign",
)  # fmt: skip
_NOTES = ("Asked for a second offer.", "Budget is confirmed.", "Decides next week.", "Very keen.")


def _at(when: datetime) -> str:
    return when.strftime(periods.SECONDS)


def lay(seed: Seeder, rng: Random, people: People, now: datetime) -> None:
    """One opportunity or lead for about every second customer and month of the last year."""
    env = seed.env
    model = env.model("crm.lead")
    count = min(4_000, max(12, round(len(people.customers) * 1.6)))
    for number in range(count):
        born = now - timedelta(days=rng.uniform(0.5, 365))
        customer = rng.choices(people.customers, people.weights)[0]
        age = (now - born).days
        is_lead = rng.random() < 0.12
        stage = 1 if is_lead else rng.choices((1, 2, 3), (4, 3, 3))[0]
        key = seed.add(
            "crm.lead",
            at=_at(born),
            name=rng.choice(_NEEDS),
            type="lead" if is_lead else "opportunity",
            partner_id=customer,
            user_id=rng.choice(people.sellers),
            team_id=rng.choice((1, 1, 2)),
            stage_id=stage,
            company_id=1,
            expected_revenue=float(rng.randint(8, 600) * 100),
            priority=rng.choice("00123"),
            tag_ids=[(6, 0, [rng.randint(1, 7)])],
            date_deadline=(born + timedelta(days=rng.randint(10, 90))).strftime(periods.DAYS),
            description="<p>" + rng.choice(_NOTES) + "</p>" if rng.random() < 0.3 else False,
        )
        chance = rng.random()
        cycle = timedelta(days=rng.uniform(4, 60))
        if not is_lead and age > 20 and born + cycle < now and chance < 0.75:
            env.now = born + cycle
            if chance < 0.42:
                crm.action_set_won(env, model, [key])
            else:
                name = "lost_reason_id" if env.version >= 16 else "lost_reason"
                crm.action_set_lost(env, model, [key], **{name: rng.randint(1, 3)})
        elif number % 3 == 0:
            _plan(seed, rng, "crm.lead", key, people, now)
        if rng.random() < 0.25:
            env.now = min(now, born + timedelta(hours=rng.randint(1, 100)))
            mail.post(env, model, key, f"<p>{rng.choice(_NOTES)}</p>", message_type="comment")
    env.now = now
    for customer in people.customers[:: max(1, len(people.customers) // 8)]:
        _plan(seed, rng, "res.partner", customer, people, now)


def _plan(seed: Seeder, rng: Random, model: str, key: int, people: People, now: datetime) -> None:
    env = seed.env
    env.now = now - timedelta(days=rng.uniform(0, 8))
    kind = rng.choice(("email", "call", "meeting", "todo"))
    due = now + timedelta(days=rng.choice((-6, -2, 0, 0, 1, 3, 7, 14)))
    vals = {
        "res_model": model,
        "res_id": key,
        "activity_type_id": env.reference(f"mail.mail_activity_data_{kind}"),
        "summary": rng.choice(("Follow up", "Send the offer", "Ask about the budget", "Call back")),
        "date_deadline": due.strftime(periods.DAYS),
        "user_id": rng.choice(people.sellers),
    }
    records.create(env, env.model("mail.activity"), [vals])
    env.now = now
