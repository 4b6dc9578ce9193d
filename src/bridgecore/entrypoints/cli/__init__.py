"""The command line: `bridgecore --help`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command. Exits 0 when it did what was asked, 1 when not, 2 on wrong usage."""
    from bridgecore.entrypoints.cli.commands import cli
    from bridgecore.entrypoints.cli.failures import explained

    with explained():
        cli(prog_name="bridgecore")
    sys.exit(0)
