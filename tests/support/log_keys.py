"""Which keys the package's log lines carry: read out of the source, and out of docs/architecture.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.support.source import ROOT, functions, modules

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def log_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that write a log line."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and ast.unparse(node.func.value).rpartition(".")[2] in {"logger", "log", "logging", "_logger"}
        ):
            yield node


@cache
def keys_in_source() -> dict[str, set[str]]:
    """Return each key, and the modules whose lines carry it."""
    found: dict[str, set[str]] = {}
    for name, tree in modules().items():
        for key in keys_of(tree):
            found.setdefault(key, set()).add(name)
    return found


def keys_of(tree: ast.Module) -> Iterator[str]:
    """Yield the keys of all lines of a module. Raises ValueError for a line whose keys cannot be read."""
    for scope in [*functions(tree), tree]:
        for call in log_calls(scope):
            for keyword in call.keywords:
                if keyword.arg == "extra":
                    yield from _keys(keyword.value, scope, tree)


def _keys(value: ast.expr | None, scope: ast.AST, tree: ast.Module) -> Iterator[str]:
    match value:
        case ast.Dict(keys=keys, values=values):
            for key, part in zip(keys, values, strict=True):
                if key is None:  # ``**other``
                    yield from _keys(part, scope, tree)
                else:
                    yield str(ast.literal_eval(key))
        case ast.Name(id=name):
            yield from _assigned(name, scope, tree)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from _returned(name)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _keys(body, scope, tree)
            yield from _keys(orelse, scope, tree)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _keys(left, scope, tree)
            yield from _keys(right, scope, tree)
        case _:
            raise ValueError(
                f"the keys of a log line cannot be read: {ast.unparse(value) if value else value}"
            )


def _assigned(name: str, scope: ast.AST, tree: ast.Module) -> Iterator[str]:
    """Yield the keys of a dictionary that a name stands for, and those that are added to it."""
    known = False
    for node in [*ast.walk(scope), *tree.body]:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                known = True
                yield from _keys(value, scope, tree)
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                known = True
                yield from _keys(value, scope, tree)
            case ast.Subscript(
                value=ast.Name(id=target), slice=ast.Constant(value=str(key)), ctx=ast.Store()
            ):
                if target == name:
                    yield key
    if not known:
        raise ValueError(f"the keys of a log line cannot be read: nothing here says what {name} is")


def _returned(name: str) -> Iterator[str]:
    """Yield the keys of the dictionaries that a function of the package returns."""
    known = False
    for tree in modules().values():
        for function in functions(tree):
            if function.name == name:
                known = True
                for node in ast.walk(function):
                    if isinstance(node, ast.Return):
                        yield from _keys(node.value, function, tree)
    if not known:
        raise ValueError(f"the keys of a log line cannot be read: there is no function {name}")


def keys_in_docs() -> set[str]:
    """Return the keys that docs/architecture.md lists."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("\n## Logs\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def lines_with_values_in_their_text(tree: ast.AST) -> Iterator[int]:
    """Yield the log lines whose text is not the same each time."""
    for call in log_calls(tree):
        text = call.args[1] if ast.unparse(call.func).endswith(".log") else call.args[0]
        constant = isinstance(text, ast.Constant) and isinstance(text.value, str)
        if not constant or len(call.args) > 1 + ast.unparse(call.func).endswith(".log"):
            yield call.lineno
