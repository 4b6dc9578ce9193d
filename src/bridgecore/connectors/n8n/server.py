"""Which n8n server a configuration means, and with which key it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from bridgecore.connectors.n8n.errors import Kind, n8n_error

_API = re.compile(r"/([^/]+)/v1(/.*)?$")
# what people paste from the address bar after the server's own address
_PAGE = re.compile(r"/(home|workflow|workflows|executions|settings|projects|signin)(/.*)?$")
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class N8nServer:
    """One n8n server. `root` is where people open it, `api` where the public API answers."""

    root: str
    api: str
    api_key: str = field(repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> N8nServer:
        """The server in a stored configuration. Raises `Rejected` naming what is missing."""
        missing = [
            name
            for name in ("url", "api_key")
            if not isinstance(config.get(name), str) or not config[name].strip()
        ]
        if missing:
            raise n8n_error(Kind.BAD_REQUEST, f"The n8n settings lack {', '.join(missing)}.")
        key = config["api_key"].strip()
        if _KEY.fullmatch(key) is None:
            raise n8n_error(
                Kind.BAD_REQUEST,
                "The API key has characters no n8n key has; copy it again from Settings, n8n API.",
            )
        root, api = addresses(config["url"])
        return cls(root, api, key)

    def execution_url(self, workflow_id: str, execution_id: str) -> str:
        """Where a person opens an execution in n8n's editor."""
        return execution_url(self.root, workflow_id, execution_id)


def execution_url(root: str, workflow_id: str, execution_id: str) -> str:
    """Where a person opens an execution in the editor of the n8n at `root`."""
    return (
        f"{root}/workflow/{quote(workflow_id, safe='')}/executions/{quote(execution_id, safe='')}"
    )


def addresses(url: str) -> tuple[str, str]:
    """The root and the API's address in a URL as people paste it.

    `https://n8n.example`, `https://n8n.example/home/workflows` and
    `https://n8n.example/api/v1` are the same server; another prefix than `api` is kept. Raises
    `Rejected` where it is no http address or carries credentials.
    """
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise n8n_error(Kind.BAD_REQUEST, "The n8n address must be an http or https URL.")
    if "@" in parts.netloc:
        raise n8n_error(Kind.BAD_REQUEST, "The n8n address must not contain credentials.")
    path, prefix = parts.path.rstrip("/"), "api"
    if found := _API.search(path):
        path, prefix = path[: found.start()], found[1]
    else:
        path = _PAGE.sub("", path)
    root = urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))
    return root, f"{root}/{prefix}/v1"
