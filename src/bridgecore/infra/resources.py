"""The parts one process holds open, handed to routes and jobs; nothing here is global."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from procrastinate import App as Jobs

from bridgecore.infra.crypto import SecretBox
from bridgecore.infra.db import Database
from bridgecore.infra.ratelimit import Admission
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.settings import Settings
from bridgecore.infra.telemetry import Metrics
from bridgecore.kit.http import HttpClient
from bridgecore.kit.mail import MailWire


@dataclass(slots=True)
class Resources:
    """Built and closed by entrypoints. `extensions` holds what a domain keeps open, by name.

    `mail` is None where the operator gave no mail server.
    """

    settings: Settings
    database: Database
    redis: RedisClient
    jobs: Jobs
    http: HttpClient
    cipher: SecretBox
    metrics: Metrics
    admission: Admission
    mail: MailWire | None = None
    extensions: dict[str, Any] = field(default_factory=dict)


def resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(resources_of)]
