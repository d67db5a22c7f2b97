"""What the other rooms ask of the project's Celery application, and of the workers that answer to it.

Celery's own ``current_app`` is a proxy that is resolved anew at each use, and finds a different application in each
thread that Celery does not know; `current_app` here is the application itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from celery import _state
from django.core.exceptions import ImproperlyConfigured

from .redis import CLUSTER, is_cluster

if TYPE_CHECKING:
    from celery import Celery


def current_app() -> Celery:
    """Return the Celery application that this process publishes with."""
    app: Celery = _state.get_current_app()
    return app


def settings() -> Any:
    """Return the settings of the current application, with Celery's lower-case names."""
    return current_app().conf


def runs_eagerly() -> bool:
    """Return whether tasks run where they are sent (``task_always_eager``), so that no broker is involved."""
    return bool(settings().task_always_eager)


def reach_broker() -> str:
    """Connect to the broker once and return its address without the password.

    Raises what its client raises, and ImproperlyConfigured for a broker that Celery cannot use.
    """
    with current_app().connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5, interval_start=0)
        if is_cluster(connection.default_channel):
            raise ImproperlyConfigured(CLUSTER)
        return str(connection.as_uri())


def consumed_queues(timeout: float = 2.0) -> set[str]:
    """Return the names of the queues that workers consume, as far as they answer within ``timeout`` seconds."""
    answers = current_app().control.inspect(timeout=timeout).active_queues() or {}
    return {queue["name"] for queues in answers.values() for queue in queues}


def ensure_celery_app(own_app: Callable[[], Celery]) -> None:
    """Make sure that every thread publishes to the project's broker.

    A project that has a Celery app of its own imports it from its package, before apps are ready. One that has
    none (it used django-github-app until now) gets ``own_app()``, `django_github_app.celery.app`.
    """
    if getattr(_state, "default_app", None) is not None:
        return
    # Celery keeps its current app per thread; other threads would see an app without the project's settings.
    app = getattr(getattr(_state, "_tls", None), "current_app", None)
    if app is None:
        app = own_app()
    app.set_default()


__all__ = [
    "consumed_queues",
    "current_app",
    "ensure_celery_app",
    "reach_broker",
    "runs_eagerly",
    "settings",
]
