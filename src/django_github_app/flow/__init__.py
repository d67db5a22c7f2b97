"""Flow control without a database: whose turn it is, what a newer event replaces, what a key is. Pure."""

from __future__ import annotations

from .policy import Flow, OnNewer

__all__ = ["Flow", "OnNewer"]
