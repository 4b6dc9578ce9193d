"""What is announced about people and sessions."""

USER_CREATED = "user.created"
USER_CHANGED = "user.changed"
USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - the name of an event
MEMBER_ADDED = "member.added"
MEMBER_CHANGED = "member.changed"
MEMBER_REMOVED = "member.removed"
SESSION_ENDED = "session.ended"
API_KEY_CREATED = "api_key.created"
API_KEY_REVOKED = "api_key.revoked"
# carries the sealed one-time token that a mail shows; see service.open_sealed_token
PASSWORD_RESET_REQUESTED = "identity.password_reset_requested"  # noqa: S105
# of a registration: carries a sealed one-time token too, and the name that was given
EMAIL_VERIFICATION_REQUESTED = "identity.email_verification_requested"
# somebody registered with an address that has an account: only its mailbox is told
ALREADY_REGISTERED = "identity.already_registered"
# a person came by Microsoft or Supabase for the first time
IDENTITY_LINKED = "identity.linked"
# who runs the platform
STAFF_ADDED = "staff.added"
STAFF_CHANGED = "staff.changed"
STAFF_REMOVED = "staff.removed"
# a place in a tenant waits for an address; was taken back; was taken
INVITATION_CREATED = "invitation.created"
INVITATION_REVOKED = "invitation.revoked"
INVITATION_ACCEPTED = "invitation.accepted"
# carries a sealed token: a link to join is to be mailed, the first or another
INVITATION_LINK_REQUESTED = "identity.invitation_link_requested"
