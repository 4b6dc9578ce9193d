"""Trying connections, stored ones and values that are not stored yet.

No database connection is held while the other side is asked: read, ask, then write what came of
it, unless the connection was changed meanwhile.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bridgecore.connectors.contract import Connector, ConnectorSpec
from bridgecore.connectors.errors import ConnectorError, Reauthorise
from bridgecore.connectors.odoo import Kind, OdooConnector, OdooError
from bridgecore.domains.connections import events, repository
from bridgecore.domains.connections.errors import ChecksThrottled, ConnectionMissing
from bridgecore.domains.connections.models import Connection
from bridgecore.domains.connections.schemas import (
    CheckConfig,
    CheckOdoo,
    CheckOut,
    ConnectionStatus,
    StaffCheckConfig,
)
from bridgecore.domains.connections.service import secrets
from bridgecore.domains.connections.service.configuration import ODOO, configure, connector
from bridgecore.domains.connections.service.connections import found, reconfigured
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import DecryptionFailed
from bridgecore.infra.outbox import announce
from bridgecore.infra.resources import Resources
from bridgecore.infra.telemetry import client_address
from bridgecore.infra.throttle import Throttle
from bridgecore.kit.clock import utcnow
from bridgecore.kit.http import AddressRefused

CHECK_SECONDS = 20.0
"""How long a whole check may take, closing included."""
_CLOSE_SECONDS = 2.0
# who tries address after address learns what answers where
_FREE_FAILURES = 20
_FREE_FAILURES_OF_ADDRESS = 100

_API_KEY = "In Odoo, open your preferences, Account Security, New API Key, and enter that key here."
_WHAT_TO_DO: Mapping[Kind, str] = {
    Kind.ACCESS_DENIED: "Enter login and password again. If this person signs in with a second "
    f"factor, use an API key. {_API_KEY}",
    Kind.MFA_REQUIRED: f"A password is not enough for this person. {_API_KEY}",
    Kind.DATABASE_MISSING: "Correct the name of the database.",
    Kind.UNREACHABLE: "See whether the address opens in a browser, and whether the server's "
    "firewall lets this platform in.",
    Kind.TIMED_OUT: "Try again; if it stays so, ask whoever runs that Odoo why it is slow.",
    Kind.NOT_ODOO: "Enter the address at which people open Odoo, without a page behind it.",
    Kind.RATE_LIMITED: "Odoo locks out an address after failed sign-ins: wait a few minutes.",
    Kind.UNAVAILABLE: "Wait until that Odoo is up again, then test once more.",
}
_ELSE_TO_DO = "Correct what the message names, then test once more."
_REFUSED_TO_DO = (
    "Give an address that can be reached from the internet, or ask whoever runs the platform to "
    "allow this one (OUTBOUND_ALLOW)."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    status: ConnectionStatus
    answer: CheckOut


async def check_connection(
    resources: Resources,
    tenant_id: UUID,
    connection_id: UUID,
    changes: Mapping[str, Any] | None = None,
) -> CheckOut:
    """Try a stored connection, or what `changes` would make of it; only the first is remembered.

    Opens transactions of its own. Raises ConnectionNotFound, ValidationFailed, AddressNotAllowed.
    """
    async with resources.database.tenant(tenant_id) as session:
        connection = await found(session, tenant_id, connection_id)
    return await _check(resources, connection, changes)


async def check_odoo(
    resources: Resources, tenant_id: UUID, wanted: CheckOdoo | None = None
) -> CheckOut:
    """Try the primary Odoo connection, or the values given over it.

    Raises ConnectionMissing when there is nothing to try, ValidationFailed, AddressNotAllowed.
    """
    changes = wanted.config() if wanted is not None else {}
    async with resources.database.tenant(tenant_id) as session:
        connection = await repository.primary(session, tenant_id, ODOO)
    if connection is not None:
        return await _check(resources, connection, changes, pointer="/")
    if not changes:
        raise ConnectionMissing
    spec = connector(ODOO)
    configuration = configure(resources, spec, changes, pointer="/")
    return (await try_configuration(resources, spec, configuration.whole)).answer


async def check_configuration(resources: Resources, wanted: CheckConfig) -> CheckOut:
    """Try a configuration before it is stored.

    Raises ConnectorUnknown, ValidationFailed, AddressNotAllowed.
    """
    spec = connector(wanted.connector)
    configuration = configure(resources, spec, wanted.config)
    return (await try_configuration(resources, spec, configuration.whole)).answer


async def check_for_staff(resources: Resources, actor: Actor, wanted: StaffCheckConfig) -> CheckOut:
    """Try what a tenant is going to be connected with, before tenant or connection are stored.

    Tests that fail are slowed down by person and by address. Raises ConnectorUnknown,
    TenantNotFound, ValidationFailed, AddressNotAllowed, ChecksThrottled.
    """
    spec = connector(wanted.connector)
    connection = None
    if wanted.tenant_id is not None:
        async with resources.database.platform() as session:
            await tenancy.get_tenant(session, wanted.tenant_id)
            connection = await repository.primary(session, wanted.tenant_id, spec.name)
    configuration = (
        configure(resources, spec, wanted.config)
        if connection is None
        else await reconfigured(resources, connection, wanted.config)
    )
    throttle = _throttle(resources)
    account = str(actor.id)
    wait = await throttle.attempt(account, client_address.get())
    if wait > 0:
        seconds = math.ceil(wait)
        raise ChecksThrottled(
            f"Too many tests that failed; try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
    outcome = await try_configuration(resources, spec, configuration.whole)
    if outcome.answer.success:
        await throttle.succeeded(account, client_address.get())
    return outcome.answer


def _throttle(resources: Resources) -> Throttle:
    kept: Throttle | None = resources.extensions.get("connections.throttle")
    if kept is None:
        kept = resources.extensions["connections.throttle"] = Throttle(
            resources.redis,
            purpose="connection_check",
            free_by_account=_FREE_FAILURES,
            free_by_address=_FREE_FAILURES_OF_ADDRESS,
        )
    return kept


async def note_status(
    resources: Resources,
    tenant_id: UUID,
    connection_id: UUID,
    status: ConnectionStatus,
    detail: str | None = None,
    *,
    version: str | None = None,
    revision: int | None = None,
) -> None:
    """Remember how a connection was found, by a check or by whoever used it.

    `revision` says which revision was tried; a result of another one is dropped.
    """
    async with resources.database.tenant(tenant_id) as session:
        connection = await repository.connection(session, tenant_id, connection_id, lock=True)
        if connection is None or revision not in (None, connection.revision):
            return
        before = connection.status
        connection.status = status
        connection.status_detail = detail[:1000] if detail else None
        connection.server_version = version[:100] if version else connection.server_version
        connection.checked_at = utcnow()
        if before != status:
            await announce(
                session,
                events.CONNECTION_STATUS_CHANGED,
                {
                    "connection_id": str(connection_id),
                    "connector": connection.connector,
                    "name": connection.name,
                    "status": [before, status.value],
                },
                tenant_id=tenant_id,
            )


async def _check(
    resources: Resources,
    connection: Connection,
    changes: Mapping[str, Any] | None,
    *,
    pointer: str = "/config/",
) -> CheckOut:
    spec = connector(connection.connector)
    if changes:
        wanted = await reconfigured(resources, connection, changes, pointer=pointer)
        return (await try_configuration(resources, spec, wanted.whole)).answer
    try:
        stored = await secrets.secrets_of(resources.cipher, connection)
    except DecryptionFailed:
        outcome = Outcome(
            ConnectionStatus.REAUTHORISE,
            CheckOut(
                success=False,
                latency_ms=0,
                problem="The stored secret can't be decrypted with the keys of this server.",
                what_to_do="Enter it again.",
            ),
        )
    else:
        outcome = await try_configuration(resources, spec, {**connection.settings, **stored})
    await note_status(
        resources,
        connection.tenant_id,
        connection.id,
        outcome.status,
        outcome.answer.problem,
        version=outcome.answer.server_version,
        revision=connection.revision,
    )
    return outcome.answer


async def try_configuration(
    resources: Resources,
    spec: ConnectorSpec,
    config: Mapping[str, Any],
    *,
    seconds: float = CHECK_SECONDS,
) -> Outcome:
    """Open a connector and check it, in at most `seconds`. Trouble is in the answer."""
    started = time.perf_counter()
    try:
        opened = spec.open(config, resources.http)
        try:
            async with asyncio.timeout(seconds - _CLOSE_SECONDS):
                outcome = await _ask(opened)
        finally:
            with suppress(TimeoutError, ConnectorError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await opened.close()
    except TimeoutError:
        outcome = _failed("The server did not answer in time.", _WHAT_TO_DO[Kind.TIMED_OUT])
    except ConnectorError as error:
        unauthorised = isinstance(error, Reauthorise)
        outcome = _failed(error.message, _ELSE_TO_DO, unauthorised=unauthorised)
    took = time.perf_counter() - started
    resources.metrics.upstream.labels(spec.name, outcome.status.value).observe(took)
    answer = outcome.answer.model_copy(update={"latency_ms": round(took * 1000, 1)})
    return Outcome(outcome.status, answer)


async def _ask(opened: Connector) -> Outcome:
    if isinstance(opened, OdooConnector):
        return await _ask_odoo(opened)
    report = await opened.check()
    if not report.ok:
        problem = " ".join(report.problems) or "The other side does not accept this connection."
        return _failed(
            problem, _ELSE_TO_DO, version=report.version, unauthorised=report.unauthorised
        )
    return _worked(report.version, report.account, report.problems)


async def _ask_odoo(opened: OdooConnector) -> Outcome:
    status = await opened.client.check(timeout=CHECK_SECONDS)
    version = status.version.text if status.version else None
    if status.ok:
        return _worked(version, status.login, status.problems)
    error = status.error
    problem = " ".join(status.problems) or "Odoo does not accept this connection."
    unauthorised = isinstance(error, Reauthorise)
    return _failed(problem, _advice(error), version=version, unauthorised=unauthorised)


def _advice(error: OdooError | None) -> str:
    if error is None:
        return _ELSE_TO_DO
    if isinstance(error.__cause__, AddressRefused):
        return _REFUSED_TO_DO
    return _WHAT_TO_DO.get(error.kind, _ELSE_TO_DO)


def _worked(version: str | None, user: str | None, remarks: tuple[str, ...]) -> Outcome:
    return Outcome(
        ConnectionStatus.OK,
        CheckOut(
            success=True,
            server_version=version,
            latency_ms=0,
            user=user,
            problem=" ".join(remarks) or None,
        ),
    )


def _failed(
    problem: str, what_to_do: str, *, version: str | None = None, unauthorised: bool = False
) -> Outcome:
    return Outcome(
        ConnectionStatus.REAUTHORISE if unauthorised else ConnectionStatus.FAILING,
        CheckOut(
            success=False,
            server_version=version,
            latency_ms=0,
            problem=problem,
            what_to_do=what_to_do,
        ),
    )
