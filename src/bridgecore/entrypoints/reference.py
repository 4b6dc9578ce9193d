"""The pages of `docs/reference` that are made from the code, so that they can't go stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridgecore.entrypoints.document_variables import VARIABLES
from bridgecore.infra.problems import TITLES, Code, ProblemError
from bridgecore.infra.settings import SECRETS, Settings

_MADE = "<!-- Made by `make docs` from the code; change it there. -->"


def pages(root: Path) -> Mapping[Path, str]:
    """The text of each generated page, by its place in the checkout `root`."""
    folder = root / "docs" / "reference"
    return {
        folder / "configuration.md": configuration(),
        folder / "errors.md": errors(),
    }


def stale(root: Path) -> list[Path]:
    """The pages that differ from what the code says."""
    return [
        path
        for path, text in pages(root).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def write(root: Path) -> list[Path]:
    """Write the pages that differ, and return them."""
    changed = stale(root)
    every = pages(root)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(every[path], encoding="utf-8")
    return changed


# ── configuration ──────────────────────────────────────────────────────────────────────────────


def configuration() -> str:
    """Every setting, and every variable of the requirement documents."""
    lines = [
        "# Configuration",
        "",
        _MADE,
        "",
        "Settings come from the environment and from a file `.env` in the working folder; the",
        "environment wins. Any of them may be given as a file instead: `NAME_FILE` holds its path",
        "(Docker and Kubernetes secrets). Lists are separated by commas.",
        "",
        "Outside `development` and `test` the platform does not start unless these are set: "
        + ", ".join(f"`{name.upper()}`" for name in (*SECRETS, "database_url", "redis_url"))
        + ".",
        "The error names every one that is missing, too short or still an example.",
        "`bridgecore doctor` shows what was found.",
        "",
        "| Variable | Default | What it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name.upper()}` | {_default(field)} | {_described(field)} |")
    lines += [
        "",
        "## Variables of the requirement documents",
        "",
        "| Variable | What became of it |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {_cell(fate)} |" for name, fate in VARIABLES.items()]
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, list):
        value = ",".join(value)
    return f"`{value}`" if str(value) else ""


def _described(field: FieldInfo) -> str:
    text = _cell(field.description or "")
    alias = field.validation_alias
    choices = alias.choices[1:] if isinstance(alias, AliasChoices) else []
    others = [str(choice).upper() for choice in choices]
    missing = [f"`{other}`" for other in others if other not in text]
    return f"{text} Also read as {', '.join(missing)}." if missing else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# ── errors ─────────────────────────────────────────────────────────────────────────────────────


def errors() -> str:
    """Every code a client can meet, with the statuses and default messages of its errors."""
    found: dict[Code, dict[int, set[str]]] = {code: {} for code in Code}
    for error in _errors(ProblemError):
        text = (error.__doc__ or "").strip().splitlines()[0]
        found[error.code].setdefault(error.status, set()).add(text)
    lines = [
        "# Errors",
        "",
        _MADE,
        "",
        "Every error is `application/problem+json` (RFC 9457) with `type`, `title`, `status`,",
        "`detail`, `code`, `correlation_id` and `timestamp`; `errors` lists fields, each with a",
        "`pointer`, where some were wrong. `message` repeats `detail`. Act on `code`, show",
        "`detail`, and give `correlation_id` to support: it is in every log line of the request.",
        "",
        "Messages say more where more is known; these are the ones they start from.",
        "",
        "| Code | Status | Message |",
        "|---|---|---|",
    ]
    for code, statuses in sorted(found.items()):
        if not statuses:
            lines.append(f"| `{code.value}` | | No error of this version has it by itself. |")
        for status, messages in sorted(statuses.items()):
            told = "<br>".join(_cell(text) for text in sorted(messages))
            lines.append(f"| `{code.value}` | {status} {TITLES.get(status, '')} | {told} |")
    return "\n".join(lines) + "\n"


def _errors(base: type[ProblemError]) -> Iterator[type[ProblemError]]:
    # the domains' errors exist once their rooms are imported
    import bridgecore.entrypoints.app  # noqa: F401

    seen = [base]
    while seen:
        error = seen.pop()
        seen += error.__subclasses__()
        if error.__module__.startswith("bridgecore."):
            yield error
