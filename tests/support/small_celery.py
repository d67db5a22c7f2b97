"""A Celery app whose tasks write down, in a Redis, which process ran them."""

from __future__ import annotations

import os
import time

import redis
from celery import Celery

from django_github_app.celery import configure

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.small_settings")

app = configure(Celery("small", set_as_current=False))
app.config_from_object("django.conf:settings", namespace="CELERY")


def note(text: str) -> None:
    with redis.Redis.from_url(os.environ["SMALL_NOTES_URL"]) as client:
        client.rpush("notes", text)


@app.task(name="small.hold")
def hold(seconds: float) -> None:
    """Keep a process or thread of the worker busy."""
    note("held")
    time.sleep(seconds)


@app.task(name="small.maintain")
def maintain() -> None:
    """Stand in for the sweep."""
    note(f"maintained {os.getpid()}")
