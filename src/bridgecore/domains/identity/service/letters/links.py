"""Addresses of dashboard pages that a link leads to."""

from __future__ import annotations

from bridgecore.infra.settings import Settings


def page(settings: Settings, name: str, token: str | None = None) -> str:
    """A page of the dashboard, with a one-time token where it needs one.

    The token stands behind `#`: browsers keep that part to themselves, so it is in no server's
    log and in no Referer.
    """
    address = f"{settings.dashboard_url}/{name}"
    return address if token is None else f"{address}#token={token}"
