"""The engine's errors in the words of `kit.http`, and whether anything was sent before them."""

from __future__ import annotations

from pyreqwest.exceptions import DetailedPyreqwestError

from bridgecore.infra.http.guard import Target
from bridgecore.kit.http import ConnectFailed, ConnectionBroken, TimedOut, TransportError

# The engine's words for a failure that came before anything of the request was written.
_CONNECTING = "client error (Connect)"


def no_connection(target: Target) -> TimedOut:
    return TimedOut(f"{target}: no connection in time", sent=False)


def translated(error: Exception, target: Target) -> TransportError:
    """The error of `kit.http` that says the same."""
    causes = _causes(error)
    if _CONNECTING not in causes:
        if isinstance(error, TimeoutError):
            return TimedOut(f"{target}: no whole answer in time")
        return ConnectionBroken(f"{target}: {causes[-1]}")
    if isinstance(error, TimeoutError):
        return no_connection(target)
    return ConnectFailed(f"{target}: {_why_not_connected(causes[-1])}")


def _causes(error: Exception) -> list[str]:
    """What led to the error, the deepest reason last."""
    if not isinstance(error, DetailedPyreqwestError):
        return [str(error) or type(error).__name__]
    # The first names the whole URL, and a URL can hold what must not be told on.
    found = [cause["message"] for cause in error.details["causes"] or ()]
    return [one for one in found if "for url (" not in one] or [error.message]


def _why_not_connected(reason: str) -> str:
    told = reason.partition(" (os error")[0]
    kind, _, detail = told.partition("invalid peer certificate: ")
    return f"its certificate is not trusted ({detail})" if detail and not kind else told
