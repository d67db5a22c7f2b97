"""The database connections that callbacks find, and what is said of one that left a transaction open."""

from __future__ import annotations

import pytest

from django_github_app.errors import GitHubAppError
from django_github_app.execution import connections
from django_github_app.execution.connections import (
    TransactionLeftOpen,
    refuse_open_transaction,
    with_connections,
)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happened to the connections, in its order; ``given_up`` are those that were left in a transaction."""
    done: list[str] = []
    monkeypatch.setattr(connections, "close_old_connections", lambda: done.append("old closed"))
    monkeypatch.setattr(connections, "watch_thread", lambda: done.append("watched"))
    return done


def fit(monkeypatch: pytest.MonkeyPatch, done: list[str], given_up: list[str]) -> None:
    def make_fit(*, failed: bool) -> list[str]:
        done.append(f"made fit, failed: {failed}")
        return given_up

    monkeypatch.setattr(connections, "make_fit", make_fit)


def test_a_callback_finds_good_connections_and_leaves_good_ones(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(monkeypatch, done, [])
    assert with_connections(divmod, (7, 2), {}) == (3, 1)
    assert done == ["old closed", "watched", "made fit, failed: False", "old closed"]


def test_what_it_raises_comes_out_and_counts_before_a_transaction(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(monkeypatch, done, ["default"])
    with pytest.raises(ZeroDivisionError):
        with_connections(divmod, (1, 0), {})
    assert done[-2:] == ["made fit, failed: True", "old closed"]


def test_a_transaction_that_is_left_open_is_the_callbacks_failure(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(monkeypatch, done, ["default", "other"])
    with pytest.raises(TransactionLeftOpen, match="left a transaction open on default, other; what it did"):
        with_connections(divmod, (7, 2), {})
    with pytest.raises(GitHubAppError):
        refuse_open_transaction(["default"])


@pytest.mark.parametrize("odd", [True, False])
def test_the_thread_of_asynchronous_callbacks_is_looked_at_once_it_is_watched(
    monkeypatch: pytest.MonkeyPatch, odd: bool
) -> None:
    monkeypatch.setattr(connections, "looks_odd", lambda opened: odd)
    connections._beside.take()
    assert not connections.looks_odd_beside()
    connections._beside.get().opened = []
    assert connections.looks_odd_beside() is odd
    connections._beside.take()
