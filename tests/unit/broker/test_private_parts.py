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

from tests.unit.test_source_rules import FOREIGN_PRIVATE_PARTS

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
    "celery.concurrency.asynpool:AsynPool._on_soft_timeout": (
        "self, job, soft, hard, hub",
        "broker.time_limits",
    ),
    "celery.concurrency.asynpool:AsynPool._on_hard_timeout": ("self, job", "broker.time_limits"),
    "billiard.common:_should_have_exited": (None, "broker.shutdown"),
    "gidgethub.abc:GitHubAPI._make_request": (
        "self, method, url, url_vars, data, accept, jwt=None, oauth_token=None, content_type='application/json',"
        " extra_headers=None",
        "github.client",
    ),
    "storages.backends.s3:S3Storage._normalize_name": ("self, name", "retention.stores"),
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


def test_a_plain_router_keeps_its_routes_where_we_look() -> None:
    from gidgethub.routing import Router

    router: Any = Router()
    router.add(callable, "push")
    router.add(callable, "issues", action="opened")
    assert router._shallow_routes == {"push": [callable]}
    assert router._deep_routes == {"issues": {"action": {"opened": [callable]}}}


def test_django_keeps_what_was_read_of_a_request_and_what_a_storage_was_made_with() -> None:
    from django.core.files.storage import FileSystemStorage
    from django.test import RequestFactory

    request: Any = RequestFactory().post("/", data=b"body", content_type="text/plain")
    assert (request._read_started, hasattr(request, "_body")) == (False, False)
    assert request.body == request._body == b"body"
    storage: Any = FileSystemStorage(location="/nowhere")
    assert storage._constructor_args == ((), {"location": "/nowhere"})


def test_django_knows_of_a_manager_which_database_it_was_told_and_of_a_row_whether_it_exists() -> None:
    from django.contrib.contenttypes.models import ContentType

    rows: Any = ContentType._default_manager.using("other")
    assert (rows._db, rows._hints) == ("other", {})
    hints: Any = {"a": 1}
    manager: Any = ContentType._default_manager.db_manager("other", hints=hints)
    assert (manager._db, manager._hints) == ("other", hints)
    assert ContentType()._state.adding is True


def test_billiard_numbers_the_work_of_a_pool() -> None:
    from billiard.pool import ApplyResult

    cache: dict[int, Any] = {}
    results: list[Any] = [ApplyResult(cache, None), ApplyResult(cache, None)]
    first, second = results
    assert second._job > first._job


WATCHED_ABOVE = {
    "_deep_routes",
    "_shallow_routes",
    "_body",
    "_read_started",
    "_constructor_args",
    "_db",
    "_hints",
}
WATCHED_ABOVE |= {"_state", "_job", "_cache", "_servers"}


def test_every_private_part_on_the_list_of_the_source_rules_is_watched_here() -> None:
    listed = {name for parts in FOREIGN_PRIVATE_PARTS.values() for name in parts}
    parts = {part for where in PRIVATE for part in where.replace(":", ".").split(".") if part.startswith("_")}
    assert listed - parts <= WATCHED_ABOVE


@pytest.mark.parametrize("bounded", ["celery[redis]>=5.7,<5.8", "kombu>=5.7,<5.8", "gidgethub>=6.0,<7"])
def test_what_we_replace_parts_of_is_bounded_above(bounded: str) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert bounded in project["dependencies"]
