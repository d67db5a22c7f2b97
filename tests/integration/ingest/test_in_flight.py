"""How many bytes of request bodies a process holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_github_app.deliveries import TooManyBytes
from django_github_app.ingest import in_flight, inbox
from django_github_app.ingest.in_flight import Held, bytes_in_flight
from django_github_app.models import EventLog
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ALL, Entrance, through_view, through_wsgi_application
from tests.support.requests import request

pytestmark = pytest.mark.usefixtures("db", "nothing_stays_in_flight")

Configure = Callable[..., None]
MIB = 1024 * 1024


@pytest.fixture(params=ALL)
def entrance(request: pytest.FixtureRequest) -> Entrance:
    return ALL[request.param]()


WSGI = pytest.mark.parametrize("ask", [through_wsgi_application, through_view], ids=["application", "view"])


def test_bytes_beyond_the_budget_are_refused_and_sent_again_later(
    entrance: Entrance, configure: Configure
) -> None:
    configure(MAX_BYTES_IN_FLIGHT=2 * MIB)
    others = Held()
    others.add(2 * MIB)
    try:
        answer = entrance.send(request())
        assert (answer.status, answer.json["error"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        assert not EventLog.objects.exists()
    finally:
        others.release()
    assert entrance.send(request()).status == 202


def test_large_bodies_leave_room_for_the_usual_ones(configure: Configure) -> None:
    configure(MAX_BYTES_IN_FLIGHT=8 * MIB)
    large = [Held() for _ in range(20)]
    admitted = 0
    try:
        for one in large:
            try:
                one.add(MIB)
                admitted += 1
            except TooManyBytes:
                break
        assert admitted == 7
        assert ALL["plain ASGI"]().send(request()).status == 202
    finally:
        for one in large:
            one.release()


def test_one_body_alone_is_not_refused_for_the_budget(configure: Configure) -> None:
    configure(MAX_BYTES_IN_FLIGHT=1)
    assert ALL["plain WSGI"]().send(request()).status == 202


def test_a_body_counts_until_its_request_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    store = inbox.store

    def watched(*given: Any) -> Any:
        seen.append(bytes_in_flight())
        return store(*given)

    monkeypatch.setattr(inbox, "store", watched)
    made = request()
    assert ALL["plain WSGI"]().send(made).status == 202
    assert ALL["sync view"]().send(made).status == 202
    assert seen == [len(made.body)] * 2
    assert bytes_in_flight() == 0


def test_a_forked_process_holds_nothing() -> None:
    held = Held()
    held.add(1000)
    in_flight._forget_after_fork()
    assert bytes_in_flight() == 0
    held.size = 0
