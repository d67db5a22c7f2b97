"""The test of a module is found by its name: in the folder of its room, in the file of its name.

What is tested through something else is on a list, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath

from tests.support.source import PACKAGE, ROOT

KINDS = ("unit", "integration", "acceptance", "model", "simulation")

WITHOUT_A_TEST_OF_ITS_NAME = {
    # Another name for what is elsewhere: the names are imported by tests/unit/test_public_api.py, what they do is
    # tested where it is.
    "__main__.py": "what cli/start.py does",
    "_sync.py": "process/sync.py, by the path of django-github-app",
    "_typing.py": "typing.override, by the path of django-github-app",
    "mentions.py": "comments/mentions.py, by the path of django-github-app",
    "management/commands/github.py": "cli, as a command of Django: tests/integration/cli",
    "events/ainstallation.py": "events/installation.py made asynchronous: its tests call both",
    "events/arepository.py": "events/repository.py made asynchronous: its tests call both",
    "events/handlers.py": "registers events/changes.py, whose tests dispatch through it",
    "events/ahandlers.py": "registers events/changes.py, whose tests dispatch through it",
    # Nothing but names and types: whoever uses them tests them.
    "urls.py": "two paths: every test of an entrance asks them",
    "observe/urls.py": "three paths: tests/integration/observe/test_views.py asks them",
    "signals.py": "two signals: tests/integration/maintenance/test_deaths.py hears them",
    "checks/prefix.py": "a constant",
    "setup/findings.py": "a dataclass: tests/integration/setup/test_doctor.py reads it",
    "context/speaker.py": "what contexts answer with: tests/integration/context",
    "cli/dev_people.py": "what the pages' forms do: tests/unit/cli/test_dev_pages.py",
    "cli/dev_settings.py": "the settings of a process: tests/acceptance/test_dev.py starts it",
    "models/continuations.py": "a table without methods: maintenance/continuing.py",
    "models/progress.py": "a table without methods: context/progress.py",
    "models/deaths.py": "a table without methods: sql/deaths.py",
    "models/lanes.py": "a table without methods: sql/waiting.py",
    "models/flow.py": "tables without methods: sql/flow.py",
    "models/locks.py": "a table without methods: maintenance/locks.py",
    "models/plans.py": "a table without methods: maintenance/planning.py",
    "models/signs.py": "tables without methods: sql/rollups.py, sql/digests.py, observe/pulses.py",
    "execution/operations.py": "dataclasses: tests/integration/execution/test_recorder.py submits them",
    "retention/here.py": "what managers call: test_archive.py, test_restore.py and test_s3.py of its room",
    # Steps of one thing, tried as a whole: on GitHub, in the database and in the worker.
    "github/progress.py": "what is shown: tests/integration/context/test_progress.py",
    "sql/progress.py": "its rows: tests/integration/context/test_progress.py",
    "maintenance/unfinished_progress.py": "its end: tests/integration/context/test_progress.py",
    "events/again.py": "its repetition: tests/integration/context/test_progress.py",
    "context/continuations.py": "what waits: tests/integration/maintenance/test_continuing.py",
    "sql/continuations.py": "its rows: tests/integration/maintenance/test_continuing.py",
    "execution/inline_recorder.py": "the recorder of every test that runs in a transaction",
    "execution/runtime.py": "what both runtimes share: tests/integration/execution/test_runtimes.py",
    "execution/records.py": "the runs of an event: tests/integration/execution/test_event.py",
    "sql/flow.py": "turns: tests/integration/execution/test_turns.py takes them",
    "sql/cancelling.py": "statements: tests/integration/execution/test_stopping.py",
    # What is tried on whole projects, or in whole batches.
    "execution/running.py": "both ways to run a batch: tests/integration/execution/test_batches.py runs batches",
    "checks/webhook_views.py": "views of projects: tests/dropin/test_projects.py",
    "execution/project_views.py": "views of projects: tests/dropin/test_projects.py",
    "migrations/0*.py": "history: tests/integration/migrations, and `make check` compares it with the models",
    # Parts of one thing, which has tests as a whole.
    "testing/fake_github_*.py": "the fake GitHub over HTTP: tests/integration/testing/test_fake_github*.py",
    "testing/payload_*.py": "sample payloads: tests/unit/testing/test_payloads.py",
}


def untested(names: Collection[str], tests: Collection[str]) -> set[str]:
    """Return the modules without a test file of their name in the folder of their room."""
    return {
        name
        for name in names
        if PurePosixPath(name).name != "__init__.py" and not set(_places(PurePosixPath(name))) & set(tests)
    }


def _places(module: PurePosixPath) -> list[str]:
    name = f"test_{module.stem.lstrip('_')}.py"
    return [str(PurePosixPath(kind) / module.parent / name) for kind in KINDS]


def unexplained(names: Collection[str], tests: Collection[str], exceptions: Mapping[str, str]) -> set[str]:
    """Return the modules without a test that are on no list, and what is on the list and should not be."""
    missing = untested(names, tests)
    stale = {pattern for pattern in exceptions if not any(fnmatch(name, pattern) for name in missing)}
    return {name for name in missing if not any(fnmatch(name, pattern) for pattern in exceptions)} | stale


def test_each_module_has_a_test_of_its_name_in_its_room_or_a_reason() -> None:
    names = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    folder = ROOT / "tests"
    tests = {path.relative_to(folder).as_posix() for path in folder.rglob("test_*.py")}
    assert unexplained(names, tests, WITHOUT_A_TEST_OF_ITS_NAME) == set(), (
        "write tests/unit/ROOM/test_NAME.py or tests/integration/ROOM/test_NAME.py, or take the reason away"
    )


def test_a_module_without_a_test_is_found_and_so_is_one_whose_test_is_in_another_room() -> None:
    names = ["sql/claims.py", "sql/__init__.py", "migrations/_operations.py", "views.py"]
    tests = ["integration/sql/test_claims.py", "unit/migrations/test_operations.py", "unit/test_views.py"]
    assert untested(names, tests) == set()
    assert untested(names, tests[1:]) == {"sql/claims.py"}
    assert untested(["sql/clock.py"], ["unit/process/test_clock.py", "sql/test_clock.py"]) == {"sql/clock.py"}


def test_an_exception_that_is_none_any_more_is_found() -> None:
    exceptions = {"urls.py": "two paths", "testing/fake_*.py": "parts"}
    names = ["urls.py", "testing/fake_a.py", "testing/fake_b.py"]
    assert unexplained(names, [], exceptions) == set()
    assert unexplained(names, ["unit/testing/test_fake_a.py"], exceptions) == set()
    assert unexplained(names[:1], [], exceptions) == {"testing/fake_*.py"}
    assert unexplained(names, ["unit/test_urls.py"], exceptions) == {"urls.py"}
    assert unexplained([*names, "views.py"], [], exceptions) == {"views.py"}
