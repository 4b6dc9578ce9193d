"""Registering oneself, where the platform allows it."""

from __future__ import annotations

from fastapi import APIRouter, status

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.schemas.registration import (
    Registration,
    Verification,
    VerificationWanted,
)
from bridgecore.domains.identity.schemas.sign_in import Done
from bridgecore.domains.identity.service import registration
from bridgecore.infra.resources import ResourcesDep

router = APIRouter(prefix="/api/v1/auth", tags=["registration"])


@router.post(
    "/register",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Register; a link that verifies your address is mailed to you",
)
@unaudited("makes nobody yet, and says nothing about whether there is such an account")
async def register(resources: ResourcesDep, body: Registration) -> Done:
    await registration.register(resources, body)
    return Done(message="A mail is on its way to you; open its link to finish.")


@router.post("/verify-email", summary="Finish a registration by the link that was mailed")
@audited("user.created")
async def verify_email(resources: ResourcesDep, body: Verification) -> Done:
    await registration.verify(resources, body.token.get_secret_value())
    return Done(message="Your address is verified; sign in with your password.")


@router.post(
    "/resend-verification",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Have the link mailed once more",
)
@unaudited("says nothing about whether there is such a registration; verifying is audited")
async def resend_verification(resources: ResourcesDep, body: VerificationWanted) -> Done:
    await registration.resend(resources, body.email)
    return Done(message="If somebody registered with this address, a link is on its way to it.")
