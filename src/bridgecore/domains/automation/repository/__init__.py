"""Queries of the automation domain."""
