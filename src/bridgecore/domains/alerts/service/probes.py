"""The probes of this process, by kind. Entry points hand them over when they open resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from bridgecore.domains.alerts.errors import KindUnknown
from bridgecore.domains.alerts.schemas import AlertKindOut
from bridgecore.domains.alerts.service.letters import kind_texts
from bridgecore.infra.alerting import PROBES, Parameters, Probe
from bridgecore.infra.problems import ValidationFailed
from bridgecore.infra.resources import Resources


def probes_of(resources: Resources) -> Mapping[str, Probe]:
    return cast("Mapping[str, Probe]", resources.extensions.get(PROBES, {}))


def probe_of(resources: Resources, kind: str) -> Probe:
    """Raises KindUnknown."""
    probe = probes_of(resources).get(kind)
    if probe is None:
        raise KindUnknown
    return probe


def list_kinds(resources: Resources, language: str) -> Sequence[AlertKindOut]:
    found = []
    for probe in probes_of(resources).values():
        title, description = kind_texts(language, probe.kind)
        found.append(
            AlertKindOut(
                kind=probe.kind,
                title=title,
                description=description,
                severity=probe.severity,
                parameters=probe.parameters.model_json_schema(),
            )
        )
    return found


def checked_parameters(probe: Probe, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, with defaults for those left out. Raises ValidationFailed."""
    try:
        wanted = probe.parameters.model_validate(given)
    except ValidationError as error:
        faults = [
            {
                "pointer": "/parameters" + "".join(f"/{part}" for part in fault["loc"]),
                "code": fault["type"],
                "detail": fault["msg"],
            }
            for fault in error.errors(include_url=False, include_input=False)
        ]
        first = faults[0]
        raise ValidationFailed(f"{first['pointer']}: {first['detail']}", errors=faults) from None
    return wanted.model_dump(mode="json")


def stored_parameters(probe: Probe, stored: Mapping[str, Any]) -> Parameters:
    """Of a stored rule; what its kind no longer takes is left out."""
    known = {name: value for name, value in stored.items() if name in probe.parameters.model_fields}
    try:
        return probe.parameters.model_validate(known)
    except ValidationError:
        return probe.parameters()
