"""nginx in front of an upstream, as an operator would set it up for speed: the main baseline."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import HOST, Program, free_port, running

WORKERS = 2
INSTALL = "apt-get install nginx-light"
CACHED = "/cached"

_CONFIGURATION = """\
{account}
daemon off;
master_process on;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
worker_rlimit_nofile 16384;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    tcp_nodelay on;
    keepalive_timeout 65s;
    keepalive_requests 100000000;
    client_body_buffer_size 64k;
    proxy_buffers 16 32k;
    proxy_buffer_size 32k;
    proxy_busy_buffers_size 64k;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    proxy_cache_path {folder}/nginx-cache keys_zone=answers:4m max_size=64m;

    upstream odoo {{
        server {upstream};
        keepalive 256;
        keepalive_requests 100000000;
    }}

    server {{
        listen {host}:{port} backlog=2048;

        location / {{
            proxy_pass http://odoo;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}

        location {cached}/ {{
            proxy_pass http://odoo/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache answers;
            proxy_cache_methods POST;
            proxy_cache_key $request_uri$request_body;
            proxy_cache_valid 200 1h;
            proxy_cache_lock on;
        }}
    }}
}}
"""


def installed() -> str | None:
    """nginx's program file, if there is one."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def configuration(*, folder: Path, port: int, upstream_port: int) -> str:
    """nginx.conf: keep-alive on both sides, no log, as many workers as the gateway has."""
    return _CONFIGURATION.format(
        # started by root, its workers would otherwise be somebody who can't enter our folder
        account="user root;" if os.geteuid() == 0 else "",
        workers=WORKERS,
        folder=folder,
        host=HOST,
        port=port,
        cached=CACHED,
        upstream=f"{HOST}:{upstream_port}",
    )


@contextmanager
def nginx(program: str, upstream: Program, folder: Path) -> Iterator[Program]:
    """nginx in front of `upstream`; under `CACHED` it keeps answers. Raises ProgramFailed."""
    port = free_port()
    home = folder / f"nginx-{upstream.name}"
    home.mkdir(exist_ok=True)
    path = home / "nginx.conf"
    path.write_text(configuration(folder=home, port=port, upstream_port=upstream.port))
    with running(
        f"nginx-{upstream.name}",
        (program, "-c", str(path), "-p", str(home), "-e", str(home / "nginx-error.log")),
        port=port,
        folder=home,
        ready_path="/web/webclient/version_info",
        stop_signal=signal.SIGTERM,
        stop_seconds=10.0,
    ) as running_nginx:
        yield running_nginx
