"""What the lake refuses."""

from __future__ import annotations

from bridgecore.infra.problems import (
    Code,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    ValidationFailed,
)


class LakeBusy(ServiceUnavailable):
    """Another write to this tenant's records is under way; try again shortly."""


class RecordNotFound(NotFound):
    """The lake holds no such record. GET /api/v1/lake/entities tells what it holds."""


class EntityNotAllowed(Forbidden):
    """Your tenant does not allow this model over the API."""

    code = Code.MODEL_NOT_ALLOWED


class BadFilter(ValidationFailed):
    """A filter is written `field:operator:value`."""

    def __init__(self, term: str, detail: str) -> None:
        entry = {"pointer": "/query/filter", "code": "value_error", "detail": detail}
        super().__init__(f"filter {term[:100]!r}: {detail}", errors=[entry])
