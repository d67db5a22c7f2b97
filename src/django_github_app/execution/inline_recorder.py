"""A recorder for tests that run inside a transaction."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from django_github_app.process.group_commit import Pending

from .operations import Operation, Recorded
from .recorder import Recorder

__all__ = ["InlineRecorder"]


class InlineRecorder(Recorder):
    """Runs each operation at once, on the caller's connection: inside a transaction nothing else sees the rows.

    Workers never process inside a transaction; tests do.
    """

    def submit(self, operation: Operation) -> Recorded:
        return self._run_here(operation)

    async def asubmit(self, operation: Operation) -> Recorded:
        # From a coroutine: the caller's connection is that of the thread that waits for it.
        return await sync_to_async(self._run_here)(operation)

    def put(self, operation: Operation, *, patient: bool = False) -> Pending[Recorded]:
        pending: Pending[Recorded] = Pending("the ledger")
        outcome: Recorded | Exception
        try:
            outcome = self._run_here(operation)
        except Exception as error:  # noqa: BLE001 - raised for whoever asks for the result
            outcome = error
        pending.settle(outcome)
        return pending
