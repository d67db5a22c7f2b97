"""What handler modules register, read from their sources: system checks import no module of the project."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django_github_app.deliveries.event_names import split_name

from .loading import OURS, find_module, handler_modules

__all__ = ["Named", "declares_schedules", "longest_timeout_in", "named_in", "read_handlers"]

MOST_FILES = 200
"""A handler module and what it imports of its own package: no more are read."""
_DECORATORS = frozenset({"event", "mention", "command", "schedule"})


@dataclass(frozen=True, slots=True)
class Named:
    """One decorator of a callback: the event that it names, and where it stands."""

    event: str | None
    """None for a mention, a command, and an event whose name is no literal."""
    actions: frozenset[str] | None
    """None: all, or they are no literals."""
    handler: str
    file: str
    line: int
    timeout: float = 0.0
    """Seconds; 0: as the settings say, or no literal."""


def read_handlers(worker_type: str) -> list[Named]:
    """Return what a worker type's handler modules of the project register, and what they import of their package."""
    found: list[Named] = []
    seen: set[str] = set()
    for module in handler_modules(worker_type):
        if not module.startswith(f"{OURS}."):
            for path, tree in _trees(module, seen):
                found += named_in(tree, path)
    return found


def longest_timeout_in(worker_type: str) -> Named | None:
    """Return the callback of a worker type that may run longest, of those that say so in their decorators."""
    timed = [one for one in read_handlers(worker_type) if one.timeout]
    return max(timed, key=lambda one: one.timeout, default=None)


def declares_schedules(worker_type: str) -> bool:
    """Return whether a worker type's handler modules have a ``@….schedule(…)``, as far as their sources say."""
    seen: set[str] = set()
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "schedule"
        for module in handler_modules(worker_type)
        if not module.startswith(f"{OURS}.")
        for _, tree in _trees(module, seen)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", ())
    )


def _trees(module: str, seen: set[str]) -> Iterator[tuple[str, ast.Module]]:
    waiting = [module]
    package = module.partition(".")[0]
    while waiting and len(seen) < MOST_FILES:
        name = waiting.pop()
        spec = find_module(name)
        path = spec.origin if spec is not None else None
        if spec is None or path is None or path in seen or not path.endswith(".py"):
            continue
        seen.add(path)
        try:
            tree = ast.parse(Path(path).read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue  # whoever imports it is told
        yield path, tree
        is_package = spec.submodule_search_locations is not None
        parent = name if is_package else name.rpartition(".")[0]
        waiting += [one for one in _imports(tree, parent) if one.partition(".")[0] == package]


def _imports(tree: ast.Module, parent: str) -> Iterator[str]:
    """Yield the modules that a module may import when it is imported itself: ``from a import b`` may be two."""
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parent.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for name in ("body", "orelse", "handlers", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _statements(getattr(node, name, ()))


def named_in(tree: ast.Module, file: str) -> list[Named]:
    """Return the decorators of ``GitHubRouter`` in a module: ``@anything.event("issues", action="opened")``."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Attribute)
                and decorator.func.attr in _DECORATORS
            ):
                is_event = decorator.func.attr == "event"
                timeout = next((_number(k.value) for k in decorator.keywords if k.arg == "timeout"), 0.0)
                for event, actions in _literals(decorator) if is_event else [(None, None)]:
                    found.append(Named(event, actions, node.name, file, decorator.lineno, timeout))
    return found


def _literals(call: ast.Call) -> list[tuple[str | None, frozenset[str] | None]]:
    given = (
        call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "event_type"), None)
    )
    names = _texts(given)
    if names is None:
        return [(None, None)]
    actions = _texts(next((k.value for k in call.keywords if k.arg == "action"), None))
    found: list[tuple[str | None, frozenset[str] | None]] = []
    for name in names:
        event, action = split_name(name)
        found.append((event, frozenset((action,)) if action is not None else actions))
    return found


def _number(node: ast.expr) -> float:
    """Return a literal number, or a product or sum of such; 0 for anything else."""
    match node:
        case ast.Constant(value=bool()):
            return 0.0
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _number(left) * _number(right)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _number(left) + _number(right)
    return 0.0


def _texts(node: ast.expr | None) -> frozenset[str] | None:
    """Return a literal text, or the texts of a literal list; None for anything else."""
    if node is None:
        return None
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple | set) or not all(isinstance(one, str) for one in values):
        return None
    return frozenset(sys.intern(one) for one in values)
