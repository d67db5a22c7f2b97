"""What Celery logs of tasks, and what is left out of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from celery import signals
from celery.app import trace

from django_github_app.broker import task_logs

OURS = "django_github_app.tasks.sweep"


@pytest.fixture(autouse=True)
def installed(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in task_logs.LOGGERS]
    before = [(logger, logger.filters[:], logger.level) for logger in loggers]
    caplog.set_level(logging.INFO)
    task_logs.install()
    signals.worker_init.send(sender=None)
    yield
    for logger, filters, level in before:
        logger.filters[:] = filters
        logger.setLevel(level)


def say(task: str) -> None:
    """What a worker and beat say of a task that goes well, in the words of Celery."""
    context = {"id": "1", "name": task, "return_value": "None", "runtime": 0.1, "args": "()", "kwargs": "{}"}
    logging.getLogger("celery.worker.strategy").info(trace.LOG_RECEIVED, context, extra={"data": context})
    trace.info(trace.LOG_SUCCESS, context)
    logging.getLogger("celery.beat").info("Scheduler: Sending due task %s (%s)", "any name", task)


def test_of_our_tasks_that_go_well_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    say(OURS)
    assert caplog.records == []


def test_of_a_projects_own_tasks_all_is_said(caplog: pytest.LogCaptureFixture) -> None:
    say("shop.tasks.send_invoice")
    assert len(caplog.records) == 3


def test_failures_of_our_tasks_are_said(caplog: pytest.LogCaptureFixture) -> None:
    context = {"id": "1", "name": OURS, "description": "raised unexpected", "exc": "x", "traceback": ""}
    trace.logger.error(trace.LOG_FAILURE, context)
    assert len(caplog.records) == 1


def test_who_debugs_sees_everything(caplog: pytest.LogCaptureFixture) -> None:
    for name in task_logs.LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    say(OURS)
    assert len(caplog.records) == 3


def test_other_lines_of_beat_and_worker_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("celery.beat").info("beat: Starting...")
    logging.getLogger("celery.beat").info("sync: %s", 3)
    assert len(caplog.records) == 2
