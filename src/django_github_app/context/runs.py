"""What a context knows of the run that it was made for: where its checkpoints go, and whether it should go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from django_github_app.errors import CheckpointTooLarge

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

__all__ = ["MOST_BYTES", "Run", "encoded", "needed"]

MOST_BYTES: Final = 64 * 1024
"""Of the data of a checkpoint, as JSON."""
T = TypeVar("T")


class Run(Protocol):
    """One attempt at one callback, as `execution.run` keeps it."""

    event_id: int
    claim: int
    """The number of the claim of its event, by which a worker that lost its lease is told apart."""
    handler: str
    position: int
    worker_type: str

    @property
    def api(self) -> AsyncGitHubAPI:
        """The client of the event's installation."""

    @property
    def last_checkpoint(self) -> Any:
        """The data of the last checkpoint, of this attempt or of an earlier one; None without any."""

    @property
    def works_beside(self) -> bool:
        """Whether something may be done while the callback goes on: not in a test's transaction."""

    def raise_if_cancelled(self) -> None:
        """Raise what ends this run, if it is to end."""

    def save(self, data: str) -> None:
        """Store a checkpoint, as JSON. Blocks. Raises `errors.RunLost` when the event is another worker's."""

    async def asave(self, data: str) -> None:
        """As `save`, for coroutines."""

    def perform(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function that uses the database, on the worker's own connection."""

    async def aperform(self, function: Callable[..., T], *args: Any) -> T:
        """As `perform`, for coroutines."""


def encoded(data: Any) -> str:
    """Return a checkpoint's data as JSON. Raises TypeError for what JSON cannot say, `CheckpointTooLarge`."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    if len(text) > MOST_BYTES:  # ASCII
        raise CheckpointTooLarge(
            f"A checkpoint of {len(text):,} bytes does not fit into the ledger, which takes {MOST_BYTES:,}. Keep the "
            "data in a table or store of yours, and its name in the checkpoint."
        )
    return text


def needed(run: Run | None) -> Run:
    """Return the run of a context. Raises RuntimeError for a context that was made outside of a worker."""
    if run is None:
        raise RuntimeError("this context belongs to no run: a worker makes one that does")
    return run
