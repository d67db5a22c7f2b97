"""Rules of the source that an import contract cannot express. Each is shown to find a module that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.generated_docs import configuration
from tests.support.source import PACKAGE, imports_of, modules, reached_from, room, texts

# Private parts of other packages that are touched, where, and why. Whoever renews one of these packages looks here.
FOREIGN_PRIVATE_PARTS = {
    "broker": {
        "_state": "celery: the application of this process, not a proxy; the default that every thread gets",
        "_tls": "celery: an application that a project made and did not set as the default",
        "_create_client": "kombu: one Redis client per channel, kept",
        "_do_restore_message": "kombu: a message that a worker gives back is not lost when the broker goes away",
        "_should_have_exited": "billiard: whether SystemExit came from a signal to a pool's process",
        "_job": "billiard: the number of a message that a pool works on",
        "_on_soft_timeout": "celery: what a prefork pool does at a time limit, called by one timer for all",
        "_on_hard_timeout": "celery: the same",
    },
    "github": {
        "_make_request": "gidgethub: the only way to a page and the address of the next one",
        "_cache": "Django: one client for its Redis cache, not one for each operation",
        "_servers": "Django: only where there is one server",
    },
    "routing": {
        "_deep_routes": "gidgethub: a plain Router of a project has no public list of its routes",
        "_shallow_routes": "gidgethub: the same",
    },
    "models": {
        "_db": "Django: the database that a query set or a manager was told to use",
        "_hints": "Django: the same",
    },
    "retention": {
        "_normalize_name": "django-storages: the key of an object in its bucket",
        "_constructor_args": "Django: what a deconstructible storage was made with, to make another like it",
    },
    "sql": {"_state": "Django: that a row exists, which was made without a query"},
    "views": {
        "_body": "Django: whether middleware has read the body",
        "_read_started": "Django: whether somebody has begun to read the stream",
    },
}
# Documented by their packages, in spite of the underscore.
DOCUMENTED = {
    "_exit",
    "_current_frames",
    "_meta",
    "_default_manager",
    "_base_manager",
    "_replace",
    "_asdict",
    "_fields",
}

# Settings, time and text: none of it talks to anything.
DJANGO_IN_PURE_ROOMS = ("django.conf", "django.utils", "django.core.exceptions")

STATUS_WRITTEN = re.compile(r"\bUPDATE\b.*\bSET\b[^;]*?\bstatus\s*=(?!=)", re.DOTALL)
WRITERS = {
    "update",
    "create",
    "acreate",
    "aupdate",
    "bulk_create",
    "get_or_create",
    "update_or_create",
}


def vendor_questions(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that ask a connection for its vendor."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="vendor") | ast.Constant(value="vendor"):
                yield node.lineno


def status_writes(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that write a status of an event or of a callback's run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "status" and isinstance(node.ctx, ast.Store):
            if ast.unparse(node.value) != "installation":  # which has a status of its own
                yield node.lineno
        elif isinstance(node, ast.Call) and any(keyword.arg == "status" for keyword in node.keywords):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRITERS or name in {"EventLog", "HandlerRun"}:
                yield node.lineno
    for line, text in texts(tree):
        if "status" in text and STATUS_WRITTEN.search(text):
            yield line


def publishing_calls(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that hand a task to Celery."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"apply_async", "delay", "send_task", "send_task_message"}
            and ast.unparse(node.func.value)
            != "super()"  # the task class, when somebody sends a task of ours
        ):
            yield node.lineno


def private_parts(tree: ast.AST, ours: set[str]) -> Iterator[tuple[int, str]]:
    """Yield what a module uses of other packages that has an underscore before its name."""
    for node in ast.walk(tree):
        names: list[str] = []
        match node:
            case ast.Attribute(attr=name):
                names = [name]
            case ast.Call(func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr")) if (
                len(node.args) > 1
            ):
                if isinstance(node.args[1], ast.Constant):
                    names = [str(node.args[1].value)]
            case ast.ImportFrom(level=0, module=str(module)) if not module.startswith("django_github_app"):
                names = [*module.split("."), *(alias.name for alias in node.names)]
            case ast.Import():
                names = [part for alias in node.names for part in alias.name.split(".")]
        for name in names:
            if name.startswith("_") and not name.startswith("__") and name not in ours | DOCUMENTED:
                yield getattr(node, "lineno", 0), name


def names_of_ours() -> set[str]:
    """Return every name that the package defines itself."""
    found: set[str] = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id in {"self", "cls"}
            ):
                found.add(node.attr)
    return found


def django_in_pure_rooms(reached: dict[str, set[str]]) -> set[str]:
    """Return what of Django is imported that a pure room has no use for."""
    return {
        f"{name}: {one}"
        for name, imported in reached.items()
        for one in imported
        if one.startswith("django.") and not one.startswith(DJANGO_IN_PURE_ROOMS)
    }


def pure_modules() -> set[str]:
    """Return the modules that the contract of purity names, and those in their packages."""
    (contract,) = [one for one in configuration() if one["id"] == "pure"]
    paths = {name.removeprefix("django_github_app.").replace(".", "/") for name in contract["source_modules"]}
    found = {name for name in modules() if any(name == f"{p}.py" or name.startswith(f"{p}/") for p in paths)}
    assert len(found) > len(paths)
    return found


def test_pure_rooms_use_no_part_of_django_that_talks_to_anything() -> None:
    assert django_in_pure_rooms(reached_from(pure_modules())) == set()


@pytest.mark.parametrize("part", ["django.db", "django.core.cache", "django.http.HttpRequest"])
def test_a_part_of_django_that_talks_to_something_is_found(part: str) -> None:
    assert django_in_pure_rooms({"errors.py": {"django.utils.timezone", part}}) == {f"errors.py: {part}"}


def test_imports_are_found_through_other_modules_and_inside_functions_and_types_are_not() -> None:
    reached = reached_from({"views.py"})
    assert "sql/dialects.py" in reached
    tree = ast.parse("if TYPE_CHECKING:\n    import a\ndef f():\n    from ..b import c")
    assert set(imports_of("x/y.py", tree)) == {"django_github_app.b", "django_github_app.b.c"}


def test_only_sql_asks_which_database_it_is() -> None:
    # Migrations ask the connection they are given: they are history, and must not change with `sql`.
    asked = {
        f"{name}:{line}"
        for name, tree in modules("worker", "deploy").items()
        for line in vendor_questions(tree)
        # Payloads of packages have a field of that name.
        if room(name) not in {"sql", "migrations", "testing"}
    }
    assert asked == set()


def test_only_sql_writes_the_status_of_an_event_or_a_run() -> None:
    written = {
        f"{name}:{line}"
        for name, tree in modules("worker", "deploy").items()
        for line in status_writes(tree)
        if room(name) not in {"sql", "migrations", "testing"} and name != "models/installations.py"
    }
    assert written == set()
    assert {room(name) for name, tree in modules().items() if any(status_writes(tree))} >= {"sql"}


def test_only_the_broker_hands_tasks_to_celery() -> None:
    publishing = {name for name, tree in modules("worker", "deploy").items() if any(publishing_calls(tree))}
    assert publishing == {"broker/publisher.py"}


def test_only_named_rooms_touch_private_parts_of_other_packages_and_only_those_on_the_list() -> None:
    ours = names_of_ours()
    touched: dict[str, set[str]] = {}
    for name, tree in modules().items():
        for _, part in private_parts(tree, ours):
            touched.setdefault(room(name), set()).add(part)
    unknown = {
        where: parts - FOREIGN_PRIVATE_PARTS.get(where, {}).keys()
        for where, parts in touched.items()
        if parts - FOREIGN_PRIVATE_PARTS.get(where, {}).keys()
    }
    assert unknown == {}, "say in FOREIGN_PRIVATE_PARTS what it is for, or do without it"


def test_the_list_of_private_parts_names_nothing_that_nobody_touches() -> None:
    ours = names_of_ours()
    for where, parts in FOREIGN_PRIVATE_PARTS.items():
        found = {
            part
            for name, tree in modules().items()
            if room(name) == where
            for _, part in private_parts(tree, ours)
        }
        # A name that a subclass of ours overrides is ours as well.
        assert parts.keys() - found - ours == set(), where


@pytest.mark.parametrize(
    "code",
    ["if connection.vendor == 'sqlite': pass", "getattr(connection, 'vendor')"],
)
def test_a_question_for_the_vendor_is_found(code: str) -> None:
    assert list(vendor_questions(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "event.status = EventStatus.DONE",
        "EventLog.objects.filter(pk=1).update(status=3)",
        "EventLog(event='push', status=3)",
        "cursor.execute(f'UPDATE {table} e SET attempts = 1, status = %s WHERE id = 1')",
        "sql = 'UPDATE event SET status=3'",
    ],
)
def test_a_write_of_a_status_is_found(code: str) -> None:
    assert list(status_writes(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "EventLog.objects.filter(status=3)",
        "sql = 'UPDATE event SET archive_id = 1 WHERE id = 2'",
        "status = answer.status",
        "installation.status = InstallationStatus.ACTIVE",
    ],
)
def test_reading_a_status_is_no_write(code: str) -> None:
    assert list(status_writes(ast.parse(code))) == []


@pytest.mark.parametrize("code", ["task.delay(1)", "task.apply_async()", "app.send_task('x')"])
def test_a_task_that_is_sent_is_found(code: str) -> None:
    assert list(publishing_calls(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "channel._pool",
        "hasattr(request, '_body')",
        "from celery import _state",
        "from celery._state import get_current_app",
        "import celery._state",
    ],
)
def test_a_private_part_of_another_package_is_found(code: str) -> None:
    assert len(list(private_parts(ast.parse(code), ours=set()))) == 1


def test_parts_of_ones_own_and_documented_ones_may_be_touched() -> None:
    code = (
        "self._mine\nmodel._meta\npoint._replace(x=1)\nobject.__class__\nfrom django_github_app.a import _b"
    )
    assert list(private_parts(ast.parse(code), ours={"_mine"})) == []


MOST_LINES = 400


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path.name: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}
