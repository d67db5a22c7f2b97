"""Names that a package offers, and whose modules are loaded by whoever asks for one first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def names_on_demand(package: str, **modules: str) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for ``package``; ``modules`` says which of its modules has which names.

    For type checkers the package imports the same names under ``TYPE_CHECKING``. A name is looked up once.
    """
    where = {name: module for module, names in modules.items() for name in names.split()}

    def __getattr__(name: str) -> Any:
        if (module := where.get(name)) is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__
