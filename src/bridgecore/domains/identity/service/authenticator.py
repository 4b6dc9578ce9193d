"""Who is calling: from a token to a principal, its admission, and the actor of a request.

The gateway walks `principal`, `admit` and `permissions` itself; everything else comes through
`authenticate`. A warm call costs one dictionary look-up here and one script in Redis.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec
from fastapi import Request

from bridgecore.domains.identity.errors import (
    PasswordChangeRequired,
    QuotaExceeded,
    RateLimited,
    TokenExpired,
    TokenRevoked,
)
from bridgecore.domains.identity.repository import access, people
from bridgecore.domains.identity.repository import sessions as session_rows
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.permissions import STAFF_ROLES, TENANT_ROLES
from bridgecore.domains.identity.service.tokens import (
    ACTOR_KINDS,
    API_KEY_PREFIX,
    Claims,
    TokenKind,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantDeleted, TenantNotFound
from bridgecore.infra.asgi import record_of
from bridgecore.infra.auth import Actor, ActorKind, bearer_token, counts_for_plan
from bridgecore.infra.crypto import hash_token, token_prefix
from bridgecore.infra.problems import Forbidden, Unauthorized
from bridgecore.infra.ratelimit import not_before_key, session_key
from bridgecore.infra.redis import RedisError
from bridgecore.infra.resources import Resources
from bridgecore.kit.rate_limits import (
    QUOTA_EXCEEDED,
    Decision,
    TenantState,
    headers,
    wire_headers,
)

REMEMBERED_TOKENS = 10_000
API_KEY_SECONDS = 30.0
ACCOUNT_SECONDS = 15.0

# Calls an hour of those who work outside any tenant's plan.
HOURLY: Mapping[ActorKind, int] = {ActorKind.STAFF: 50_000, ActorKind.PERSON: 1_000}

# What somebody may call who has to change their password first.
OPEN_BEFORE_PASSWORD_CHANGE = frozenset(
    {
        "/api/v1/auth/me",
        "/api/v1/auth/tenant/me",
        "/api/v1/auth/change-password",
        "/admin/auth/me",
        "/admin/auth/change-password",
    }
)
_API_KEY_START = f"{API_KEY_PREFIX}_"
Key = TypeVar("Key")
Value = TypeVar("Value")


class Principal(msgspec.Struct, frozen=True):
    """What a verified token or API key says of its bearer.

    `user_id` of an API key is the key's own id. `scopes` is None for people, whose role decides.
    `issued_at` is Unix seconds, None for API keys. `weight` is what a call counts for at least.
    `rate_tenant` and `rate_user` name the limit windows of the tenant and of the person, None
    where there are none.
    """

    kind: ActorKind
    user_id: UUID
    email: str
    tenant_id: UUID | None
    membership_id: UUID | None
    session_id: UUID | None
    role: str
    scopes: frozenset[str] | None
    issued_at: float | None
    weight: int
    rate_tenant: str | None
    rate_user: str | None
    revocation_keys: tuple[str, ...]
    must_change_password: bool = False


class _Account(msgspec.Struct, frozen=True):
    """What the database said, a moment ago, of a session of staff or of a person."""

    open: bool
    role: str
    until: float


class TokenAuthenticator:
    """Implements `infra.auth.Authenticator`. One per process."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._verify = parts_of(resources).signer.verify_access
        self._principals: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._permissions: OrderedDict[tuple[UUID, str, int], frozenset[str]] = OrderedDict()
        self._accounts: OrderedDict[UUID, _Account] = OrderedDict()
        self._trials: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        """Whose token this is. Raises TokenExpired, TokenRevoked (API keys), Unauthorized.

        A JWT's signature is verified once, then remembered to its end. A remembered principal
        may have been revoked since: `admit` tells.
        """
        known = self.remembered(token)
        if known is not None:
            return known
        if token.startswith(_API_KEY_START):
            principal, until = await self._api_key(token)
        else:
            claims = self._verify(token)
            principal, until = _principal_of(claims), claims.expires_at
        _remember(self._principals, token, (principal, until), REMEMBERED_TOKENS)
        return principal

    def remembered(self, token: str) -> Principal | None:
        """The principal of a token that was verified already and has not ended."""
        known = self._principals.get(token)
        if known is not None and time.time() < known[1]:
            return known[0]
        return None

    def built_in(self, principal: Principal) -> frozenset[str] | None:
        """What the principal may do, unless that hangs on a role the tenant made."""
        if principal.scopes is not None:
            return principal.scopes
        return TENANT_ROLES.get(principal.role)

    async def permissions(self, principal: Principal, version: int) -> frozenset[str]:
        """What the principal may do. `version` is the tenant's, as `admit` just told it."""
        built_in = self.built_in(principal)
        if built_in is not None:
            return built_in
        if principal.tenant_id is None:
            return frozenset()
        key = (principal.tenant_id, principal.role, version)
        known = self._permissions.get(key)
        if known is None:
            async with self._resources.database.tenant(principal.tenant_id) as session:
                role = await access.role(session, principal.tenant_id, principal.role)
            known = frozenset(role.permissions) if role is not None else frozenset()
            _remember(self._permissions, key, known, 10_000)
        return known

    async def admit(self, principal: Principal, *, weight: int = 1) -> Decision:
        """Count a call of a member or an API key against every limit of its tenant.

        `weight` is how many calls this one stands for; the principal's own weight multiplies it.
        Raises Forbidden for others, PasswordChangeRequired, TokenRevoked, the tenant's refusal
        (suspended, deleted, past its trial), and RateLimited or QuotaExceeded.
        """
        if principal.must_change_password:
            raise PasswordChangeRequired
        decision = await self._ask(principal, weight * principal.weight)
        if decision.kind == "admitted" and decision.state is not None:
            if decision.state.status == "trial":
                self._check_trial(decision.state)
            return decision
        ask = partial(self._ask, principal, weight * principal.weight)
        return await self._settled(principal.tenant_id, ask, decision)

    async def admit_system(self, tenant_id: UUID) -> Decision:
        """Count a call of a tenant's own system, which is no person, against the tenant's limits.

        Raises the tenant's refusal, and RateLimited or QuotaExceeded.
        """
        admission = self._resources.admission
        ask = partial(admission.admit, tenant_id=str(tenant_id), user_id=None)
        return await self._settled(tenant_id, ask, await ask())

    async def _admit(self, principal: Principal, weight: int, *, of_plan: bool) -> Decision:
        ask = partial(self._ask, principal, weight, of_plan=of_plan)
        return await self._settled(principal.tenant_id, ask, await ask())

    async def _settled(
        self,
        tenant_id: UUID | None,
        ask: Callable[[], Awaitable[Decision]],
        decision: Decision,
    ) -> Decision:
        """The decision where it admits, once the limiter knows the tenant; else raises."""
        assert tenant_id is not None
        if decision.kind == "state_missing":
            try:
                await tenancy.load_state(
                    self._resources.database,
                    self._resources.admission,
                    tenant_id,
                    enforced=self._resources.settings.rate_limit_enabled,
                )
            except TenantNotFound:
                raise TenantDeleted from None
            decision = await ask()
        if decision.kind == "admitted":
            if decision.state is not None and decision.state.status == "trial":
                self._check_trial(decision.state)
            return decision
        if decision.kind == "limited":
            raise _limited(decision)
        if decision.kind == "inactive" and decision.state is not None:
            raise tenancy.refusal(decision.state.status) or TenantDeleted()
        raise TokenRevoked

    def _ask(
        self, principal: Principal, weight: int, *, of_plan: bool = True
    ) -> Awaitable[Decision]:
        if principal.rate_tenant is None:
            raise Forbidden("This address is for people of a tenant; sign in as one.")
        return self._resources.admission.admit(
            tenant_id=principal.rate_tenant,
            user_id=principal.rate_user,
            issued_at=principal.issued_at,
            revocation_keys=principal.revocation_keys,
            weight=weight,
            of_plan=of_plan,
        )

    def _check_trial(self, state: TenantState) -> None:
        known = self._trials.get(state.tenant_id)
        if known is None or known[0] != state.version:
            known = (state.version, tenancy.snapshot_of(state).trial_ends_at)
            _remember(self._trials, state.tenant_id, known, 10_000)
        refused = tenancy.refusal(state.status, trial_ends_at=known[1])
        if refused is not None:
            raise refused

    async def authenticate(self, request: Request) -> Actor:
        """The actor of a request of the control plane, counted against the limits it falls under.

        Raises what `principal`, `admit` and a closed account raise.
        """
        principal = await self.principal(bearer_token(request))
        record = record_of(request.scope)
        if record is not None:
            record.tenant_id = principal.tenant_id
            record.actor_id = principal.user_id
            record.actor_kind = principal.kind.value
        if principal.must_change_password:
            path = str(request.scope["path"]).rstrip("/")
            if path not in OPEN_BEFORE_PASSWORD_CHANGE:
                raise PasswordChangeRequired
        if principal.tenant_id is None:
            role = await self._open_account(principal)
            permissions = (
                STAFF_ROLES.get(role, frozenset())
                if principal.kind is ActorKind.STAFF
                else frozenset[str]()
            )
        else:
            role = principal.role
            of_plan = counts_for_plan(request, principal.kind)
            decision = await self._admit(principal, principal.weight, of_plan=of_plan)
            if record is not None:
                record.headers.extend(wire_headers(decision))
            version = decision.state.version if decision.state is not None else 0
            permissions = await self.permissions(principal, version)
        return Actor(
            kind=principal.kind,
            id=principal.user_id,
            email=principal.email,
            tenant_id=principal.tenant_id,
            membership_id=principal.membership_id,
            session_id=principal.session_id,
            role=role,
            permissions=permissions,
        )

    async def _open_account(self, principal: Principal) -> str:
        """The role of staff (of a person: empty) whose session is open.

        Marks in Redis hold from the next request; the database is asked again every few seconds,
        and each time while Redis is away. Raises TokenRevoked, RateLimited.
        """
        assert principal.session_id is not None
        account = self._accounts.get(principal.session_id)
        try:
            decision, marks = await self._resources.admission.admit_person(
                principal.kind.value,
                str(principal.user_id),
                principal.revocation_keys,
                limit=HOURLY[principal.kind],
            )
        except (RedisError, OSError):
            account = None
        else:
            if _revoked(marks, principal.issued_at or 0.0):
                raise TokenRevoked
            if not decision.admitted:
                raise _limited(decision)
        if account is None or account.until < time.monotonic():
            account = await self._read_account(principal.session_id, principal.user_id)
            _remember(self._accounts, principal.session_id, account, 10_000)
        if not account.open or (principal.kind is ActorKind.STAFF and not account.role):
            raise TokenRevoked
        return account.role if principal.kind is ActorKind.STAFF else ""

    async def _read_account(self, session_id: UUID, user_id: UUID) -> _Account:
        async with self._resources.database.platform() as session:
            row = await session_rows.one(session, session_id)
            person = await people.person(session, user_id)
            is_open = (
                row is not None and row.ended_at is None and person is not None and person.is_active
            )
            role = (person.platform_role or "") if person is not None else ""
        return _Account(is_open, role, time.monotonic() + ACCOUNT_SECONDS)

    async def _api_key(self, token: str) -> tuple[Principal, float]:
        if token_prefix(token) != API_KEY_PREFIX:
            raise Unauthorized("This is not an API key of this platform.")
        async with self._resources.database.anonymous() as session:
            found = await access.find_key(session, hash_token(token))
        if found is None:
            raise Unauthorized("This API key is not known here.")
        if found.revoked_at is not None:
            raise TokenRevoked("This API key was revoked.")
        now = time.time()
        until = now + API_KEY_SECONDS
        if found.expires_at is not None:
            until = min(until, found.expires_at.timestamp())
            if until <= now:
                raise TokenExpired("This API key has expired.")
        principal = Principal(
            kind=ActorKind.API_KEY,
            user_id=found.id,
            email="",
            tenant_id=found.tenant_id,
            membership_id=None,
            session_id=None,
            role="api_key",
            scopes=frozenset(found.scopes),
            issued_at=None,
            weight=found.weight,
            rate_tenant=str(found.tenant_id),
            rate_user=None,
            revocation_keys=(session_key(str(found.tenant_id), str(found.id)),),
        )
        return principal, until


def _principal_of(claims: Claims) -> Principal:
    subject = claims.subject
    scope, named = subject.kind.value, subject.user_id
    if subject.kind is TokenKind.TENANT and subject.membership_id is not None:
        scope, named = str(subject.tenant_id), subject.membership_id
    return Principal(
        kind=ACTOR_KINDS[subject.kind],
        user_id=subject.user_id,
        email=subject.email,
        tenant_id=subject.tenant_id,
        membership_id=subject.membership_id,
        session_id=subject.session_id,
        role=subject.role,
        scopes=None,
        issued_at=claims.issued_at,
        weight=1,
        rate_tenant=str(subject.tenant_id) if subject.tenant_id is not None else None,
        rate_user=str(subject.user_id) if subject.tenant_id is not None else None,
        revocation_keys=(
            session_key(scope, str(subject.session_id)),
            not_before_key(scope, str(named)),
        ),
        must_change_password=subject.must_change_password,
    )


def _revoked(marks: Iterable[bytes | None], issued_at: float) -> bool:
    """As the limiter's script reads marks: a number ends what is older, anything else all."""
    for mark in marks:
        if mark is None:
            continue
        try:
            if float(mark) > issued_at:
                return True
        except ValueError:
            return True
    return False


def _limited(decision: Decision) -> RateLimited:
    told = dict(headers(decision))
    if decision.code == QUOTA_EXCEEDED:
        return QuotaExceeded(headers=told)
    return RateLimited(
        f"Too many requests; try again in {decision.retry_after or 1} s.", headers=told
    )


def _remember(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
