"""What each process of a worker, of beat and of the web does for those who look at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from django_github_app.broker import lifecycle
from django_github_app.models import Pulse
from django_github_app.observe import collecting, metrics, pulses, rollups, start

pytestmark = pytest.mark.django_db

Kept = list[tuple[list[Any], Callable[[], None] | None]]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Duties that a thread would have."""
    kept: Kept = []
    monkeypatch.setattr(start, "_keep", lambda duties, first=None: kept.append((duties, first)))
    yield kept
    collecting.stop()


def configure(settings: Any, **values: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, **values}


@pytest.mark.parametrize(
    ("values", "duties"),
    [
        ({"ROLLUPS": False, "METRICS": False, "ALARMS": None}, 1),
        ({"ROLLUPS": True, "METRICS": False, "ALARMS": None}, 4),
        ({"ROLLUPS": False, "METRICS": False, "ALARMS": {}}, 2),
    ],
)
def test_a_worker_does_what_the_settings_ask_for_and_gives_signs_of_life(
    kept: Kept, settings: Any, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], duties: int
) -> None:
    configure(settings, **values)
    monkeypatch.setattr(lifecycle, "worker_types", lambda: ["sync", "maintenance"])
    start._in_worker()
    ((done, first),) = kept
    assert len(done) == duties
    assert first is not None
    first()
    assert set(Pulse.objects.values_list("name", flat=True)) == {
        pulses.worker_name("sync"),
        pulses.worker_name("maintenance"),
    }


@pytest.mark.parametrize(
    ("types", "siblings", "serves"),
    [(["maintenance"], True, True), (["sync"], True, False), (["sync", "maintenance"], False, True)],
)
def test_one_process_of_a_worker_answers_on_its_port(
    monkeypatch: pytest.MonkeyPatch, types: list[str], siblings: bool, serves: bool
) -> None:
    monkeypatch.setattr(lifecycle, "has_siblings", lambda: siblings)
    assert start._serves(types) is serves


def test_beat_is_alive_since_it_sent_the_sweep(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_beat_sent_at", None)
    start._in_beat()
    note = kept[0][0][0].do
    note()
    assert not Pulse.objects.exists()
    start._note_beat()
    later = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    note()
    age = pulses.database_now() - Pulse.objects.get(name=pulses.BEAT).at
    assert 590 < age.total_seconds() < 660


def test_counters_that_could_not_be_written_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    counts = SimpleNamespace(take_rollups=lambda: "taken", give_back=given.append)

    def write(*args: Any) -> None:
        raise OSError

    monkeypatch.setattr(collecting, "counts", lambda: counts)
    monkeypatch.setattr(rollups, "write", write)
    monkeypatch.setattr(start, "_write_rollups", lambda additions: None)
    with pytest.raises(OSError, match=r"^$"):
        start._roll_up()
    assert given == ["taken"]


def test_the_processes_of_a_worker_share_a_folder_where_metrics_are_on(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics.WORKER_DIR, "that of the web server")
    removed: list[Callable[[], None]] = []
    monkeypatch.setattr(start.atexit, "register", removed.append)
    configure(settings, METRICS=False)
    start._before_worker()
    assert removed == []
    configure(settings, METRICS=True)
    start._before_worker()
    folder = Path(start.os.environ[metrics.WORKER_DIR])
    assert folder.is_dir()
    removed[0]()
    assert not folder.exists()


def test_closing_stops_the_thread_and_the_server_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    start._process.take()
    start.close()
    done: list[str] = []
    process = start._process.get()
    keeper: Any = SimpleNamespace(stop=lambda: done.append("stopped"))
    process.keeper = keeper
    process.server = SimpleNamespace(
        shutdown=lambda: done.append("shut down"), server_close=lambda: done.append("closed")
    )
    start.close()
    start.close()
    assert done == ["stopped", "shut down", "closed"]
