"""``manage.py github worker`` and ``github beat``: Celery's programs with the right options."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from django_github_app.broker import program
from django_github_app.cli import github


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []

    def run(*arguments: str) -> int:
        calls.append(arguments)
        return 3

    monkeypatch.setattr(program, "run", run)
    monkeypatch.setattr(program, "default_queue", lambda: "own")
    return calls


def run(*arguments: str) -> int:
    return CliRunner().invoke(github, arguments).exit_code


@pytest.mark.parametrize(
    ("arguments", "pool", "concurrency"),
    [
        (["sync"], "prefork", 2),
        (["async"], "threads", 16),
        (["async", "--concurrency", "5"], "threads", 5),
    ],
)
def test_a_worker_of_a_type_has_its_queues_pool_and_name(
    started: list[tuple[str, ...]], arguments: list[str], pool: str, concurrency: int
) -> None:
    assert run("worker", *arguments) == 3
    kind = arguments[0]
    assert started == [
        (
            "worker",
            f"--queues=github.{kind},own,github.maintenance",
            f"--pool={pool}",
            f"--concurrency={concurrency}",
            "--loglevel=INFO",
            f"--hostname={kind}@%h",
        )
    ]


def test_what_follows_is_passed_on(started: list[tuple[str, ...]]) -> None:
    run("worker", "sync", "--max-tasks-per-child=5", "-E")
    assert started[0][-2:] == ("--max-tasks-per-child=5", "-E")
    run("beat", "--loglevel", "DEBUG", "--pidfile=")
    assert started[1] == ("beat", "--loglevel=DEBUG", "--pidfile=")


def test_there_is_no_other_type(started: list[tuple[str, ...]]) -> None:
    assert (run("worker", "both"), started) == (2, [])
