"""What can be wrong with a sign-in, a token or a person's place."""

from __future__ import annotations

from bridgecore.infra.problems import (
    Code,
    Conflict,
    Forbidden,
    NotFound,
    ProblemError,
    ServiceUnavailable,
    Unauthorized,
    ValidationFailed,
)


class Gone(ProblemError):
    """This is over."""

    status = 410


class InvalidCredentials(Unauthorized):
    """Email or password is wrong."""

    code = Code.INVALID_CREDENTIALS


class CredentialsRefused(Forbidden):
    """Email or password is wrong."""

    # For sign-ins that carry an Authorization header: to a 401 existing apps would answer with a
    # refresh and the same sign-in again, without end.
    code = Code.INVALID_CREDENTIALS


class InvalidCode(Forbidden):
    """The one-time code is wrong or was used already."""

    code = Code.INVALID_CREDENTIALS


class SecondFactorRequired(Forbidden):
    """Send the code of your authenticator app to finish signing in."""

    code = Code.SECOND_FACTOR_REQUIRED


class AccountDisabled(Forbidden):
    """This account is not active; ask an administrator."""

    code = Code.ACCOUNT_DISABLED


class EmailNotVerified(Forbidden):
    """Open the link that was mailed to you first; it shows that this address is yours."""

    code = Code.EMAIL_NOT_VERIFIED


class RegistrationClosed(Forbidden):
    """People do not register themselves here; ask your administrator to add you."""


class NoTenant(Forbidden):
    """This account belongs to no tenant yet; ask for an invitation."""


class NotStaff(Forbidden):
    """This account does not run the platform; sign in at /api/v1/auth/login."""


class PasswordChangeRequired(Forbidden):
    """Change your password first; until then nothing else is open to you."""

    code = Code.PASSWORD_CHANGE_REQUIRED


class TokenExpired(Unauthorized):
    """This token has expired; refresh it or sign in again."""

    code = Code.TOKEN_EXPIRED


class TokenRevoked(Unauthorized):
    """This token was revoked; sign in again."""

    code = Code.TOKEN_REVOKED


class LoginThrottled(ProblemError):
    """Too many sign-in attempts; wait before the next one."""

    status = 429
    code = Code.LOGIN_THROTTLED


class RateLimited(ProblemError):
    """Too many requests; wait before the next one."""

    status = 429
    code = Code.RATE_LIMIT_EXCEEDED


class QuotaExceeded(RateLimited):
    """The daily quota of the plan is used up."""

    code = Code.QUOTA_EXCEEDED


class WeakPassword(ValidationFailed):
    """This password is too easy to guess."""


class UserNotFound(NotFound):
    """There is no such person."""


class MemberNotFound(NotFound):
    """There is no such member."""


class RoleNotFound(NotFound):
    """There is no such role."""


class ApiKeyNotFound(NotFound):
    """There is no such API key."""


class SessionNotFound(NotFound):
    """There is no such session."""


class EmailTaken(Conflict):
    """A person with this email exists already."""


class AlreadyMember(Conflict):
    """This person is a member of the tenant already."""


class RoleTaken(Conflict):
    """A role with this code exists already."""


class RoleInUse(Conflict):
    """Members still have this role; give them another one first."""


class LastOwner(Conflict):
    """A tenant needs an active owner; make somebody else owner first."""


class LastSuperAdmin(Conflict):
    """The platform needs an active super admin; make somebody else one first."""


class BeyondYourRights(Forbidden):
    """You can only give, change or take away rights that you hold yourself."""


class TokenUsed(ProblemError):
    """This link was used already, has expired, or was never valid; ask for a new one."""

    status = 400
    code = Code.BAD_REQUEST


class InvitationNotFound(NotFound):
    """There is no such invitation; see that the link is whole, or ask for a new one."""


class InvitationUsed(Gone):
    """This invitation was accepted already; sign in."""

    code = Code.INVITATION_USED


class InvitationRevoked(Gone):
    """This invitation was taken back; ask whoever invited you."""

    code = Code.INVITATION_REVOKED


class InvitationExpired(Gone):
    """This invitation has expired; ask whoever invited you for a new one."""

    code = Code.INVITATION_EXPIRED


class AlreadyInvited(Conflict):
    """This address is invited already; send the invitation again instead."""


class TooManyInvitations(Conflict):
    """As many invitations as may wait at once do wait; take some back, or wait for answers."""


class InvitedSomebodyElse(Forbidden):
    """This invitation is for another address than the one you are signed in with."""


class InvitationEnded(Conflict):
    """This invitation was accepted or taken back already; invite the person anew."""


class ProviderOff(Forbidden):
    """This way to sign in is not switched on here."""


class ProviderUnavailable(ServiceUnavailable):
    """Whoever should say who you are does not answer right now; try again shortly."""


class ProofRefused(Forbidden):
    """What should say who you are is not believed."""

    # no 401: no refresh of ours would cure it
    code = Code.INVALID_CREDENTIALS


class SignInOver(ProblemError):
    """This sign-in was finished already, has expired, or began elsewhere; start again."""

    status = 400
    code = Code.BAD_REQUEST


class NotKnownHere(Forbidden):
    """You are signed in there, but nobody here goes by that account; ask for an invitation."""


class StaffByPassword(Forbidden):
    """Whoever runs the platform signs in with their own password, not by another system."""


class SecondFactorState(Conflict):
    """The second factor is not in a state that allows this."""
