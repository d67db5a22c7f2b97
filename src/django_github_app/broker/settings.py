"""The Celery settings that lose nothing, put below the project's own; maps are merged, not replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import schedules
from .queues import maintenance_queue, queue_for

TASK_PREFIX = "django_github_app.tasks."
EVENT_TASKS = tuple(f"{TASK_PREFIX}{name}" for name in ("process_event", "process_events", "process_alone"))


def recommended_settings() -> dict[str, Any]:
    """Return the Celery settings this package needs to lose nothing; a project's own values win.

    What each one prevents is said in docs/celery.md.
    """
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_time_limit": 840,  # below visibility_timeout: a message is never handed out twice while it runs
        "worker_consumer": "django_github_app.broker.consumer:Consumer",
        "worker_prefetch_multiplier": 1,
        # The claim in the database keeps a redelivered message from running twice; cutting callbacks off because the
        # broker stumbled would only make them run again.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_soft_shutdown_timeout": 20.0,
        "worker_enable_soft_shutdown_on_idle": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": _transport_options(),
        "task_routes": (_OurRoutes(),),
    }


def _transport_options() -> dict[str, Any]:
    return {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
    }


class _OurRoutes:
    """Celery's protocol of a router. It comes first, so that no pattern of the project catches our tasks."""

    def __call__(self, name: str, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        return {"queue": queue_of(name)} if name.startswith(TASK_PREFIX) else None


def queue_of(task: str) -> str:
    """Return the queue that one of our tasks goes to unless the caller names another."""
    return queue_for("sync") if task in EVENT_TASKS else maintenance_queue()


def put_below(conf: Any) -> None:
    """Put our settings below those of a project's Celery app, once it has read its own.

    A value of the project wins. Three settings are maps or lists, of which Celery knows only one: they become the
    union of both.
    """
    own = _set_by_the_project(
        conf, "broker_transport_options", "task_routes", "beat_schedule", "beat_scheduler"
    )
    ours = {**recommended_settings(), **schedules.beat_settings(own["beat_scheduler"])}
    # Not `app.add_defaults`: in spite of its name, it wins over what `config_from_object` reads. The last of the
    # maps are Celery's defaults; ours go right above them.
    conf.maps.insert(-1, ours)
    conf.defaults.insert(-1, ours)
    if own["task_routes"]:
        others = [one for one in _as_list(own["task_routes"]) if not isinstance(one, _OurRoutes)]
        conf["task_routes"] = (_OurRoutes(), *others)
    for name in ("broker_transport_options", "beat_schedule"):
        if own[name] and isinstance(own[name], Mapping) and isinstance(ours.get(name), Mapping):
            conf[name] = {**ours[name], **own[name]}


def _set_by_the_project(conf: Any, *names: str) -> dict[str, Any]:
    defaults = conf.maps.pop()  # Celery's own, which would answer for what nobody set
    try:
        return {name: conf.get(name) for name in names}
    finally:
        conf.maps.append(defaults)


def _as_list(routes: Any) -> list[Any]:
    return list(routes) if isinstance(routes, list | tuple) else [routes]
