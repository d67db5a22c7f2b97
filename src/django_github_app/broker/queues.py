"""Names of the queues, which worker consumes which, and the Celery settings that lose nothing."""

from __future__ import annotations

from typing import Any, Final, Literal

from django_github_app.conf import app_settings

WorkerType = Literal["sync", "async"]
WORKER_TYPES: Final = ("sync", "async")


def queue_for(worker_type: str) -> str:
    """Return the queue that carries events of a worker type."""
    return f"{app_settings.QUEUE_PREFIX}.{worker_type}"


def maintenance_queue() -> str:
    """Return the queue of the sweep, retention and reconciliation; the sync worker consumes it."""
    return f"{app_settings.QUEUE_PREFIX}.maintenance"


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
        "broker_transport_options": {
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "health_check_interval": 25,
        },
        "task_routes": {
            "django_github_app.tasks.process_event": {"queue": queue_for("sync")},
            "django_github_app.tasks.process_events": {"queue": queue_for("sync")},
            "django_github_app.tasks.*": {"queue": maintenance_queue()},
        },
    }
