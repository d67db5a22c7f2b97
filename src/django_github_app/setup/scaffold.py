"""A new project, and what is added to one: templates in, files out.

Needs neither settings nor a database: it is run before there are any.
"""

from __future__ import annotations

import ast
import keyword
import os
import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from django.template import Context, Engine

__all__ = ["Project", "ScaffoldError", "add_command", "add_handler", "write_project"]

# template below setup/project → path in the project, in which {package} and {module} stand for names
FILES = {
    "manage.py.tpl": "manage.py",
    "config/settings.py.tpl": "config/settings.py",
    "config/urls.py.tpl": "config/urls.py",
    "package/events/handlers.py.tpl": "{package}/events/{module}.py",
    "tests/test_bot.py.tpl": "tests/test_bot.py",
    "pyproject.toml.tpl": "pyproject.toml",
    "Procfile.tpl": "Procfile",
    "Dockerfile.tpl": "Dockerfile",
    "dockerignore.tpl": ".dockerignore",
    "compose.yaml.tpl": "compose.yaml",
    "env.example.tpl": ".env.example",
    "gitignore.tpl": ".gitignore",
    "pre-commit-config.yaml.tpl": ".pre-commit-config.yaml",
    "github/ci.yml.tpl": ".github/workflows/ci.yml",
    "README.md.tpl": "README.md",
}
EMPTY = ("config/__init__.py", "{package}/__init__.py", "{package}/events/__init__.py")
TAKEN = {"config", "tests", "events", "manage", "test"}
SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_SLUG = 34
"""GitHub's limit for the name of an app."""


class ScaffoldError(ValueError):
    """A project was not made, or nothing was added to one; the message says why and what to do."""


@dataclass(frozen=True)
class Project:
    """What a new project is to be. ``slug``: the app's name on GitHub; people mention it.

    Raises ScaffoldError for a name that would not do.
    """

    slug: str
    is_async: bool = True
    s3: bool = False

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug) or len(self.slug) > LONGEST_SLUG:
            raise ScaffoldError(
                f"{self.slug!r} is no name for an app: small letters, digits and single hyphens, "
                f"a letter first, at most {LONGEST_SLUG} characters, as in my-bot"
            )
        taken = self.package in TAKEN or self.package in sys.stdlib_module_names
        if keyword.iskeyword(self.package) or taken or _importable(self.package):
            raise ScaffoldError(
                f"{self.slug!r} would make a Python package named {self.package}, which is taken: choose another name"
            )

    @property
    def package(self) -> str:
        """The name of its Python package."""
        return self.slug.replace("-", "_")

    @property
    def module(self) -> str:
        """The name of the module that its handlers are in."""
        return "ahandlers" if self.is_async else "handlers"

    def files(self) -> dict[str, str]:
        """Return the project: path → text."""
        values = {
            "slug": self.slug,
            "package": self.package,
            "module": self.module,
            "kind": "async" if self.is_async else "sync",
            "s3": self.s3,
            "extras": "postgres,beat,deploy" + (",s3" if self.s3 else ""),
            "interface": "asginl" if self.is_async else "wsgi",
            "application": "config.asgi:application" if self.is_async else "config.wsgi:application",
            **_flavour(self.is_async),
        }
        entrance = "config/asgi.py" if self.is_async else "config/wsgi.py"
        templates = FILES | {f"{entrance}.tpl": entrance}
        made = {
            target.format(package=self.package, module=self.module): _render(template, values)
            for template, target in templates.items()
        }
        return made | {path.format(package=self.package): "" for path in EMPTY}


def write_project(project: Project, folder: Path) -> list[str]:
    """Write a project into a folder that is not there, or empty; return its paths.

    Raises ScaffoldError when something is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise ScaffoldError(f"{folder} is a file: name a folder that is not there yet")
    if folder.is_dir() and any(folder.iterdir()):
        raise ScaffoldError(f"{folder} is not empty: name a folder that is not there yet, or empty this one")
    made = project.files()
    try:
        for path, text in made.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        (folder / "manage.py").chmod(0o755)
    except OSError as error:
        raise ScaffoldError(f"{error.filename} cannot be written: {error.strerror}") from error
    return sorted(made)


def add_handler(folder: Path, name: str, event: str) -> Path:
    """Append a handler for ``event`` to the handler module of the project in ``folder``; return the module."""
    if not re.fullmatch(r"\*|[a-z][a-z_]*(?:\.[a-z][a-z_]*)?", event):
        raise ScaffoldError(f"{event!r} is no event: name it as GitHub does, as in issues.opened")
    return _append(folder, name, "added/handler.py.tpl", {"event": event})


def add_command(folder: Path, name: str) -> Path:
    """Append a command to the handler module of the project in ``folder``; return the module."""
    return _append(folder, name, "added/command.py.tpl", {"command": name})


def _append(folder: Path, name: str, template: str, values: dict[str, object]) -> Path:
    function = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", name) or keyword.iskeyword(function):
        raise ScaffoldError(f"{name!r} is no name: small letters, digits and hyphens, as in greet-stars")
    module = _handler_module(folder)
    text = module.read_text(encoding="utf-8")
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise ScaffoldError(f"{module}:{error.lineno}: {error.msg}; mend it first") from error
    names = {bound for statement in body for bound in _bound(statement)}
    if function in names:
        raise ScaffoldError(f"{module} has a {function} already: choose another name")
    needed = {"gh": "a router: gh = GitHubRouter()"}
    if "command" in template:
        needed["click"] = "the line: import click"
    for needs, how in needed.items():
        if needs not in names:
            raise ScaffoldError(f"{module} needs {how}")
    values = {"function": function, **values, **_flavour(module.name == "ahandlers.py")}
    module.write_text(f"{text.rstrip()}\n{_render(template, values)}", encoding="utf-8")
    return module


def _bound(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [(alias.asname or alias.name).partition(".")[0] for alias in names]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _handler_module(folder: Path) -> Path:
    if not (folder / "manage.py").exists():
        raise ScaffoldError(
            f"there is no manage.py in {folder.resolve()}: go to the folder of a project first"
        )
    found = sorted(folder.glob("*/events/ahandlers.py")) + sorted(folder.glob("*/events/handlers.py"))
    if not found:
        raise ScaffoldError("no app here has events/ahandlers.py or events/handlers.py: make one first")
    if len(found) > 1:
        named = ", ".join(str(path.relative_to(folder)) for path in found)
        raise ScaffoldError(f"there is more than one module of handlers ({named}): write it into one by hand")
    return found[0]


def _flavour(is_async: bool) -> dict[str, object]:
    if is_async:
        return {"async": True, "def": "async def", "await": "await ", "async_for": "async for"}
    return {"async": False, "def": "def", "await": "", "async_for": "for"}


def _render(template: str, values: dict[str, object]) -> str:
    text = files(__package__).joinpath("project", *template.split("/")).read_text(encoding="utf-8")
    rendered = str(Engine().from_string(text).render(Context(values, autoescape=False)))
    # What a condition left out leaves blank lines at the end.
    return rendered.rstrip("\n") + "\n" if not template.startswith("added/") else rendered


def _importable(package: str) -> bool:
    here = os.path.realpath(os.curdir)
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return True
    if spec is None or spec.origin is None:
        return False
    # What lies in the current directory itself is no module that is installed; what lies in a virtual environment
    # of that directory is one.
    module = os.path.realpath(spec.origin)
    return module not in (os.path.join(here, package, "__init__.py"), os.path.join(here, f"{package}.py"))
