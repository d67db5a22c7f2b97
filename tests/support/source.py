"""The package's source as syntax trees, for the tests of rules that an import contract cannot express."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "django_github_app"


@cache
def modules(*folders: str) -> dict[str, ast.Module]:
    """Return the modules of the package, and those of other folders of the project, by their path there."""
    found = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    for folder in folders:
        found |= {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / folder).rglob("*.py"))}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in found.items()}


def room(name: str) -> str:
    """Return the room of a module: its package, or for one at the top its own name."""
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


@cache
def functions(tree: ast.AST) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
    """Return every function in a tree. Some rules look at all of them again for each line that they judge."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return tuple(node for node in ast.walk(tree) if isinstance(node, kinds))


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every string in a tree; of an f-string, with ``{}`` for what is put in."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            inside |= {id(part) for part in node.values}
            yield node.lineno, "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def imports_of(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield what a module of the package imports, inside functions too: each module, and each name of it."""
    package = ["django_github_app", *name.removesuffix(".py").split("/")[:-1]]
    for node in _without_types(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _without_types(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, but not what only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from _without_types(child)


def reached_from(names: set[str]) -> dict[str, set[str]]:
    """Return the modules of the package that some of them import, directly or not, and what each one imports."""
    by_import = {
        "django_github_app." + path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path in modules()
    }
    found: dict[str, set[str]] = {}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found[name] = set(imports_of(name, modules()[name]))
        waiting |= {by_import[one] for one in found[name] if one in by_import} - found.keys()
    return found
