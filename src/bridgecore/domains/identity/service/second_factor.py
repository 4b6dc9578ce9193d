"""The second factor: time-based codes (RFC 6238), each of which works once."""

from __future__ import annotations

import hashlib
import secrets
import time
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from bridgecore.domains.audit import service as audit
from bridgecore.domains.identity.errors import (
    InvalidCode,
    SecondFactorState,
    UserNotFound,
)
from bridgecore.domains.identity.models import User
from bridgecore.domains.identity.repository import people
from bridgecore.domains.identity.schemas.sign_in import TotpEnrolment
from bridgecore.domains.identity.service.parts import parts_of
from bridgecore.infra.auth import Actor
from bridgecore.infra.crypto import associated_data
from bridgecore.infra.resources import Resources
from bridgecore.kit.clock import utcnow

STEP = 30  # seconds
RECOVERY_CODES = 10
RECOVERY_LETTERS = 16
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_DRIFT = 1  # steps a phone's clock may be off, either way


def secret_place(user_id: UUID) -> bytes:
    """What a sealed TOTP secret is bound to."""
    return associated_data("users", "totp_secret", str(user_id))


async def enrol(
    session: AsyncSession, resources: Resources, actor: Actor, password: str
) -> TotpEnrolment:
    """Start the second factor of the actor; `confirm` switches it on.

    Needs a platform session. Raises InvalidCode for a wrong password, SecondFactorState when it
    is on already.
    """
    person = await _person(session, actor.id)
    if person.totp_confirmed_at is not None:
        raise SecondFactorState("The second factor is on already; switch it off first.")
    await check_password(resources, person, password)
    secret = pyotp.random_base32()
    person.totp_secret = await resources.cipher.encrypt(secret.encode(), secret_place(person.id))
    person.totp_last_step = None
    await session.flush()
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=person.email, issuer_name=resources.settings.app_name
    )
    return TotpEnrolment(secret=secret, uri=uri)


async def confirm(
    session: AsyncSession, resources: Resources, actor: Actor, code: str
) -> list[str]:
    """Switch the second factor on with a first code. Returns recovery codes, never shown again.

    Raises InvalidCode, SecondFactorState.
    """
    person = await _person(session, actor.id)
    if person.totp_confirmed_at is not None or person.totp_secret is None:
        raise SecondFactorState("Start the second factor first; it waits for no code now.")
    await check_code(session, resources, person, code)
    person.totp_confirmed_at = utcnow()
    await session.flush()
    await audit.record(
        session, actor, "second_factor.enabled", target_type="user", target_id=person.id
    )
    return await _new_codes(session, person)


async def renew_codes(
    session: AsyncSession, resources: Resources, actor: Actor, password: str, code: str
) -> list[str]:
    """New recovery codes in place of those there are. Raises InvalidCode, SecondFactorState."""
    person = await _person(session, actor.id)
    if person.totp_confirmed_at is None:
        raise SecondFactorState("The second factor is not on.")
    await check_password(resources, person, password)
    await check_code(session, resources, person, code)
    await audit.record(
        session, actor, "second_factor.codes_renewed", target_type="user", target_id=person.id
    )
    return await _new_codes(session, person)


async def disable(
    session: AsyncSession, resources: Resources, actor: Actor, password: str, code: str
) -> None:
    """Switch it off with password and code. Raises InvalidCode, SecondFactorState."""
    person = await _person(session, actor.id)
    if person.totp_confirmed_at is None:
        raise SecondFactorState("The second factor is not on.")
    await check_password(resources, person, password)
    await check_code(session, resources, person, code)
    await clear(session, actor, person)


async def clear(session: AsyncSession, actor: Actor | None, person: User) -> None:
    """Switch the second factor of a person off, for one who lost the phone."""
    person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    await session.flush()
    await people.put_recovery_codes(session, person.id, [])
    await audit.record(
        session, actor, "second_factor.disabled", target_type="user", target_id=person.id
    )


async def check_code(session: AsyncSession, resources: Resources, person: User, code: str) -> None:
    """Spend a code. Needs a platform session. Raises InvalidCode, LoginThrottled.

    A code, and every earlier one, works once: also where two requests bring it at one instant.
    So does each recovery code.
    """
    parts = parts_of(resources)
    account = f"code:{person.id}"
    await parts.throttle.attempt(account)
    if person.totp_secret is None:
        raise InvalidCode
    if len(plain := _plain(code)) == RECOVERY_LETTERS:
        if not await people.use_recovery_code(session, person.id, _digest(person.id, plain)):
            raise InvalidCode
        await audit.record(
            session, None, "second_factor.code_used", target_type="user", target_id=person.id
        )
        await parts.throttle.succeeded(account)
        return
    secret = await resources.cipher.decrypt(person.totp_secret, secret_place(person.id))
    step = _matching_step(secret.decode(), code.replace(" ", ""))
    if step is None or not await people.use_totp_step(session, person.id, step):
        raise InvalidCode
    await parts.throttle.succeeded(account)


async def check_password(resources: Resources, person: User, password: str) -> None:
    """Raises InvalidCode when the password is wrong, LoginThrottled after too many tries."""
    parts = parts_of(resources)
    await parts.throttle.attempt(person.email)
    right, _ = await parts.passwords.verify(password, person.password_hash)
    if not right:
        raise InvalidCode("The password is wrong.")
    await parts.throttle.succeeded(person.email)


async def _new_codes(session: AsyncSession, person: User) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]
    await people.put_recovery_codes(
        session, person.id, [_digest(person.id, _plain(code)) for code in codes]
    )
    return codes


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").lower()


def _digest(user_id: UUID, plain: str) -> bytes:
    # 80 random bits: nobody finds them by trying, so a quick hash is enough
    return hashlib.sha256(user_id.bytes + plain.encode()).digest()


def _matching_step(secret: str, code: str) -> int | None:
    totp = pyotp.TOTP(secret, interval=STEP)
    now = int(time.time()) // STEP
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


async def _person(session: AsyncSession, user_id: UUID) -> User:
    person = await people.person(session, user_id, lock=True)
    if person is None:
        raise UserNotFound
    return person
