"""System checks: mistakes in the configuration that would otherwise show up at night."""

from __future__ import annotations


def register() -> None:
    """Register the checks with Django."""
