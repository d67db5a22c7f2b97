"""What in a project's Celery settings keeps ours from working: found before the first message is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .queues import WORKER_TYPES, maintenance_queue, queue_for
from .schedules import SWEEP, is_kept_in_database, schedules
from .settings import TASK_PREFIX

CONFIGURE = "Call django_github_app.celery.configure(app) where the project makes its Celery app."


@dataclass(frozen=True, slots=True)
class Collision:
    """One problem: the number of its check, what is wrong, and what to change."""

    number: str
    message: str
    hint: str


def collisions(conf: Any) -> Iterator[Collision]:
    """Yield what is wrong with the settings of a project's Celery app."""
    yield from _late_acknowledgement(conf)
    yield from _queues(conf)
    yield from _routes(conf)
    yield from _beat(conf)
    yield from _serializer(conf)


def _late_acknowledgement(conf: Any) -> Iterator[Collision]:
    if conf.task_acks_late:
        return
    if conf.get("worker_consumer") != "django_github_app.broker.consumer:Consumer":
        yield Collision(
            "W008",
            "The project's Celery app does not have our settings: task_acks_late is off, so the message of a killed "
            "worker is lost until the sweep.",
            CONFIGURE,
        )
        return
    yield Collision(
        "W008",
        "Celery's task_acks_late is off: the message of a killed worker is lost until the sweep.",
        "Remove CELERY_TASK_ACKS_LATE, or set it to True.",
    )


def _queues(conf: Any) -> Iterator[Collision]:
    declared = {getattr(queue, "name", queue) for queue in conf.task_queues or ()}
    if not declared:
        return
    missing = sorted({*map(queue_for, WORKER_TYPES), maintenance_queue()} - declared)
    if not missing:
        return
    names = ", ".join(missing)
    if conf.task_create_missing_queues:
        yield Collision(
            "W003",
            f"CELERY_TASK_QUEUES declares queues, but not {names}: a worker without --queues leaves them alone.",
            "Declare them, or start workers with `manage.py github worker`, which names its queues.",
        )
    else:
        yield Collision(
            "E006",
            f"CELERY_TASK_CREATE_MISSING_QUEUES is off and CELERY_TASK_QUEUES does not have {names}: nothing can be "
            "sent there.",
            "Declare them in CELERY_TASK_QUEUES.",
        )


def _routes(conf: Any) -> Iterator[Collision]:
    routes = conf.task_routes or ()
    for one in routes if isinstance(routes, list | tuple) else [routes]:
        if not isinstance(one, Mapping):
            continue
        ours = sorted(str(name) for name in one if str(name).startswith("django_github_app."))
        if ours:
            yield Collision(
                "W011",
                f"CELERY_TASK_ROUTES sends {', '.join(ours)} somewhere, which has no effect: our workers would not "
                "look there.",
                "Remove it; GITHUB_APP['QUEUE_PREFIX'] renames the queues.",
            )


def _beat(conf: Any) -> Iterator[Collision]:
    scheduler = str(conf.beat_scheduler or "")
    if is_kept_in_database(conf):
        return
    if scheduler.startswith(("django_celery_beat.", "django_github_app.broker.beat")):
        yield Collision(
            "E007",
            "CELERY_BEAT_SCHEDULER is django-celery-beat's, which is not in INSTALLED_APPS.",
            'Add "django_celery_beat" to INSTALLED_APPS, or remove CELERY_BEAT_SCHEDULER.',
        )
        return
    scheduled = {
        entry.get("task") for entry in (conf.beat_schedule or {}).values() if isinstance(entry, Mapping)
    }
    missing = [one.task.removeprefix(TASK_PREFIX) for one in schedules() if one.task not in scheduled]
    if missing:
        yield Collision(
            "W012",
            f"beat_schedule does not have our schedules ({', '.join(missing)}): "
            + ("nothing is retried or recovered." if SWEEP not in scheduled else "that is never done."),
            f"{CONFIGURE} It adds them to CELERY_BEAT_SCHEDULE; what is assigned to app.conf.beat_schedule later "
            "replaces them: use app.conf.beat_schedule.update.",
        )


def _serializer(conf: Any) -> Iterator[Collision]:
    from kombu.exceptions import KombuError
    from kombu.serialization import dumps, loads, prepare_accept_content

    name, message = conf.task_serializer, [[[1, 2], "sync"], {}, {"callbacks": None}]
    try:
        content_type, encoding, content = dumps(message, serializer=name)
        accepted = prepare_accept_content(conf.accept_content)
        same = loads(content, content_type, encoding, accept=accepted)
    except (KombuError, TypeError, ValueError, KeyError, LookupError) as error:
        yield Collision(
            "E008",
            f"Messages cannot be written with CELERY_TASK_SERIALIZER {name!r} and read with CELERY_ACCEPT_CONTENT "
            f"{conf.accept_content!r} ({type(error).__name__}).",
            "Name the serializer in CELERY_ACCEPT_CONTENT and install what it needs; 'json' needs nothing.",
        )
        return
    if list(same[0]) != message[0]:
        yield Collision(
            "E008",
            f"CELERY_TASK_SERIALIZER = {name!r} does not give back what it was given: ids of events would be wrong.",
            "Use 'json'.",
        )
