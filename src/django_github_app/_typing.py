"""``override``, under the import path that django-github-app has for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

if sys.version_info >= (3, 12):
    from typing import override
else:

    def override(method: F, /) -> F:
        """Mark a method as one that overrides another: PEP 698 before Python 3.12."""
        method.__override__ = True  # type: ignore[attr-defined]
        return method


__all__ = ["override"]
