"""Which process imports which handler module."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.site import Site

pytestmark = pytest.mark.slow

SYNC, ASYNC = "tests.support.import_handlers", "tests.support.import_ahandlers"


def test_each_worker_imports_its_own_handlers_with_the_first_event_and_the_web_process_none(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(app={"HANDLERS": {"sync": [SYNC], "async": [ASYNC]}})
    site.start()
    assert site.calls() == []

    for worker_type in ("sync", "async", "sync", "async"):
        assert site.post(worker_type, "push").status_code == 202
    site.wait_until_final(4)

    calls = [tuple(call.split()) for call in site.calls()]
    # Each child of the prefork pool loads for itself, once.
    assert set(calls) == {
        ("imported", SYNC, "worker_sync"),
        ("handled", SYNC, "worker_sync"),
        ("imported", ASYNC, "worker_async"),
        ("handled", ASYNC, "worker_async"),
    }
    assert calls.count(("imported", ASYNC, "worker_async")) == 1
    assert calls.count(("imported", SYNC, "worker_sync")) <= 2
    assert (
        calls.count(("handled", SYNC, "worker_sync")) == calls.count(("handled", ASYNC, "worker_async")) == 2
    )
