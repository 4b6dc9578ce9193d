"""Which domains there are, and which rooms each has: the one list every entry point reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from fastapi import APIRouter

from bridgecore.infra import live, mail
from bridgecore.infra.alerting import Probe
from bridgecore.infra.jobs import JobSpec
from bridgecore.infra.outbox import Consumer
from bridgecore.infra.resources import Resources
from bridgecore.infra.upkeep import UPKEEP

# from the lowest floor up
DOMAINS = (
    "audit",
    "tenancy",
    "identity",
    "usage",
    "connections",
    "lake",
    "gateway",
    "sync",
    "webhooks",
    "alerts",
    "automation",
)


def _rooms(name: str) -> Iterator[ModuleType]:
    for domain in DOMAINS:
        module = f"bridgecore.domains.{domain}"
        # a slice leaves out the rooms it doesn't need
        if find_spec(module) is not None and find_spec(f"{module}.{name}") is not None:
            yield import_module(f"{module}.{name}")


def routers() -> list[APIRouter]:
    """Every domain's routes."""
    return [room.router for room in _rooms("router")]


def job_specs() -> Sequence[JobSpec]:
    """Every kind of background job."""
    return [*UPKEEP, *mail.JOBS, *(spec for room in _rooms("jobs") for spec in room.JOBS)]


def probes() -> Mapping[str, Probe]:
    """What alert rules are evaluated with, by kind: `PROBES` of each domain's `probes` room."""
    return {probe.kind: probe for room in _rooms("probes") for probe in room.PROBES}


def consumers(resources: Resources) -> Sequence[Consumer]:
    """Every reader of the outbox."""
    found: list[Consumer] = [live.consumer(resources)]
    for room in _rooms("jobs"):
        build = getattr(room, "consumers", None)
        if build is not None:
            found.extend(build(resources))
    return found


def loops(resources: Resources) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """Work without an end that is neither a job nor a reader of the outbox, by name.

    A domain gives its own as `loops` in its `jobs` room. Each runs until cancelled, in every
    process with a background side, so it must stand others of its kind beside it.
    """
    found: dict[str, Callable[[], Awaitable[None]]] = {}
    for room in _rooms("jobs"):
        build = getattr(room, "loops", None)
        if build is not None:
            found.update(build(resources))
    return found
