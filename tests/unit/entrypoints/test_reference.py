"""The generated pages say everything the code knows, in a form that a table can hold."""

from __future__ import annotations

from bridgecore.entrypoints.document_variables import VARIABLES
from bridgecore.entrypoints.reference import configuration, errors
from bridgecore.infra.problems import Code
from bridgecore.infra.settings import Settings


def cells(page: str) -> list[list[str]]:
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_setting_is_described() -> None:
    rows = {row[0].strip("`"): row for row in cells(configuration()) if len(row) == 3}
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for row in rows.values():
        assert row[2], f"{row[0]} has no description"


def test_a_variable_said_to_be_read_is_a_setting_or_the_containers_own() -> None:
    known = {name.upper() for name in Settings.model_fields} | {"JWT_SECRET", "FROM_EMAIL"}
    for name, fate in VARIABLES.items():
        read = fate.startswith("Read") and "container" not in fate
        assert read == (name in known), name


def test_every_code_is_listed() -> None:
    listed = {row[0].strip("`") for row in cells(errors())}
    assert listed == {code.value for code in Code}


def test_the_pages_do_not_change_from_one_run_to_the_next() -> None:
    assert configuration() == configuration()
    assert errors() == errors()
