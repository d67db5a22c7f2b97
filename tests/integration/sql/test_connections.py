"""Which connections are replaced after a callback, also one that the thread opened a moment ago."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from django_github_app.sql.connections import make_fit

pytestmark = pytest.mark.django_db(transaction=True)


def in_new_thread(call: Callable[[], Any]) -> Any:
    """Return what it returns in a thread that has no connections yet."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(call())
        except BaseException as error:
            found.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


@pytest.fixture(autouse=True)
def server() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite belongs to one thread: unset DATABASE_URL")


def open_transaction() -> None:
    transaction.atomic().__enter__()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def begin_by_hand() -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")


@pytest.mark.parametrize("leave", [open_transaction, begin_by_hand])
@pytest.mark.parametrize("looked_before", [False, True])
def test_a_transaction_on_a_connection_that_the_callback_opened_is_given_up(
    leave: Callable[[], None], looked_before: bool
) -> None:
    def call() -> tuple[list[str], bool]:
        if looked_before:
            assert make_fit(failed=False) == []
        leave()
        given_up = make_fit(failed=False)
        return given_up, connection.in_atomic_block

    assert in_new_thread(call) == (["default"], False)


def test_autocommit_that_was_turned_off_is_on_for_the_next_callback() -> None:
    def call() -> bool:
        connection.ensure_connection()
        make_fit(failed=False)
        transaction.set_autocommit(False)
        assert make_fit(failed=False) == []
        return transaction.get_autocommit()

    assert in_new_thread(call)


def test_a_connection_that_was_opened_again_is_looked_at_once_more() -> None:
    def call() -> list[str]:
        connection.ensure_connection()
        make_fit(failed=False)
        connection.close()
        open_transaction()
        return make_fit(failed=False)

    assert in_new_thread(call) == ["default"]


def test_another_alias_opened_after_the_first_look_is_looked_at_too() -> None:
    def call() -> list[str]:
        connection.ensure_connection()
        make_fit(failed=False)
        other = connections.create_connection("default")
        other.alias = "other"
        connections.settings["other"] = connections.settings["default"]
        connections["other"] = other
        try:
            other.connect()  # as `ensure_connection`, which tests have forbidden to other aliases
            other.connection.execute("BEGIN")
            given_up = make_fit(failed=False)
            other.close()
            return given_up
        finally:
            del connections["other"], connections.settings["other"]

    assert in_new_thread(call) == ["other"]


def test_a_good_connection_is_kept_and_nothing_is_asked_of_django(monkeypatch: pytest.MonkeyPatch) -> None:
    def call() -> bool:
        connection.ensure_connection()
        make_fit(failed=False)
        raw = connection.connection

        def walk(**_: Any) -> Any:
            raise AssertionError("a callback that returned has all connections walked")

        with monkeypatch.context() as patch:
            patch.setattr(connections, "all", walk)
            assert make_fit(failed=False) == []
        return connection.connection is raw

    assert in_new_thread(call)
