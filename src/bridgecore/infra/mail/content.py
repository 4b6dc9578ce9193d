"""What a mail says, and how that is dressed: the same frame for every mail of the platform.

Who sends a mail brings its sentences in the reader's language; this room makes a plain and an HTML
version of them, from the right to the left where the language runs so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

LANGUAGES = ("en", "ru", "ar")
_FROM_RIGHT = frozenset({"ar"})


@dataclass(frozen=True, slots=True)
class Action:
    """What the reader is asked to do: a button in HTML, a line with its address in plain text."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """The sentences of one mail. `notes` are said small, below the action."""

    language: str
    subject: str
    heading: str
    paragraphs: Sequence[str]
    action: Action | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Dressed:
    subject: str
    text: str
    html: str


def written_language(locale: str) -> str:
    """The language mails are written in for a reader of this locale; English for unknown ones."""
    language = locale.partition("-")[0].lower()
    return language if language in LANGUAGES else "en"


def dressed(content: Content, *, sender: str) -> Dressed:
    """Both versions of a mail. `sender` is the name of this installation."""
    direction = "rtl" if content.language in _FROM_RIGHT else "ltr"
    given = {"content": content, "sender": sender, "direction": direction}
    return Dressed(
        # a header is one line
        subject=" ".join(content.subject.split())[:200],
        text=_environment().get_template("letter.txt").render(given).strip() + "\n",
        html=_environment().get_template("letter.html").render(given),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bridgecore.infra.mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
