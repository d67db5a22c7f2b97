"""Configuration that repositories bring: found, merged, checked against a schema, kept until a push changes it."""

from __future__ import annotations

from .files import forget_pushed
from .reading import MISSING, read

__all__ = ["MISSING", "forget_pushed", "read"]
