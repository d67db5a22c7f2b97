"""Celery's command line, run from ours."""

from __future__ import annotations

from typing import Any

import celery.bin.celery
import pytest
from celery import Celery

from django_github_app.broker import program


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Celery:
    app = Celery("project", set_as_current=False)
    app.conf.task_default_queue = "own"
    monkeypatch.setattr(program, "get_current_app", lambda: app)
    return app


def test_the_default_queue_is_that_of_the_projects_app(app: Celery) -> None:
    assert program.default_queue() == "own"


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (0, 0), (73, 73)])
def test_the_exit_code_of_celery_is_returned(
    app: Celery, monkeypatch: pytest.MonkeyPatch, code: int | None, expected: int
) -> None:
    command = celery.bin.celery.celery
    asked: list[Any] = []

    def main(args: list[str], **options: Any) -> int | None:
        asked.append((args, command.params[0].default, options["standalone_mode"]))
        return code

    monkeypatch.setattr(command, "main", main)
    assert program.run("worker", "--loglevel=INFO") == expected
    assert asked == [(["worker", "--loglevel=INFO"], app, False)]


def test_the_app_is_not_left_as_celerys_default_when_the_program_fails(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def main(**options: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr(celery.bin.celery.celery, "main", main)
    with pytest.raises(RuntimeError):
        program.run("beat")
    assert celery.bin.celery.celery.params[0].default is None
