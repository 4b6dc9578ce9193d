"""Pure building blocks: no I/O, no settings, no framework. Anyone may import them."""
