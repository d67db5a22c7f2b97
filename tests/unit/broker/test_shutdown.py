"""Whether an exception came from a signal that ends the worker, or from the code it came out of."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest
from billiard import common
from celery.exceptions import WorkerShutdown, WorkerTerminate

from django_github_app.broker import shutdown
from django_github_app.broker.shutdown import ends_the_process


@pytest.mark.parametrize("error", [WorkerShutdown(0), WorkerTerminate(1)])
def test_what_celery_raises_to_end_a_worker_ends_it(error: BaseException) -> None:
    assert ends_the_process(error)


@pytest.mark.parametrize("told", [True, False])
def test_a_system_exit_counts_when_the_pool_process_was_told_to_exit(
    monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    monkeypatch.setattr(common, "_should_have_exited", [told])
    assert ends_the_process(SystemExit(0)) is told


def test_an_error_of_the_callback_ends_nothing() -> None:
    assert not ends_the_process(ValueError())


def test_a_keyboard_interrupt_that_the_code_raises_itself_is_its_own() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        raise KeyboardInterrupt
    assert not ends_the_process(caught.value)


def _press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def test_ctrl_c_is_a_signal_in_the_main_thread_and_nowhere_else() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            _press_ctrl_c()
        assert ends_the_process(caught.value)
        elsewhere: list[bool] = []
        thread = threading.Thread(target=lambda: elsewhere.append(ends_the_process(caught.value)))
        thread.start()
        thread.join()
        assert elsewhere == [False]
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("initialized", [True, False])
def test_a_process_is_a_workers_once_celery_has_set_it_up(
    monkeypatch: pytest.MonkeyPatch, initialized: bool
) -> None:
    loader = SimpleNamespace(worker_initialized=initialized)
    monkeypatch.setattr(shutdown, "current_app", SimpleNamespace(loader=loader))
    assert shutdown.in_worker() is initialized
