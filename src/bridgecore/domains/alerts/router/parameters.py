"""Parameters that several routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query

from bridgecore.domains.alerts import service

Limit = Annotated[int, Query(ge=1, le=200)]


async def asked_language(
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> str:
    """The language of the sentences, as the reader's own header asks for it."""
    return service.language_of(accept_language)


LanguageDep = Annotated[str, Depends(asked_language)]
