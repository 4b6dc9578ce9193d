"""Slugs made from names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgecore.domains.connections.service.tenants import slug_of
from bridgecore.domains.tenancy.schemas import SLUG


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme", "acme"),
        ("Müller & Söhne GmbH", "muller-sohne-gmbh"),
        ("  --Two  Words--  ", "two-words"),
        ("x" * 200, "x" * 63),
    ],
)
def test_a_slug_reads_like_its_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_name_without_latin_letters_gets_one_of_its_own() -> None:
    assert slug_of("Ромашка") != slug_of("Ромашка")


@given(st.text(min_size=1, max_size=200))
def test_every_name_gives_a_valid_slug(name: str) -> None:
    assert re.fullmatch(SLUG, slug_of(name))
