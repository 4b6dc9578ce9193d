"""Why no connection came about, in the words of `kit.http`."""

from __future__ import annotations

import ssl

from bridgecore.infra.http.guard import Target
from bridgecore.kit.http import ConnectFailed, TimedOut


def no_connection(target: Target) -> TimedOut:
    return TimedOut(f"{target}: no connection in time", sent=False)


def not_connected(target: Target, error: OSError) -> ConnectFailed:
    """What a failed attempt to connect is told as."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectFailed(f"{target}: its certificate is not trusted ({error.verify_message})")
    if isinstance(error, ssl.SSLError):
        return ConnectFailed(f"{target}: no TLS connection ({error.reason or error})")
    return ConnectFailed(f"{target}: {error.strerror or error}")
