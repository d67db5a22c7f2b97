"""System checks of handlers with a ``timeout`` of their own: what Celery's and our settings must be for them."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name for it

from django_github_app.conf import app_settings

from .prefix import PREFIX

__all__ = ["check_long_handlers"]


def check_long_handlers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W044, W045. Handler modules are read, not imported."""
    from django_github_app.broker import celery_app
    from django_github_app.broker.time_limits import MARGIN
    from django_github_app.routing.sources import longest_timeout_in

    found: list[CheckMessage] = []
    conf = celery_app.settings()
    in_processes, on_loops = longest_timeout_in("sync"), longest_timeout_in("async")
    limit = conf.task_time_limit or conf.task_soft_time_limit
    if in_processes is not None and limit and not app_settings.LEASE_GUARD:
        wanted = in_processes.timeout + MARGIN
        if wanted > limit:
            found.append(
                Warning(
                    f"{in_processes.handler} ({in_processes.file}:{in_processes.line}) may run for "
                    f"{in_processes.timeout:g} s, but without LEASE_GUARD nobody tells Celery, which ends its task "
                    f"after {limit:g} s.",
                    hint=f"Remove LEASE_GUARD from GITHUB_APP, or set CELERY_TASK_TIME_LIMIT to {wanted:g}.",
                    id=f"{PREFIX}.W044",
                )
            )
    soft = conf.worker_soft_shutdown_timeout
    if (in_processes is not None or on_loops is not None) and 0 < soft <= app_settings.SHUTDOWN_GRACE:
        found.append(
            Warning(
                f"GITHUB_APP['SHUTDOWN_GRACE'] is {app_settings.SHUTDOWN_GRACE:g} s, but Celery cuts a stopping "
                f"worker off after {soft:g} s: its long handlers are not handed back in time.",
                hint=f"Set SHUTDOWN_GRACE to {soft / 2:g}, or CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT above it.",
                id=f"{PREFIX}.W045",
            )
        )
    return found
