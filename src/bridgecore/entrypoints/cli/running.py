"""Runs what a command does with the services of the domains."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import structlog

if TYPE_CHECKING:
    from bridgecore.infra.resources import Resources

Result = TypeVar("Result")


def run_with_resources(act: Callable[[Resources], Awaitable[Result]]) -> Result:
    """`act` with the resources of a process; servers are started when none is given."""
    from bridgecore.entrypoints.servers import command_resources
    from bridgecore.infra.settings import load_settings

    # a command says what it did itself; what else is logged must not mix with its output
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )

    async def run() -> Result:
        async with command_resources(load_settings()) as resources:
            return await act(resources)

    return asyncio.run(run())
