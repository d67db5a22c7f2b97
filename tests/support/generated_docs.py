"""Writes what the docs say about the code out of the code: ``make docs``; ``--check`` fails where they differ.

docs/settings.md, docs/api.md, the table of rooms in docs/architecture.md, those of metrics in docs/metrics.md.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tests.support import settings_page
from tests.support.source import PACKAGE, ROOT

ARCHITECTURE = ROOT / "docs" / "architecture.md"
API = ROOT / "docs" / "api.md"
METRICS = ROOT / "docs" / "metrics.md"
METRICS_TABLE = ("<!-- metrics: written by `make docs` -->\n", "<!-- end of metrics -->\n")
TABLE = ("<!-- rooms: written by `make docs` -->\n", "<!-- end of rooms -->\n")

# Each has a list of its public names, `__all__`. What no list names may change with any release.
PUBLIC = (
    "apps",
    "conf",
    "errors",
    "signals",
    "urls",
    "views",
    "asgi",
    "wsgi",
    "celery",
    "tasks",
    "checks",
    "routing",
    "context",
    "webhooks",
    "mentions",
    "commands",
    "models",
    "github",
    "retention",
    "deliveries",
    "testing",
    "testing.deliver",
    "testing.payloads",
    "testing.recorded",
    "observe.rollups",
    "observe.telling",
    "observe.urls",
    "observe.views",
    "observe.logs",
    "observe.sentry",
    "observe.health_check",
)


@dataclass(frozen=True)
class Room:
    """A package, or a module that stands for itself, and the floor that the contract gives it."""

    name: str
    floor: int
    beside: tuple[str, ...]
    """Rooms of the same floor that it may import."""

    @property
    def purpose(self) -> str:
        """The first sentence of its docstring."""
        return first_line(ast.get_docstring(ast.parse(self._path.read_text(encoding="utf-8"))) or "")

    @property
    def _path(self) -> Path:
        package = PACKAGE / self.name / "__init__.py"
        return package if package.exists() else PACKAGE / f"{self.name}.py"


def configuration() -> list[dict[str, Any]]:
    """Return the import contracts of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts: list[dict[str, Any]] = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return contracts


def rooms() -> list[Room]:
    """Return every room of the package, from the top floor to the ground."""
    (layers,) = [contract["layers"] for contract in configuration() if contract["type"] == "layers"]
    found = []
    for floor, layer in zip(range(len(layers), 0, -1), layers, strict=True):
        names = [name.strip() for name in layer.replace(":", "|").split("|")]
        for name in names:
            beside = tuple(other for other in names if ":" in layer and other != name)
            found.append(Room(name, floor, beside))
    return found


def rules_of(room: str) -> list[str]:
    """Return what the other contracts say of a room, as short remarks."""
    module = f"django_github_app.{room}"
    remarks = []
    for contract in configuration():
        if contract["type"] == "protected" and module in contract["allowed_importers"]:
            remarks.append("also " + _names(contract["protected_modules"]))
        elif contract["type"] == "forbidden" and "django_github_app" not in contract["source_modules"]:
            inside = [name for name in contract["source_modules"] if f"{name}.".startswith(f"{module}.")]
            if inside:
                which = (
                    "" if module in inside else f" ({_names([n.removeprefix(f'{module}.') for n in inside])})"
                )
                remarks.append(f"*{contract['id']}*{which}")
    return remarks


def room_table() -> str:
    """Return the table of rooms, and what the words in it mean."""
    lines = ["| floor | room | what it is for | what it may import |", "|---|---|---|---|"]
    for room in rooms():
        below = (
            f"floors 1 to {room.floor - 1}"
            if room.floor > 2
            else ("no other room", "floor 1")[room.floor - 1]
        )
        may = "; ".join([", ".join([below, *(f"`{name}`" for name in room.beside)]), *rules_of(room.name)])
        lines.append(f"| {room.floor} | `{room.name}` | {room.purpose} | {may} |")
    lines.append("")
    for contract in configuration():
        if contract["type"] == "protected":
            lines.append(
                f"- {contract['name']}: nobody else imports {_names(contract['protected_modules'])}."
            )
        elif contract["type"] == "forbidden":
            forbidden = _names(contract["forbidden_modules"])
            lines.append(
                f"- *{contract['id']}*. {contract['name']}: never {forbidden}, through other rooms neither."
            )
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """Return docs/metrics.md with the tables of metrics as the code is now."""
    from django_github_app.observe.catalogue import page

    text = METRICS.read_text(encoding="utf-8")
    start, end = (text.index(mark) for mark in METRICS_TABLE)
    return text[: start + len(METRICS_TABLE[0])] + page() + text[end:]


def architecture_page() -> str:
    """Return docs/architecture.md with the table of rooms as the code is now."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    start, end = (text.index(mark) for mark in TABLE)
    return text[: start + len(TABLE[0])] + room_table() + text[end:]


@dataclass(frozen=True)
class Name:
    """A public name: where it is imported from, what it is, and what is said of it."""

    module: str
    name: str
    kind: str
    text: str


def public_names() -> Iterator[Name]:
    """Yield every name of every public module."""
    for module in PUBLIC:
        loaded = importlib.import_module(f"django_github_app.{module}")
        for name in loaded.__all__:
            value = getattr(loaded, name)
            yield Name(module, name, kind_of(value), description_of(module, name, value))


def kind_of(value: object) -> str:
    """Return what a public name is."""
    match value:
        case type() if issubclass(value, BaseException):
            return "exception"
        case type() if issubclass(value, Enum):
            return "enumeration"
        case type():
            return "class"
        case _ if hasattr(value, "apply_async"):
            return "task"
        case _ if inspect.ismodule(value):
            return "module"
        case _ if inspect.iscoroutinefunction(value):
            return "coroutine"
        case _ if inspect.isroutine(value):
            return "function"
    return "value"


def description_of(module: str, name: str, value: object) -> str:
    """Return the first sentence about a public name; empty if there is none."""
    if isinstance(value, type):
        own = value.__dict__.get("__doc__") or ""
        # What dataclasses, named tuples and Django make up says nothing.
        return "" if own.startswith((f"{value.__name__}(", f"{value.__qualname__}(")) else first_line(own)
    if kind_of(value) == "value":
        return first_line(_text_below(f"django_github_app.{module}", name))
    return first_line(inspect.getdoc(value) or "")


def first_line(text: str) -> str:
    """Return the first paragraph of a docstring as one line, without its full stop."""
    paragraph = inspect.cleandoc(text).partition("\n\n")[0]
    line = " ".join(paragraph.split()).removesuffix("::").removesuffix(".")
    return line.replace("``", "`").replace("|", "\\|")


def api_page() -> str:
    """Return docs/api.md."""
    lines = [
        "# Public names",
        "",
        "What this page lists keeps its name and its meaning until a release says otherwise; everything else may",
        "change with any release. It is made by `make docs` from `__all__` and the docstrings of each module.",
    ]
    names = list(public_names())
    for module in PUBLIC:
        lines += ["", f"## django_github_app.{module}", "", "| name | kind | |", "|---|---|---|"]
        lines += [f"| `{n.name}` | {n.kind} | {n.text} |" for n in names if n.module == module]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every page that is written by the code, and what it should say."""
    return {
        settings_page.PAGE: settings_page.page(),
        API: api_page(),
        ARCHITECTURE: architecture_page(),
        METRICS: metrics_page(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that are stale."""
    import django

    django.setup()
    stale = {path: text for path, text in pages().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


def _names(modules: list[str]) -> str:
    return ", ".join(f"`{name.removeprefix('django_github_app.')}`" for name in modules)


def _text_below(module: str, name: str) -> str:
    """Return the text that stands below an assignment, wherever the name comes from."""
    body = []
    for node in ast.parse(
        Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")
    ).body:
        # What is loaded on demand is imported for type checkers.
        body += node.body if isinstance(node, ast.If) else [node]
    for node, following in zip(body, [*body[1:], None], strict=True):
        match node:
            case ast.ImportFrom(module=source, level=level):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _text_below(_absolute(module, source, level), alias.name)
            case ast.Assign(targets=[ast.Name(id=assigned)]) | ast.AnnAssign(target=ast.Name(id=assigned)):
                if assigned == name and isinstance(following, ast.Expr):
                    return str(ast.literal_eval(following.value))
    return ""


def _absolute(module: str, source: str | None, level: int) -> str:
    if not level:
        return source or ""
    is_package = str(importlib.import_module(module).__file__).endswith("__init__.py")
    parents = module.split(".")[: None if is_package and level == 1 else -(level - is_package)]
    return ".".join([*parents, *([source] if source else [])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
