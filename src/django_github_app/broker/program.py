"""Celery's command line, run from ours."""

from __future__ import annotations

from celery._state import get_current_app

__all__ = ["default_queue", "run"]


def default_queue() -> str:
    """Return the queue of the project's own tasks."""
    return str(get_current_app().conf.task_default_queue)


def run(*arguments: str) -> int:
    """Run ``celery`` on the project's app, and return its exit code: `Celery.start` and `worker_main` drop it."""
    from celery.bin.celery import celery

    app_option = celery.params[0]
    app_option.default = get_current_app()
    try:
        code = celery.main(args=list(arguments), prog_name="celery", standalone_mode=False)
    finally:
        app_option.default = None
    return int(code or 0)
