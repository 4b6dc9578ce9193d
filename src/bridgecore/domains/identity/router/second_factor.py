"""The second factor of the caller."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bridgecore.domains.audit.service import audited, unaudited
from bridgecore.domains.identity.router.callers import Somebody
from bridgecore.domains.identity.schemas.sign_in import (
    Done,
    RecoveryCodes,
    TotpCode,
    TotpEnd,
    TotpEnrolment,
    TotpStart,
)
from bridgecore.domains.identity.service import second_factor
from bridgecore.infra.resources import ResourcesDep
from bridgecore.infra.web import PlatformSessionDep

router = APIRouter(prefix="/api/v1/auth/totp", tags=["account"])


@router.post("/enrol", summary="Start the second factor: a secret for your authenticator app")
@unaudited("switches nothing on; confirming is audited")
async def enrol(
    actor: Somebody,
    session: PlatformSessionDep,
    resources: ResourcesDep,
    body: TotpStart,
    response: Response,
) -> TotpEnrolment:
    response.headers["Cache-Control"] = "no-store"
    return await second_factor.enrol(session, resources, actor, body.password.get_secret_value())


@router.post("/confirm", summary="Switch the second factor on with a first code")
@audited("second_factor.enabled")
async def confirm(
    actor: Somebody,
    session: PlatformSessionDep,
    resources: ResourcesDep,
    body: TotpCode,
    response: Response,
) -> RecoveryCodes:
    """Answers with recovery codes, for the day the app is lost; they are shown this once."""
    response.headers["Cache-Control"] = "no-store"
    codes = await second_factor.confirm(session, resources, actor, body.code)
    return RecoveryCodes(message="The second factor is on.", recovery_codes=codes)


@router.post("/recovery-codes", summary="Get new recovery codes; the old ones end")
@audited("second_factor.codes_renewed", "second_factor.code_used")
async def renew_codes(
    actor: Somebody,
    session: PlatformSessionDep,
    resources: ResourcesDep,
    body: TotpEnd,
    response: Response,
) -> RecoveryCodes:
    response.headers["Cache-Control"] = "no-store"
    codes = await second_factor.renew_codes(
        session, resources, actor, body.password.get_secret_value(), body.code
    )
    return RecoveryCodes(message="The codes you had no longer work.", recovery_codes=codes)


@router.post("/disable", summary="Switch the second factor off")
@audited("second_factor.disabled", "second_factor.code_used")
async def disable(
    actor: Somebody, session: PlatformSessionDep, resources: ResourcesDep, body: TotpEnd
) -> Done:
    await second_factor.disable(
        session, resources, actor, body.password.get_secret_value(), body.code
    )
    return Done(message="The second factor is off.")
