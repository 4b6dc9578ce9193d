"""What a sign-in or refresh gives: tokens, and an answer that says whose they are."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.errors import AccountDisabled
from bridgecore.domains.identity.models import Membership, Session
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.schemas.sign_in import (
    SignedInTenant,
    SignedInUser,
    TokenPair,
)
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.domains.identity.service.tokens import (
    ACTOR_KINDS,
    USER_TYPES,
    RefreshToken,
    Subject,
    TokenKind,
)
from bridgecore.domains.tenancy import service as tenancy
from bridgecore.domains.tenancy.errors import TenantDeleted, TenantNotFound
from bridgecore.domains.tenancy.schemas import TenantOut
from bridgecore.infra.auth import Actor, ActorKind
from bridgecore.infra.problems import ProblemError
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow


class SessionKind(StrEnum):
    APP = "app"  # one refresh token for life: existing apps never store a second
    DASHBOARD = "dashboard"
    STAFF = "staff"
    PERSON = "person"


TENANT_SIDE = frozenset({SessionKind.APP, SessionKind.DASHBOARD, SessionKind.PERSON})
STAFF_SIDE = frozenset({SessionKind.STAFF})
EITHER_SIDE = TENANT_SIDE | STAFF_SIDE
_TOKEN_KINDS = {
    SessionKind.APP: TokenKind.TENANT,
    SessionKind.DASHBOARD: TokenKind.TENANT,
    SessionKind.STAFF: TokenKind.STAFF,
    SessionKind.PERSON: TokenKind.PERSON,
}


class Holder(NamedTuple):
    """The person behind a session, as far as their tokens and answers tell."""

    id: UUID
    email: str
    full_name: str
    platform_role: str | None
    must_change_password: bool
    locale: str


class SignedIn(NamedTuple):
    """A session with fresh tokens. `refresh_token` is here even where the answer leaves it out."""

    pair: TokenPair
    refresh_token: str
    refresh_seconds: int
    kind: SessionKind
    by_cookie: bool


def holder_of(person: Any) -> Holder:
    """From a row of people read in a platform session."""
    return Holder(
        person.id,
        person.email,
        person.full_name,
        person.platform_role,
        person.must_change_password,
        person.locale,
    )


async def locked_place(
    session: AsyncSession, tenant_id: UUID | None, membership_id: UUID | None
) -> tuple[Membership | None, TenantOut | None, ProblemError | None]:
    """A place, locked, its tenant, and what keeps its person out now; nothing of no place."""
    if tenant_id is None or membership_id is None:
        return None, None, None
    place = await people.place_by_id(session, tenant_id, membership_id, lock=True)
    if place is None or not place.is_active:
        return None, None, AccountDisabled("Your account is not active in this tenant.")
    try:
        tenant = await tenancy.get_tenant(session, tenant_id)
    except TenantNotFound:
        return None, None, TenantDeleted()
    return place, tenant, refusal_of(tenant)


def refusal_of(tenant: TenantOut) -> ProblemError | None:
    """Why nobody may work in this tenant now, or None."""
    ends = int(tenant.trial_ends_at.timestamp()) if tenant.trial_ends_at else 0
    return tenancy.refusal(tenant.status, trial_ends_at=ends)


def access_for(
    resources: Resources, row: Session, holder: Holder, place: Membership | None
) -> tuple[str, int]:
    signer = parts_of(resources).signer
    kind = _TOKEN_KINDS[SessionKind(row.kind)]
    seconds = signer.lifetime(kind, by_cookie=row.by_cookie)
    token = signer.access(
        Subject(
            kind=kind,
            user_id=holder.id,
            email=holder.email,
            role=_role(row, holder, place),
            session_id=row.id,
            tenant_id=row.tenant_id,
            membership_id=row.membership_id,
            must_change_password=holder.must_change_password,
        ),
        seconds=seconds,
    )
    return token, seconds


def _role(row: Session, holder: Holder, place: Membership | None) -> str:
    if place is not None:
        return place.role
    return (holder.platform_role or "") if row.kind == SessionKind.STAFF else ""


def grant(
    resources: Resources,
    row: Session,
    holder: Holder,
    place: Membership | None,
    tenant: TenantOut | None,
    token: RefreshToken,
) -> SignedIn:
    kind = SessionKind(row.kind)
    access, seconds = access_for(resources, row, holder, place)
    pair = TokenPair(
        access_token=access,
        refresh_token=None if row.by_cookie else str(token),
        expires_in=seconds,
        user_type=USER_TYPES[_TOKEN_KINDS[kind]],
        user=SignedInUser(
            id=holder.id,
            email=holder.email,
            full_name=holder.full_name,
            role=_role(row, holder, place),
            odoo_user_id=place.odoo_user_id if place else None,
            must_change_password=holder.must_change_password,
            locale=holder.locale,
        ),
        tenant=SignedInTenant(
            id=tenant.id, name=tenant.name, slug=tenant.slug, status=tenant.status
        )
        if tenant
        else None,
    )
    left = max(0, int((row.expires_at - utcnow()).total_seconds()))
    return SignedIn(pair, str(token), left, kind, row.by_cookie)


def actor_of(granted: SignedIn, row: Session) -> Actor:
    """Whoever holds these tokens, as the trail names them."""
    return Actor(
        kind=actor_kind_of(granted.kind),
        id=row.user_id,
        email=granted.pair.user.email,
        tenant_id=row.tenant_id,
        membership_id=row.membership_id,
        session_id=row.id,
        role=granted.pair.user.role,
    )


def life_of(resources: Resources, kind: SessionKind) -> timedelta:
    settings = resources.settings
    days = (
        settings.app_session_days if kind is SessionKind.APP else settings.refresh_token_expire_days
    )
    return timedelta(days=days)


def actor_kind_of(kind: SessionKind) -> ActorKind:
    return ACTOR_KINDS[_TOKEN_KINDS[kind]]
