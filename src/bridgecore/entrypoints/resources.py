"""Opens what a process needs, in order, and closes it in reverse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bridgecore.entrypoints.rooms import job_specs, probes
from bridgecore.infra.alerting import PROBES
from bridgecore.infra.crypto import LocalKeyEncryption, SecretBox
from bridgecore.infra.db import Database
from bridgecore.infra.http import AddressGuard, HttpTransport
from bridgecore.infra.jobs import build_jobs
from bridgecore.infra.ratelimit import Admission
from bridgecore.infra.redis import RedisClient
from bridgecore.infra.reporting import TRACING, Tracing
from bridgecore.infra.resources import Resources
from bridgecore.infra.settings import Settings
from bridgecore.infra.telemetry import Metrics
from bridgecore.integrations.email import SmtpServer, SmtpWire
from bridgecore.kit.addresses import AddressPolicy
from bridgecore.kit.mail import MailWire


@asynccontextmanager
async def open_resources(
    settings: Settings, tracing: Tracing | None = None
) -> AsyncIterator[Resources]:
    """The resources of one process. `settings` name a PostgreSQL and a Redis that are there."""
    async with AsyncExitStack() as stack:
        if tracing is not None:
            stack.push_async_callback(tracing.close)
        database = Database(settings)
        stack.push_async_callback(database.close)
        redis = await stack.enter_async_context(
            RedisClient(settings.redis_url, max_connections=settings.redis_pool_size)
        )
        policy = AddressPolicy.of(
            settings.outbound_allow,
            allow_http=settings.outbound_allow_http,
            allow_private=settings.outbound_allow_private,
        )
        http = await stack.enter_async_context(
            HttpTransport(AddressGuard(policy), user_agent=settings.app_name)
        )
        admission = await stack.enter_async_context(
            Admission(redis, processes=settings.web_workers)
        )
        jobs = build_jobs(settings, job_specs())
        await stack.enter_async_context(jobs.open_async())
        extensions: dict[str, Any] = {PROBES: probes()}
        if tracing is not None:
            extensions[TRACING] = tracing
        yield Resources(
            settings=settings,
            database=database,
            redis=redis,
            jobs=jobs,
            http=http if tracing is None else tracing.client(http),
            cipher=SecretBox(
                LocalKeyEncryption.from_secrets(
                    settings.secret("secret_key"), settings.secret_key_previous
                )
            ),
            metrics=Metrics(),
            admission=admission,
            mail=_mail(settings),
            extensions=extensions,
        )


def _mail(settings: Settings) -> MailWire | None:
    if not settings.smtp_host:
        return None
    return SmtpWire(
        SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_sender,
            username=settings.smtp_username,
            password=settings.secret("smtp_password"),
            tls=settings.smtp_tls,
            starttls=settings.smtp_starttls,
        )
    )
