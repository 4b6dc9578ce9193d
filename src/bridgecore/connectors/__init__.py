"""Code that speaks the protocols of other people's systems: no database, no web framework."""
