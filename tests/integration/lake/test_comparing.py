"""The lake's side of a comparison: bands, keys, content."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridgecore.connectors.contract import Band, Change, KeyState, Period, Span
from bridgecore.domains.lake import service
from bridgecore.domains.lake.schemas import MOST_ROWS, Compared
from tests.integration.lake.conftest import PARTNER, Writer, at, change


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
async def filled(lake: Writer) -> Writer:
    await lake.apply(
        change(1, changed=1, created=day("2024-02-29T23:59:59")),
        change(2, changed=2, created=day("2024-12-31T23:00:00"), active=False),
        change(3, changed=3, created=day("2024-12-31T23:59:59.900")),
        change(4, changed=4, created=day("2025-01-01T00:00:00")),
        change(5, changed=None, created=None),
        change(6, changed=9, created=day("2025-01-01T00:00:00")),
    )
    await lake.remove("6", observed=1)
    return lake


async def bands(lake: Writer, period: Period, within: Span | None = None) -> list[Band]:
    async with lake.session() as session:
        return await service.bands(session, lake.connection, PARTNER, period, within)


async def test_bands_count_what_is_served_archived_ones_too(filled: Writer) -> None:
    year = Span(day("2024-01-01"), day("2025-01-01"))
    assert await bands(filled, Period.YEAR) == [
        Band(Span(), 1, None),
        Band(year, 3, at(3)),
        Band(Span(day("2025-01-01"), day("2026-01-01")), 1, at(4)),
    ]
    december = Span(day("2024-12-01"), day("2025-01-01"))
    assert await bands(filled, Period.MONTH, year) == [
        Band(Span(day("2024-02-01"), day("2024-03-01")), 1, at(1)),
        Band(december, 2, at(3)),
    ]
    new_year = Span(day("2024-12-31"), day("2025-01-01"))
    assert await bands(filled, Period.DAY, december) == [Band(new_year, 2, at(3))]
    hour = Span(day("2024-12-31T23:00:00"), day("2025-01-01"))
    assert await bands(filled, Period.HOUR, new_year) == [Band(hour, 2, at(3))]


async def test_keys_of_a_span_come_in_pages(filled: Writer) -> None:
    async def keys(span: Span | None, **more: object) -> list[KeyState]:
        async with filled.session() as session:
            return await service.keys(session, filled.connection, PARTNER, span, **more)

    year = Span(day("2024-01-01"), day("2025-01-01"))
    assert await keys(year) == [
        KeyState("1", at(1)),
        KeyState("2", at(2), False),
        KeyState("3", at(3)),
    ]
    assert await keys(Span()) == [KeyState("5", None)]
    assert [state.key for state in await keys(None)] == [*"12345"]
    assert [state.key for state in await keys(None, limit=2)] == ["1", "2"]
    assert [state.key for state in await keys(None, after="2", limit=2)] == ["3", "4"]


async def test_content_is_compared_whatever_its_spelling(lake: Writer) -> None:
    await lake.apply(
        Change("1", b'{"a":1,"b":[1,2]}'),
        Change("2", b'{"a":1}'),
        Change("3", b'{"a":1}'),
        Change("4", b'{"a":1}'),
    )
    await lake.remove("4", observed=1)
    async with lake.session() as session:
        found = await service.compare(
            session,
            lake.connection,
            PARTNER,
            [
                Change("1", b'{ "b": [1, 2], "a": 1 }'),
                Change("2", b'{"a":2}'),
                Change("3", b'{"a":1}', is_active=False),
                Change("4", b'{"a":1}'),
                Change("5", b'{"a":1}'),
                Change("6", b"{"),
            ],
        )
    assert found == Compared(1, ("4", "5"), ("2", "3"), found.set_aside)
    assert [each.key for each in found.set_aside] == ["6"]
    assert len(await lake.feed()) == 4  # nothing was written


async def test_too_many_at_once_are_refused(lake: Writer) -> None:
    async with lake.session() as session:
        with pytest.raises(ValueError, match="at most"):
            await service.compare(
                session, lake.connection, PARTNER, [change(n) for n in range(MOST_ROWS + 1)]
            )
