"""Keeps the lake equal to its sources: plans, runs, checkpoints, delete detection, parity."""
