"""Queries of the lake, private to it."""
