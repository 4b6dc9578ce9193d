"""The shape of a mail that is ready to go, and of what carries it.

The queue (`infra.mail`) and the wire (`integrations.email`) know only this.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. `message_id` is the same at every try, so receivers can drop a second copy."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    language: str


class MailFault(Exception):
    """A mail did not go out. `permanent`: another try would end the same way."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class MailWire(Protocol):
    """Hands mails to whoever delivers them."""

    def send(self, letters: Sequence[Letter]) -> AsyncIterator[tuple[Letter, MailFault | None]]:
        """Send one after the other; yields each with None, or with what went wrong.

        Every letter is yielded once, as soon as its fate is known.
        """
