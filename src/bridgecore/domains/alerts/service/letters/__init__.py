"""What alerts say, in the reader's language: in the dashboard, by the API and by mail."""

from bridgecore.domains.alerts.service.letters.texts import (
    Sentences,
    kind_texts,
    language_of,
    mail_content,
    sentences,
)

__all__ = ["Sentences", "kind_texts", "language_of", "mail_content", "sentences"]
