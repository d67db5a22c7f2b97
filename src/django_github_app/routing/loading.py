"""Which modules hold a worker type's handlers. Finds them without importing anything of the project."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec

from django.apps import apps

from django_github_app.conf import app_settings

__all__ = ["MODULES", "find_module", "handler_modules", "types_by_module"]

MODULES = {"sync": "handlers", "async": "ahandlers"}
OURS = "django_github_app.events"


def handler_modules(worker_type: str) -> list[str]:
    """Return the modules that hold a worker type's handlers: ours first, then the project's."""
    ours = f"{OURS}.{MODULES[worker_type]}"
    configured = app_settings.HANDLERS.get(worker_type)
    if configured is not None:
        return [ours, *configured]
    found = [
        f"{config.name}.events.{MODULES[worker_type]}"
        for config in apps.get_app_configs()
        if config.name != "django_github_app"
        and config.module is not None
        and _has(config.name, getattr(config.module, "__path__", None), MODULES[worker_type])
    ]
    return [ours, *found]


def types_by_module(modules: Iterable[str]) -> dict[str, str]:
    """Return the worker type of those handler modules that have a twin for the other type among ``modules``.

    A project may import them by itself, as in ``AppConfig.ready()``. Without a twin its handlers are for every type;
    with one, each type has its own.
    """
    names = set(modules)
    types: dict[str, str] = {}
    for name in names:
        package, _, module = name.rpartition(".")
        if package.endswith(".events"):
            if module == MODULES["sync"] and f"{package}.{MODULES['async']}" in names:
                types[name] = "sync"
            elif module == MODULES["async"] and f"{package}.{MODULES['sync']}" in names:
                types[name] = "async"
    configured = {t: set(app_settings.HANDLERS.get(t) or ()) for t in MODULES}
    for worker_type, other in (("sync", "async"), ("async", "sync")):
        for name in (configured[worker_type] - configured[other]) & names:
            if configured[other] & names:
                types[name] = worker_type
    return types


def find_module(name: str) -> ModuleSpec | None:
    """Return where a module is, without importing it or its packages; None for one that is not there."""
    path: Iterable[str] | None = sys.path
    spec: ModuleSpec | None = None
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        spec = _find(".".join(parts[:length]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return spec


def _has(app: str, path: Iterable[str] | None, module: str) -> bool:
    """Say whether an app has the module ``events.<module>``.

    `importlib.util.find_spec` would import ``events`` to answer: in an app that has nothing to do with GitHub that
    is somebody else's code, with whatever it does when it is imported.
    """
    events = _find(f"{app}.events", path)
    if events is None or events.submodule_search_locations is None:
        return False
    return _find(f"{app}.events.{module}", list(events.submodule_search_locations)) is not None


def _find(name: str, path: Iterable[str] | None) -> ModuleSpec | None:
    if path is None:
        return None
    known: ModuleSpec | None = getattr(sys.modules.get(name), "__spec__", None)
    if known is not None:
        return known
    for finder in sys.meta_path:
        look = getattr(finder, "find_spec", None)
        spec = None if look is None else look(name, list(path))
        if spec is not None:
            return spec  # type: ignore[no-any-return]  # by the protocol of finders
    return None
