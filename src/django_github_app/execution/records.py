"""What an event's callbacks came to, on its way into the ledger while the next one runs."""

from __future__ import annotations

from django_github_app.process.group_commit import GroupFull, Pending
from django_github_app.sql.outcomes import RunOutcome

from .recorder import Record, Recorded, Recorder

__all__ = ["Records"]


class Records:
    """The runs of an event: sent to the ledger one by one, and kept until it has confirmed them."""

    __slots__ = ("_recorder", "_runs", "_sent")

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._runs: list[RunOutcome] = []
        self._sent: list[Pending[Recorded]] = []

    def add(self, run: RunOutcome) -> None:
        self._runs.append(run)

    def send(self) -> None:
        """Hand over what was added since; one that cannot be handed over goes with the outcome."""
        if not self._runs:
            return
        for run in self._runs[len(self._sent) :]:
            try:
                self._sent.append(self._recorder.put(Record([run])))
            except GroupFull:
                return

    def waits_for(self) -> list[int]:
        """Return the keys under which runs wait for their turn."""
        return [run.place.key for run in self._runs if run.place is not None and run.place.wait is not None]

    def unconfirmed(self) -> list[RunOutcome]:
        """Return what the event's outcome has to carry: recorded twice is harmless, lost is not."""
        sent = len(self._sent)
        if not sent:  # one callback, as nearly always
            return self._runs
        return [run for i, run in enumerate(self._runs) if i >= sent or not self._sent[i].succeeded()]
