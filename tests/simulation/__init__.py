"""Deterministic simulation of what runs in one process: own scheduler, own clock, every interleaving by its seed."""
