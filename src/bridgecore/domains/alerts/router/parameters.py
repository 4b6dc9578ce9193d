"""Parameters that several routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query

from bridgecore.domains.alerts import service
from bridgecore.domains.alerts.schemas import Language

Limit = Annotated[int, Query(ge=1, le=200)]


async def asked_language(
    language: Annotated[
        Language | None, Query(description="Of the sentences; else as `Accept-Language` says.")
    ] = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> str:
    return language or service.language_of(accept_language)


LanguageDep = Annotated[str, Depends(asked_language)]
