"""Errors an operator can act on, said in one line instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text


class CommandFailed(Exception):
    """The command can't do what was asked; the message says why and what to do."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn expected errors into a message on standard error and status 1.

    Anything else is a fault of ours and keeps its traceback.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        lines = [f"{_place(entry['loc'])}: {entry['msg']}" for entry in error.errors()]
        _end("\n".join(lines))
    except Exception as error:
        message = _expected(error)
        if message is None:
            raise
        _end(message)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location).upper() or "input"


def _expected(error: Exception) -> str | None:
    if isinstance(error, CommandFailed):
        return str(error)
    # imported when something went wrong, so that `--help` stays quick
    import psycopg
    from redis.exceptions import RedisError
    from sqlalchemy.exc import OperationalError

    from bridgecore.entrypoints.serve import PortTaken
    from bridgecore.infra.crypto import DecryptionFailed
    from bridgecore.infra.problems import ProblemError
    from bridgecore.infra.server_process import ServerFailed
    from bridgecore.infra.settings import ConfigurationError

    if isinstance(error, ProblemError):
        return error.detail
    if isinstance(error, ConfigurationError | ServerFailed | PortTaken):
        return str(error)
    if isinstance(error, OperationalError):
        return f"PostgreSQL: {error.orig}; `bridgecore doctor` tells more"
    if isinstance(error, psycopg.OperationalError):
        return f"PostgreSQL: {error}; `bridgecore doctor` tells more"
    if isinstance(error, RedisError):
        return f"Redis: {error}; `bridgecore doctor` tells more"
    if isinstance(error, DecryptionFailed):
        return f"A stored secret does not open: {error}"
    return None


def _end(message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(Text.assemble(("error: ", "bold red"), message))
    sys.exit(1)
