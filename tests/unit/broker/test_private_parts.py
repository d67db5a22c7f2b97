"""What we replace in others, and what is no API of theirs: a new version that changes one fails here, by name.

`pyproject.toml` has an upper bound for each of these packages; raise it when this passes with the new version.
"""

from __future__ import annotations

import inspect
import tomllib
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

# Where it is → its parameters, and which module of ours depends on it.
PRIVATE = {
    "kombu.transport.redis:Channel._create_client": ("self, asynchronous=False", "broker.redis"),
    "kombu.transport.redis:Channel._do_restore_message": (
        "self, payload, exchange, routing_key, pipe, leftmost=False",
        "broker.redis",
    ),
    "kombu.transport.redis:Channel.pool": (None, "broker.redis"),
    "kombu.transport.redis:Channel.QoS": (None, "broker.redis"),
    "kombu.transport.redis:QoS.append": ("self, message, delivery_tag", "broker.redis"),
    "kombu.transport.redis:QoS.ack": ("self, delivery_tag", "broker.redis"),
    "kombu.transport.redis:QoS.reject": ("self, delivery_tag, requeue=False", "broker.redis"),
    "kombu.transport.redis:QoS.restore_unacked": ("self, client=None", "broker.redis"),
    "kombu.transport.redis:QoS.pipe_or_acquire": ("self, pipe=None, client=None", "broker.redis"),
    "kombu.transport.virtual:QoS.append": ("self, message, delivery_tag", "broker.redis"),
    "kombu.transport.virtual:QoS.ack": ("self, delivery_tag", "broker.redis"),
    "celery.worker.consumer:Consumer.connection_for_read": ("self, heartbeat=None", "broker.consumer"),
    "celery.worker.consumer:Consumer.update_strategies": ("self", "broker.consumer"),
    "celery.worker.consumer:Consumer.on_connection_error_after_connected": ("self, exc", "broker.consumer"),
    "celery.apps.worker:Worker.install_platform_tweaks": ("self, worker", "broker.companion"),
    "celery.worker.state:should_stop": (None, "broker.companion"),
    "celery.app.amqp:Queues.deselect": ("self, exclude", "broker.companion"),
    "celery.app.amqp:Queues.consume_from": (None, "broker.companion"),
    "celery.app.task:Task.apply_async": (
        "self, args=None, kwargs=None, task_id=None, producer=None, link=None, link_error=None, shadow=None,"
        " **options",
        "tasks",
    ),
    "celery._state:get_current_app": ("", "broker.publisher"),
    "celery._state:default_app": (None, "broker.queues"),
    "celery._state:_tls": (None, "broker.queues"),
    "celery.bin.celery:celery.params": (None, "broker.program"),
    "django.core.cache.backends.redis:RedisCacheClient.get_client": (
        "self, key=None, *, write=False",
        "github.cache",
    ),
}


@pytest.mark.parametrize("where", PRIVATE)
def test_a_private_part_is_as_we_know_it(where: str) -> None:
    parameters, user = PRIVATE[where]
    module, _, path = where.partition(":")
    try:
        found: Any = reduce(getattr, path.split("."), import_module(module))
    except (ImportError, AttributeError):
        pytest.fail(f"{where} is gone; django_github_app.{user} needs it")
    if parameters is not None:
        shown = ", ".join(
            str(one.replace(annotation=inspect.Parameter.empty)).replace(" = ", "=")
            for one in _with_marks(inspect.signature(found))
        )
        assert shown == parameters, f"{where} has other parameters; see django_github_app.{user}"


def _with_marks(signature: inspect.Signature) -> list[Any]:
    found: list[Any] = []
    for one in signature.parameters.values():
        keyword_only = one.kind is inspect.Parameter.KEYWORD_ONLY
        if keyword_only and not any(isinstance(mark, _Star) for mark in found):
            found.append(_Star())
        found.append(one)
    return found


class _Star:
    def replace(self, **kwargs: Any) -> str:
        return "*"


def test_the_configuration_of_celery_has_its_defaults_last() -> None:
    # Where broker.settings puts ours: above Celery's, below the project's.
    from celery import Celery

    conf: Any = Celery("private", set_as_current=False, fixups=[]).conf
    assert conf.task_acks_late is False
    assert conf.maps[-1]["task_acks_late"] is False
    assert conf.defaults[-1] is conf.maps[-1]


def test_a_redis_cache_keeps_its_client_where_we_look() -> None:
    from django.core.cache.backends.redis import RedisCache

    cache: Any = RedisCache("redis://localhost:1", {})
    assert cache._servers == ["redis://localhost:1"]
    assert cache._cache.get_client(write=True) is not None


def test_the_bounds_of_what_we_replace_are_bounded_above() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    (celery,) = [one for one in project["dependencies"] if one.startswith("celery")]
    assert celery == "celery[redis]>=5.7,<5.8"
