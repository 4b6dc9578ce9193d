"""`bridgecore up` as a newcomer meets it: from an empty folder to an answer from Odoo, and gone.

Nothing of it may stay behind: every process it starts inherits a mark, which is looked for after.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.factories.ports import free_port, is_free

COMMAND = [sys.executable, "-m", "bridgecore.entrypoints.cli"]
MARK = "BRIDGECORE_TEST_RUN"
# The promise is 15 and 5 seconds on a machine of its own; tests share theirs with each other.
EMPTY_SECONDS = 60.0
PREPARED_SECONDS = 30.0
STOP_SECONDS = 30.0


class Up:
    """One run of the command, in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        self.port = free_port(neighbours=(17, 19))  # of the simulators
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "up.log"
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--port", str(self.port), *options],
                env={**known, MARK: self.mark},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self, seconds: float) -> None:
        """Until it has said that everything is there."""
        deadline = time.monotonic() + seconds
        while "Ctrl-C stops everything" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def left(self) -> list[str]:
        """The processes of this run that are alive."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self._is_of_this(process) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
        return found

    def _is_of_this(self, process: psutil.Process) -> bool:
        # Valkey writes its title over its environment, but names its socket in the title
        return process.environ().get(MARK) == self.mark or str(self.folder) in " ".join(
            process.cmdline()
        )

    def clear(self) -> None:
        """End whatever is left, after a test that failed."""
        if self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.interrupt()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self._is_of_this(process):
                    process.kill()
        self.process.wait()


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    started = Up(folder)
    yield started
    started.clear()


def sign_in(url: str, email: str) -> dict[str, str]:
    answer = httpx.post(
        f"{url}/api/v1/auth/tenant/login", json={"email": email, "password": "demo-demo"}
    )
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def partners(url: str, headers: dict[str, str]) -> list[str]:
    answer = httpx.post(
        f"{url}/api/v1/odoo/search_read",
        json={"model": "res.partner", "domain": [], "fields": ["name"], "limit": 5},
        headers=headers,
        timeout=25,
    )
    assert answer.status_code == 200, answer.text
    return [record["name"] for record in answer.json()["records"]]


def command(up: Up, *arguments: str) -> str:
    """What a command that succeeds says, in the folder of the platform."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=up.folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_from_an_empty_folder_to_odoo_and_back_to_nothing(up: Up) -> None:
    up.wait_ready(EMPTY_SECONDS)
    for told in (up.url, "owner@acme.example", "owner@globex.example", "admin@bridgecore.local"):
        assert told in up.said
    assert "\x1b[" not in up.said, "plain lines where nobody watches"

    acme, globex = (sign_in(up.url, f"owner@{slug}.example") for slug in ("acme", "globex"))
    sign_in(up.url, "sales@acme.example")
    of_acme, of_globex = partners(up.url, acme), partners(up.url, globex)
    assert of_acme
    assert of_globex
    assert of_acme != of_globex

    first = httpx.post(
        f"{up.url}/admin/auth/login",
        json={"email": "admin@bridgecore.local", "password": "admin123"},
    )
    assert first.status_code == 200, first.text
    staff = {"Authorization": f"Bearer {first.json()['access_token']}"}
    listed = httpx.get(f"{up.url}/admin/tenants", headers=staff)
    assert listed.status_code == 403
    assert listed.json()["code"] == "PASSWORD_CHANGE_REQUIRED"

    # the same folder serves commands meanwhile, and they reach the simulators as the API does
    assert '"acme"' in command(up, "tenant", "list", "--output", "json")
    for slug in ("acme", "globex"):
        command(up, "tenant", "test", slug)
    assert command(up, "doctor").count("answers at 127.0.0.1") == 4

    assert up.interrupt() == 0, up.said
    assert up.left() == []

    # the second start finds everything as it was
    again = Up(up.folder)
    try:
        again.wait_ready(PREPARED_SECONDS)
        assert partners(again.url, acme) == of_acme, "the token of before still holds"
        assert again.interrupt() == 0
        assert again.left() == []
    finally:
        again.clear()


def test_the_api_leaves_with_a_killed_parent(up: Up) -> None:
    up.wait_ready(EMPTY_SECONDS)
    up.process.kill()
    up.process.wait()
    deadline = time.monotonic() + STOP_SECONDS
    while any("serve" in command.split() for command in up.left()):
        assert time.monotonic() < deadline, up.left()
        time.sleep(0.1)
    assert is_free(up.port)


def test_says_that_the_port_is_taken(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "up", "--port", str(port)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port} is taken" in done.stderr
    assert "PORT=" in done.stderr
