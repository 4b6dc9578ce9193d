"""`python -m bridgecore.entrypoints.cli`: the command line without its installed script."""

from bridgecore.entrypoints.cli import main

main()
