"""The people: customers, vendors, their contacts, and the company's own employees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bridgecore.simulators.odoo.orm import periods

from . import names
from .foundation import Seeder
from .names import CULTURES, Culture


@dataclass(slots=True)
class People:
    """Ids of those a company deals with, and how much each customer tends to buy."""

    customers: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    vendors: list[int] = field(default_factory=list)
    sellers: list[int] = field(default_factory=list)


def lay(seed: Seeder, rng: Random, count: int) -> People:
    """About `count` partners: a third companies, the rest the people in them."""
    env = seed.env
    start = env.now
    people = People(sellers=_sellers(seed))
    # The recorded servers have a company with contacts as partner 10; so has every demo company.
    companies = max(2, count // 3)
    made = 0
    for number in range(companies):
        culture = names.ENGLISH if number == 0 else rng.choice(CULTURES)
        born = start - timedelta(days=rng.randint(5, 400), seconds=rng.randint(0, 86399))
        key = _company(seed, rng, culture, number, born.strftime(periods.SECONDS))
        made += 1
        if number % 7 == 6:
            people.vendors.append(key)
        else:
            people.customers.append(key)
            people.weights.append(rng.paretovariate(1.2))
            seed_user = rng.choice(people.sellers)
            row = {**env.rows("res.partner")[key], "user_id": seed_user}
            env.store.put("res.partner", key, row)
        for _ in range(min(3 if number == 0 else rng.randint(1, 3), count - made)):
            _contact(seed, rng, culture, key)
            made += 1
    if not people.vendors:
        people.vendors.append(people.customers[-1])
    env.now = start
    _employees(seed, rng)
    return people


def _sellers(seed: Seeder) -> list[int]:
    users = seed.env.rows("res.users").values()
    return [row["id"] for row in users if row.get("active") and not row.get("share")]


def _company(seed: Seeder, rng: Random, culture: Culture, number: int, at: str) -> int:
    env = seed.env
    city, country, code = rng.choice(culture.places)
    name = "Azure Interior" if number == 0 else names.business(rng, culture, number)
    host = f"company{number:05d}.example.com"
    vendor = number % 7 == 6
    term = rng.choice((15, 30, 30, 45))
    return seed.add(
        "res.partner",
        at=at,
        name=name,
        is_company=True,
        email=f"info@{host}",
        phone=names.phone(rng, culture),
        website=f"https://{host}",
        street=f"{rng.randint(1, 240)} {rng.choice(culture.streets)}",
        city=city,
        zip=code,
        country_id=env.reference(f"base.{country.lower()}"),
        vat=f"{country}{rng.randint(10**8, 10**9 - 1)}",
        lang=culture.lang,
        ref=f"C{number + 1:05d}",
        industry_id=rng.randint(1, 5),
        category_id=[(6, 0, sorted({6 if vendor else rng.randint(1, 5)}))],
        customer_rank=0 if vendor else 1,
        supplier_rank=1 if vendor else 0,
        property_payment_term_id=env.reference(f"account.term_{term}"),
        credit_limit=float(rng.choice((0, 10_000, 25_000, 50_000))),
    )


_POSITIONS = ("Purchasing", "Office Manager", "Director", "Accountant", "Technical Manager")


def _contact(seed: Seeder, rng: Random, culture: Culture, company: int) -> int:
    env = seed.env
    parent = env.rows("res.partner")[company]
    host = str(parent["email"]).partition("@")[2]
    number = env.store.tables["res.partner"].last_id + 1
    vals: dict[str, Any] = {
        "name": names.person(rng, culture),
        "parent_id": company,
        "email": f"person{number}@{host}",
        "phone": names.phone(rng, culture),
        "mobile": names.phone(rng, culture),
        "function": rng.choice(_POSITIONS),
        "lang": culture.lang,
    }
    for name in ("street", "city", "zip", "country_id"):
        vals[name] = parent.get(name)
    return seed.add("res.partner", **vals)


_STAFF = (
    ("Management", "", "Chief Executive Officer"),
    ("Sales", "Management", "Sales Manager"),
    ("Sales", "Management", "Account Executive"),
    ("Sales", "Management", "Account Executive"),
    ("Finance", "Management", "Chief Accountant"),
    ("Finance", "Management", "Accountant"),
    ("Warehouse", "Management", "Warehouse Manager"),
    ("Warehouse", "Management", "Storekeeper"),
    ("Marketing", "Sales", "Marketing Specialist"),
    ("IT", "Management", "Systems Administrator"),
)


def _employees(seed: Seeder, rng: Random) -> None:
    departments: dict[str, int] = {}
    jobs: dict[str, int] = {}
    heads: dict[str, int] = {}
    users = [
        u for u in seed.env.rows("res.users").values() if u.get("active") and not u.get("share")
    ]
    for number, (department, above, title) in enumerate(_STAFF):
        if department not in departments:
            vals: dict[str, Any] = {"name": department, "parent_id": departments.get(above, False)}
            departments[department] = seed.add("hr.department", **vals)
        if title not in jobs:
            jobs[title] = seed.add("hr.job", name=title, department_id=departments[department])
        user = users[number] if number < len(users) else None
        culture = rng.choice(CULTURES)
        name = seed.env.label_of("res.users", user["id"]) if user else names.person(rng, culture)
        key = seed.add(
            "hr.employee",
            name=name,
            user_id=user["id"] if user else False,
            department_id=departments[department],
            job_id=jobs[title],
            job_title=title,
            parent_id=heads.get(department) or heads.get(above, False),
            work_email=f"employee{number + 1}@{seed.env.database.name}.example.com",
            work_phone=names.phone(rng, culture),
            private_email=f"private{number + 1}@mail.example.com",
            birthday=f"{rng.randint(1965, 2000)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        )
        if department not in heads:
            heads[department] = key
            seed.env.store.put(
                "hr.department",
                departments[department],
                {**seed.env.rows("hr.department")[departments[department]], "manager_id": key},
            )
