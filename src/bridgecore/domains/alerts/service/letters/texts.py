"""The sentences of alerts, by language and kind, from the files beside this one.

A kind the files don't know, as of a connector from elsewhere, is named by its own words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from bridgecore.infra.mail import LANGUAGES, Action, Content

_FROM_RIGHT = frozenset({"ar"})
# invisible marks: what is between them keeps its own direction
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said of one alert."""

    title: str
    text: str
    what_to_do: str


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def language_of(accepted: str | None) -> str:
    """The first language of `Accept-Language` that alerts are written in, else English."""
    for part in (accepted or "").split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


def kind_texts(language: str, kind: str) -> tuple[str, str]:
    """The title and the description of a kind."""
    texts = _texts(language).get(kind, {})
    return texts.get("title", _plain(kind)), texts.get("description", "")


def sentences(
    language: str,
    kind: str,
    event: str,
    name: str,
    facts: Mapping[str, Any],
    tenant: str | None = None,
) -> Sentences:
    """What is said when an alert of this kind `fired` or `recovered`. `tenant`: of which one."""
    texts = _texts(language).get(kind)
    named = _texts(language)["names"].get(name, name)
    if texts is None:
        return Sentences(_of(tenant, f"{_plain(kind)}: {named}"), "", "")
    values = _Values({"name": _isolated(language, named or "")})
    for key, value in facts.items():
        values[key] = _isolated(language, _written(language, key, value))
    title = _of(tenant, texts[event].format_map(values))
    if event == "recovered":
        return Sentences(title, "", "")
    return Sentences(
        title,
        " ".join(texts["text"].format_map(values).split()),
        texts["what_to_do"].format_map(values),
    )


def mail_content(
    language: str, said: Sentences, *, recovered: bool, rule: str, window: int, url: str
) -> Content:
    """The mail that says it."""
    words = _texts(language)["words"]
    why = words["why"].format(
        rule=_isolated(language, rule), window=_isolated(language, _minutes(language, window))
    )
    return Content(
        language=language,
        subject=said.title,
        heading=said.title,
        paragraphs=[each for each in (said.text, said.what_to_do) if each],
        action=None if recovered else Action(words["action"], url),
        notes=[why],
    )


def _of(tenant: str | None, title: str) -> str:
    return f"{tenant} · {title}" if tenant else title


def _minutes(language: str, minutes: int) -> str:
    words = _texts(language)["words"]
    if minutes % 60 == 0:
        return words["hours"].format(count=minutes // 60)
    return words["minutes"].format(count=minutes)


def _written(language: str, key: str, value: Any) -> str:
    if value is None:
        return _texts(language)["words"]["none"]
    if key.endswith("_share") and isinstance(value, int | float):
        return f"{value * 100:.3g} %"
    if key.endswith("_at") and isinstance(value, str):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    return str(value)


def _isolated(language: str, value: str) -> str:
    return f"{_ISOLATE}{value}{_END}" if language in _FROM_RIGHT and value else value


def _plain(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


@cache
def _texts(language: str) -> Mapping[str, Mapping[str, str]]:
    folder = files("bridgecore.domains.alerts.service.letters")
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
