"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[
    Format, typer.Option("--output", "-o", help="How to print: for people or for programs.")
]


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], wanted: Format) -> None:
    """Print `rows`: every field as JSON, or `columns` of them as a table."""
    if wanted is Format.JSON:
        print_json(list(rows))
        return
    if not rows:
        Console().print("[dim]none[/]")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # names and ids are copied from here, so they are folded rather than cut
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    Console().print(table)


def show_one(fields: Mapping[str, Any], said: str, wanted: Format) -> None:
    """Print what was made or changed: the fields as JSON, or one sentence."""
    if wanted is Format.JSON:
        print_json(fields)
    else:
        Console(soft_wrap=True).print(said, markup=False)


def print_json(value: Any) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    typer.echo(orjson.dumps(value, default=str, option=options).decode())


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
