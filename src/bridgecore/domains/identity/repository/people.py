"""Queries of people and their places in tenants.

Tenant sessions may not read a person's hashes, so what tenants see is selected column by column;
`person` and its like need a platform session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.identity.models import Membership, RecoveryCode, User
from bridgecore.domains.identity.schemas.people import MemberFilter, UserFilter


class Credentials(NamedTuple):
    """What a sign-in is checked against."""

    id: UUID
    email: str
    full_name: str
    password_hash: str | None
    is_active: bool
    must_change_password: bool
    platform_role: str | None
    second_factor: bool


async def credentials(session: AsyncSession, email: str) -> Credentials | None:
    """Of any person, before a tenant is known."""
    row = (
        await session.execute(text("SELECT * FROM identity_credentials(:email)"), {"email": email})
    ).one_or_none()
    return Credentials(*row) if row is not None else None


async def credentials_at_sign_in(
    session: AsyncSession, email: str
) -> tuple[Credentials, bool] | None:
    """Of any person, or of a registration of an address that is nobody's, and whether verified.

    Both are found by one question, so that the time it takes does not tell them apart.
    """
    row = (
        await session.execute(text("SELECT * FROM identity_sign_in(:email)"), {"email": email})
    ).one_or_none()
    return (Credentials(*row[:-1]), row.verified) if row is not None else None


async def ensure_person(
    session: AsyncSession,
    new_id: UUID,
    *,
    email: str,
    full_name: str,
    password_hash: str | None,
    must_change: bool,
) -> tuple[UUID, bool]:
    """The id of the person with this email, and whether they were made now."""
    row = (
        await session.execute(
            text("SELECT id, created FROM identity_ensure_person(:id, :email, :name, :hash, :m)"),
            {"id": new_id, "email": email, "name": full_name, "hash": password_hash}
            | {"m": must_change},
        )
    ).one()
    return row.id, row.created


async def person(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> User | None:
    query = select(User).where(User.id == user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: User | None = await session.scalar(query)
    return found


async def person_by_email(session: AsyncSession, email: str) -> User | None:
    found: User | None = await session.scalar(select(User).where(User.email == email))
    return found


async def shown_person(session: AsyncSession, user_id: UUID) -> Row[*tuple[Any, ...]] | None:
    """What a tenant sees of a person."""
    return (
        await session.execute(
            select(
                User.id,
                User.email,
                User.full_name,
                User.is_active,
                User.must_change_password,
                User.locale,
                User.created_at,
                User.last_login_at,
                User.totp_confirmed_at,
            ).where(User.id == user_id)
        )
    ).one_or_none()


async def use_totp_step(session: AsyncSession, user_id: UUID, step: int) -> bool:
    """Spend a time step; False when it, or a later one, was spent already."""
    spent = await session.scalar(
        update(User)
        .where(User.id == user_id, func.coalesce(User.totp_last_step, -1) < step)
        .values(totp_last_step=step)
        .returning(User.id)
    )
    return spent is not None


async def put_recovery_codes(session: AsyncSession, user_id: UUID, hashes: Sequence[bytes]) -> None:
    """These and no others."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all([RecoveryCode(user_id=user_id, hash=each) for each in hashes])
    await session.flush()


async def use_recovery_code(session: AsyncSession, user_id: UUID, digest: bytes) -> bool:
    """Spend a recovery code; False when there is none such, or it was spent already."""
    spent = await session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.hash == digest)
        .returning(RecoveryCode.user_id)
    )
    return spent is not None


_MEMBERS = func.count(Membership.id)


async def users(
    session: AsyncSession, wanted: UserFilter, skip: int, limit: int
) -> tuple[Sequence[tuple[User, int]], int]:
    """One page of people with how many tenants each belongs to, and how many match in all."""
    places = (
        select(_MEMBERS)
        .where(Membership.user_id == User.id, Membership.is_active)
        .correlate(User)
        .scalar_subquery()
    )
    rows = await session.execute(
        _users(select(User, places), wanted)
        .order_by(User.created_at.desc(), User.id.desc())
        .offset(skip)
        .limit(limit)
    )
    total = await session.scalar(_users(select(func.count()).select_from(User), wanted))
    return [(row[0], row[1]) for row in rows], total or 0


def _users(query: Select[*tuple[Any, ...]], wanted: UserFilter) -> Select[*tuple[Any, ...]]:
    if wanted.search:
        query = query.where(_named(wanted.search))
    if wanted.is_active is not None:
        query = query.where(User.is_active == wanted.is_active)
    if wanted.staff is not None:
        staff = User.platform_role.is_not(None)
        query = query.where(staff if wanted.staff else ~staff)
    if wanted.tenant_id is not None:
        query = query.where(
            exists().where(Membership.user_id == User.id, Membership.tenant_id == wanted.tenant_id)
        )
    return query


def _named(search: str) -> Any:
    return or_(
        User.full_name.icontains(search, autoescape=True),
        User.email.icontains(search, autoescape=True),
    )


async def places_of(session: AsyncSession, user_id: UUID) -> Sequence[Membership]:
    """Every place of a person, the last used first. Needs a platform session."""
    return (
        await session.scalars(
            select(Membership)
            .where(Membership.user_id == user_id)
            .order_by(Membership.last_login_at.desc().nulls_last(), Membership.created_at)
        )
    ).all()


async def place(
    session: AsyncSession, tenant_id: UUID, user_id: UUID, *, lock: bool = False
) -> Membership | None:
    query = select(Membership).where(
        Membership.tenant_id == tenant_id, Membership.user_id == user_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Membership | None = await session.scalar(query)
    return found


async def place_by_id(
    session: AsyncSession, tenant_id: UUID, membership_id: UUID, *, lock: bool = False
) -> Membership | None:
    query = select(Membership).where(
        Membership.tenant_id == tenant_id, Membership.id == membership_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Membership | None = await session.scalar(query)
    return found


async def lock_places(session: AsyncSession, tenant_id: UUID) -> None:
    """Let nobody else add, remove or change places of a tenant until this transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('memberships:' || :id, 0))"),
        {"id": str(tenant_id)},
    )


async def count_places(
    session: AsyncSession, tenant_id: UUID, *, role: str | None = None, active: bool = True
) -> int:
    query = select(_MEMBERS).where(Membership.tenant_id == tenant_id)
    if active:
        query = query.where(Membership.is_active)
    if role is not None:
        query = query.where(Membership.role == role)
    return await session.scalar(query) or 0


async def count_super_admins(session: AsyncSession) -> int:
    return (
        await session.scalar(
            select(func.count(User.id)).where(User.platform_role == "super_admin", User.is_active)
        )
        or 0
    )


async def lock_staff(session: AsyncSession) -> None:
    """Let nobody else change who runs the platform until this transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('staff', 0))"))


_SHOWN = (User.email, User.full_name, User.totp_confirmed_at)


async def member(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    membership_id: UUID | None = None,
    user_id: UUID | None = None,
    email: str | None = None,
) -> Row[Any] | None:
    """A member by any one name: (Membership, email, full_name, totp_confirmed_at)."""
    query = _members(tenant_id)
    if membership_id is not None:
        query = query.where(Membership.id == membership_id)
    if user_id is not None:
        query = query.where(Membership.user_id == user_id)
    if email is not None:
        query = query.where(User.email == email)
    return (await session.execute(query)).one_or_none()


async def members(
    session: AsyncSession, tenant_id: UUID, wanted: MemberFilter, skip: int, limit: int
) -> tuple[Sequence[Row[Any]], int]:
    rows = await session.execute(
        _filtered(_members(tenant_id), wanted)
        .order_by(Membership.created_at, Membership.id)
        .offset(skip)
        .limit(limit)
    )
    total = await session.scalar(
        _filtered(_members(tenant_id), wanted).with_only_columns(_MEMBERS).order_by(None)
    )
    return rows.all(), total or 0


def _members(tenant_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Membership, *_SHOWN)
        .join(User, User.id == Membership.user_id)
        .where(Membership.tenant_id == tenant_id)
    )


def _filtered(query: Select[*tuple[Any, ...]], wanted: MemberFilter) -> Select[*tuple[Any, ...]]:
    if wanted.search:
        query = query.where(_named(wanted.search))
    if wanted.role is not None:
        query = query.where(Membership.role == wanted.role)
    if wanted.is_active is not None:
        query = query.where(Membership.is_active == wanted.is_active)
    return query
