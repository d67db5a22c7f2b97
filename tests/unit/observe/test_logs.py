from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider

from django_github_app import probes
from django_github_app.observe import tracing
from django_github_app.observe.logs import TraceIds, add_trace_ids


@pytest.fixture
def traced() -> Iterator[None]:
    provider = TracerProvider()
    tracing.start(provider)
    yield
    tracing.stop()
    provider.shutdown()


def record() -> logging.LogRecord:
    return logging.LogRecord("app", logging.INFO, __file__, 1, "event finished", None, None)


@pytest.mark.usefixtures("traced")
def test_lines_inside_a_trace_name_it() -> None:
    assert probes.tracer is not None
    with probes.tracer.receive("test"):
        trace_id = probes.tracer.trace_id()
        line = record()
        assert TraceIds().filter(line)
        assert line.__dict__["trace_id"] == trace_id
        assert len(line.__dict__["span_id"]) == 16
        assert add_trace_ids(None, "info", {"event": "x"})["trace_id"] == trace_id
        assert add_trace_ids(None, "info", {"trace_id": "mine"})["trace_id"] == "mine"


def test_without_tracing_nothing_is_added_and_nothing_is_kept_back() -> None:
    line = record()
    assert TraceIds().filter(line)
    assert "trace_id" not in line.__dict__
    assert add_trace_ids(None, "info", {"event": "x"}) == {"event": "x"}


@pytest.mark.usefixtures("traced")
def test_outside_of_every_trace_there_is_no_id() -> None:
    assert add_trace_ids(None, "info", {}) == {}
