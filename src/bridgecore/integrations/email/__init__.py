"""Mail on its way out: over SMTP, or kept in this process."""

from bridgecore.integrations.email.memory import MemoryWire
from bridgecore.integrations.email.smtp import SmtpServer, SmtpWire

__all__ = ["MemoryWire", "SmtpServer", "SmtpWire"]
