"""Clients of vendors that are no source of data: they know a protocol and nothing else."""
