"""What other rooms ask of the Celery application."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from django_github_app.broker import celery_app


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Celery:
    made = Celery("project", broker="redis://:secret@127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr("celery._state.get_current_app", lambda: made)
    return made


@pytest.mark.parametrize("eager", [True, False])
def test_whether_tasks_run_where_they_are_sent_is_what_the_project_says(app: Celery, eager: bool) -> None:
    app.conf.task_always_eager = eager
    assert celery_app.runs_eagerly() is eager


@pytest.mark.parametrize(
    ("answers", "queues"),
    [
        (None, set()),
        (
            {"a@host": [{"name": "github.sync"}], "b@host": [{"name": "github.sync"}, {"name": "x"}]},
            {"github.sync", "x"},
        ),
    ],
)
def test_consumed_queues_are_those_of_all_workers_that_answer(
    app: Celery, monkeypatch: pytest.MonkeyPatch, answers: Any, queues: set[str]
) -> None:
    inspected = SimpleNamespace(active_queues=lambda: answers)
    monkeypatch.setattr(app.control, "inspect", lambda timeout: inspected)
    assert celery_app.consumed_queues() == queues


def test_a_broker_that_does_not_answer_raises_and_its_password_is_not_in_the_message(app: Celery) -> None:
    with pytest.raises(OperationalError) as raised:
        celery_app.reach_broker()
    assert "secret" not in str(raised.value)
