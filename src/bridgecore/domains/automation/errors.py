"""What can be wrong when clients and figures are asked for."""

from __future__ import annotations

from bridgecore.infra.problems import NotFound, ValidationFailed


class PeriodInvalid(ValidationFailed):
    """The period is not valid: `from` must be earlier than `to` and not in the future."""


class WorkflowNotFound(NotFound):
    """No such workflow has been seen on this server; it appears with its first synchronisation."""


class ExecutionNotFound(NotFound):
    """No such execution has been seen on this server."""


class ServerNotFound(NotFound):
    """This client has no such n8n server."""


class ServerUnknown(ValidationFailed):
    """This client has no such n8n server; leave `connection_id` out to connect another one."""

    # 404 would say that the client is missing: the address names it, and it is there
    def __init__(self) -> None:
        detail = "is none of this client's n8n servers"
        super().__init__(
            errors=[{"pointer": "/connection_id", "code": "unknown_server", "detail": detail}]
        )
