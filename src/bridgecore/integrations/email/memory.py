"""A wire that keeps mails in this process, for programs that want to look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bridgecore.kit.mail import Letter, MailFault


class MemoryWire:
    """What was sent is in `sent`, the oldest first."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    async def send(
        self, letters: Sequence[Letter]
    ) -> AsyncIterator[tuple[Letter, MailFault | None]]:
        for letter in letters:
            self.sent.append(letter)
            yield letter, None
