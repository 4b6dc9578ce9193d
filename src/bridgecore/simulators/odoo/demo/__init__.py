"""Believable companies to put into a fresh database."""
