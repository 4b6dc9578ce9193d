"""Queries of the logs, and of the figures made from them."""
