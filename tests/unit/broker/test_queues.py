"""Names of the queues, and which worker consumes which."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.broker.queues import WORKER_TYPES, maintenance_queue, queue_for, queues_of


@pytest.fixture(autouse=True)
def _prefix(settings: Any) -> None:
    settings.GITHUB_APP = {"QUEUE_PREFIX": "bot"}


def test_each_worker_type_has_a_queue_and_maintenance_one_of_its_own() -> None:
    names = [*map(queue_for, WORKER_TYPES), maintenance_queue()]
    assert names == ["bot.sync", "bot.async", "bot.maintenance"]


def test_a_worker_consumes_its_events_before_the_projects_tasks_and_maintenance() -> None:
    assert queues_of("async", "celery") == ["bot.async", "celery", "bot.maintenance"]


def test_a_default_queue_that_is_one_of_ours_is_consumed_once() -> None:
    assert queues_of("sync", "bot.sync") == ["bot.sync", "bot.maintenance"]
