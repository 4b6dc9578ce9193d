"""The mails identity sends: which event asks for which, and what each says."""

from bridgecore.domains.identity.service.letters.links import page
from bridgecore.domains.identity.service.letters.writing import MAILED, write_mails

__all__ = ["MAILED", "page", "write_mails"]
