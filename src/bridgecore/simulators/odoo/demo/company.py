"""The demo company of a database: chosen by its name, sized as asked."""

from __future__ import annotations

from random import Random

from bridgecore.simulators.odoo.database import SUPERUSER, Database
from bridgecore.simulators.odoo.orm.environment import Environment

from . import catalogue, contacts, foundation, history, pipeline
from .foundation import Seeder, UserSpec
from .names import CULTURES

SIZES = {"empty": 0, "small": 120, "medium": 2_000, "large": 20_000}


def partners_of(size: str | int) -> int:
    """How many partners a size means; raises ValueError for an unknown name."""
    if isinstance(size, int):
        return size
    if size.isdigit():
        return int(size)
    if size not in SIZES:
        raise ValueError(f"no such size: {size} (a number, or one of {', '.join(SIZES)})")
    return SIZES[size]


def found(database: Database, size: str | int, users: tuple[UserSpec, ...]) -> None:
    """Fill an empty database; the same name, size and day give the same company."""
    count = partners_of(size)
    listeners, database.listeners = database.listeners, []
    with database.transaction(SUPERUSER, {"_balancing": True, "_quiet": True}, su=True) as env:
        rng = Random(f"{database.name}/{count}")  # noqa: S311
        _fill(env, rng, count, users)
    database.listeners = listeners
    database.refresh()


def _fill(env: Environment, rng: Random, count: int, users: tuple[UserSpec, ...]) -> None:
    database, start = env.database, env.now
    home = rng.choice(CULTURES)
    city, country, code = rng.choice(home.places)
    name = f"{database.name.replace('_', ' ').title()} Trading"
    facts = {"email": f"info@{database.name}.example.com", "phone": "+1 555 010 0100"}
    facts |= {"street": f"{rng.randint(1, 200)} {rng.choice(home.streets)}", "city": city}
    facts |= {"zip": code, "country": country, "website": f"https://{database.name}.example.com"}
    foundation.lay(env, name, users, facts)
    seed = Seeder(env)
    catalogue.lay(seed, rng)
    if count:
        people = contacts.lay(seed, rng, count)
        pipeline.lay(seed, rng, people, start)
        history.lay(seed, rng, people, start)
    env.now = start
