"""What alerts say: every kind, in every language, with nothing left open."""

from __future__ import annotations

import re
import string

import pytest

from bridgecore.domains.alerts.service.letters import (
    kind_texts,
    language_of,
    mail_content,
    sentences,
)
from bridgecore.domains.alerts.service.letters.texts import _texts
from bridgecore.entrypoints.rooms import probes
from bridgecore.infra.mail import LANGUAGES

KINDS = sorted(probes())


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_in_every_language_and_speaks_of_the_same_facts(kind: str) -> None:
    written = {language: _texts(language)[kind] for language in LANGUAGES}
    for name in ("title", "description", "fired", "recovered", "text", "what_to_do"):
        spoken = {language: _names(texts[name]) for language, texts in written.items()}
        assert spoken["en"] == spoken["ru"] == spoken["ar"], (kind, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_are_written_as_people_write_them(language: str) -> None:
    said = sentences(
        language,
        "workflow_success",
        "fired",
        "Invoices",
        {"success_share": 0.8567, "least_share": 0.9, "runs": 30, "hours": 24},
    )
    assert "85.7 %" in said.text
    assert "90 %" in said.text
    late = sentences(
        language,
        "workflow_overdue",
        "fired",
        "Invoices",
        {"every_minutes": 5, "silent_minutes": 61, "last_run_at": "2026-07-01T12:00:00Z"},
    )
    assert "2026-07-01 12:00 UTC" in late.text
    assert not re.search(r"[{}]", said.text + said.title + late.text)


def test_what_a_person_wrote_is_not_a_template() -> None:
    said = sentences("en", "server_down", "fired", "{name.__class__}", {"error": "{0} {x}"})
    assert said.title == "{name.__class__} does not answer"
    assert "{0} {x}" in said.text


def test_a_kind_from_elsewhere_is_named_by_its_own_words() -> None:
    assert kind_texts("ru", "low_stock") == ("Low stock", "")
    assert sentences("ru", "low_stock", "fired", "Chairs", {}).title == "Low stock: Chairs"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, ar;q=0.5", "ar"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
        (";;,,\x01", "en"),
    ],
)
def test_language_of_a_header(accepted: str | None, language: str) -> None:
    assert language_of(accepted) == language


def test_a_mail_says_how_long_it_will_be_quiet() -> None:
    said = sentences("en", "server_down", "fired", "Books", {"error": "refused"})
    content = mail_content(
        "en", said, recovered=False, rule="Servers", window=90, url="https://x.example/alerts"
    )
    assert "90 min" in content.notes[0]
    assert content.action is not None
    again = sentences("en", "server_down", "recovered", "Books", {})
    content = mail_content("en", again, recovered=True, rule="Servers", window=120, url="")
    assert ("2 h" in content.notes[0], content.action) == (True, None)
