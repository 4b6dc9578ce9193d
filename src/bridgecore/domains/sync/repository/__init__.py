"""Queries of synchronisation, by what they are about."""
