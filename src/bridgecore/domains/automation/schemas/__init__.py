"""Shapes of the automation domain."""
