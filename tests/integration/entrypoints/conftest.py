"""The command line as its users start it: a process, its exit status and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from bridgecore.infra.migrate import migrate
from bridgecore.infra.settings import Settings
from tests.conftest import SECRETS


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one command."""

    status: int
    output: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


Command = Callable[..., Done]
NewDatabase = Callable[..., str]
COMMAND = [sys.executable, "-m", "bridgecore.entrypoints.cli"]


@pytest.fixture(scope="session")
def environment(settings: Settings) -> Mapping[str, str]:
    """The variables a command is started with: the test's servers, secrets and folder."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "COLUMNS": "200",
        "ENVIRONMENT": "test",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "OUTBOUND_ALLOW": "127.0.0.1",
        **{name.upper(): secret for name, secret in SECRETS.items()},
    }


@pytest.fixture(scope="session")
def command(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Runs `bridgecore <arguments>`; variables can be changed, or taken away with None."""
    # a folder without a .env of its own
    folder = tmp_path_factory.mktemp("elsewhere")

    def run(*arguments: str, given: str = "", **changed: str | None) -> Done:
        variables = {**environment, **changed}
        done = subprocess.run(
            [*COMMAND, *arguments],
            env={name: value for name, value in variables.items() if value is not None},
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def new_database(settings: Settings) -> Iterator[NewDatabase]:
    """Makes databases that are dropped after the test; `migrated` ones have every table."""
    made: list[str] = []
    server = psycopg.connect(settings.database_url, autocommit=True)

    def make(*, migrated: bool = False, owner: str = "") -> str:
        name = f"entry_{os.getpid()}_{len(made)}"
        server.execute(f'CREATE DATABASE "{name}"' + (f" OWNER {owner}" if owner else ""))
        made.append(name)
        url = named(settings.database_url, name)
        if migrated:
            migrate(url)
        return url

    yield make
    for name in made:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


def named(url: str, database: str) -> str:
    """The same server, another database."""
    head, mark, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}{mark}{query}"


def as_login(url: str, login: str) -> str:
    """The same database, signed in as `login`."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{login}@{rest.partition('@')[2]}"
