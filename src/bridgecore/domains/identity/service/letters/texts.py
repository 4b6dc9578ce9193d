"""The sentences of mails, by language and kind, from the files beside this one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from bridgecore.infra.mail import Action, Content

_FROM_RIGHT = frozenset({"ar"})
# invisible marks: what is between them keeps its own direction
_ISOLATE, _END = "\u2068", "\u2069"


def content(language: str, kind: str, given: Mapping[str, str], url: str) -> Content:
    """A mail of this kind. `given` is what its sentences speak of; `url` is where it leads."""
    texts = _texts(language)[kind]
    values = dict(given)
    if language in _FROM_RIGHT:
        values = {name: f"{_ISOLATE}{value}{_END}" for name, value in given.items()}

    def said(name: str) -> str:
        return str(texts[name]).format_map(values)

    return Content(
        language=language,
        subject=said("subject"),
        heading=said("heading"),
        paragraphs=[str(each).format_map(values) for each in _list(texts, "paragraphs")],
        action=Action(said("action"), url),
        notes=[str(each).format_map(values) for each in _list(texts, "notes")],
    )


@cache
def _texts(language: str) -> Mapping[str, Mapping[str, object]]:
    folder = files("bridgecore.domains.identity.service.letters")
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


def _list(texts: Mapping[str, object], name: str) -> list[object]:
    found = texts[name]
    assert isinstance(found, list)
    return found
