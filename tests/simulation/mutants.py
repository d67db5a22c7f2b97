"""Mistakes put back into the real code: each must be found, and its schedule made short.

A mutant is a method with one fragment of its source replaced. If the fragment is not there any more, the code has
changed and the mutant has to be thought of anew: `Mutant.applied` raises.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django_github_app.execution import leases
from django_github_app.github import tokens
from django_github_app.ingest import loop_inbox
from django_github_app.process import group_commit, per_process

from .scheduler import Schedule


@dataclass(frozen=True)
class Mutant:
    """``old`` in the source of a method becomes ``new``; ``scenario`` names where that is noticed."""

    scenario: str
    owner: type
    method: str
    old: str
    new: str
    schedule: Schedule
    """A short one under which it was found: kept so that it is found at once."""

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        original: Callable[..., Any] = inspect.getattr_static(self.owner, self.method)
        lines, first = inspect.getsourcelines(original)
        source = textwrap.dedent("".join(lines))
        if self.old not in source:
            raise LookupError(f"{self.owner.__name__}.{self.method} has no {self.old!r} any more")
        tree = ast.increment_lineno(ast.parse(source.replace(self.old, self.new)), first - 1)
        module = sys.modules[self.owner.__module__]
        scope: dict[str, Any] = {}
        exec(compile(tree, str(module.__file__), "exec", _FLAGS), module.__dict__, scope)
        with mock.patch.object(self.owner, self.method, scope[self.method]):
            yield


_FLAGS = __import__("__future__").annotations.compiler_flag

MUTANTS = {
    "two recorders: the first messages of a process do not wait for each other": Mutant(
        "first messages",
        per_process.PerProcess,
        "get",
        "with self._lock:\n        held = self._held\n",
        "if True:\n",
        {29: 1},
    ),
    "a child waits for a lock whose thread it does not have": Mutant(
        "fork",
        per_process.PerProcess,
        "_forget",
        "self._lock = threading.RLock()",
        "pass",
        {7: 1, 18: 1, 22: 1, 33: 1},
    ),
    "a child uses what its parent made": Mutant(
        "fork", per_process.PerProcess, "_forget", "self._held = None", "pass", {7: 1}
    ),
    "two threads of one group": Mutant(
        "group commit",
        group_commit.GroupCommit,
        "_start",
        "with self._start_lock:\n        if self._thread is None or not self._thread.is_alive():",
        "if True:\n        if self._thread is None or not self._thread.is_alive():",
        {60: 2},
    ),
    "a group that stops forgets what came in at the last moment": Mutant(
        "group that stops",
        group_commit.GroupCommit,
        "_has_stopped",
        "        if not self._queue.empty():\n            self._thread = thread\n            return False\n",
        "",
        {30: 1, 34: 1, 119: 1, 129: 1, 130: 1, 142: 1, 149: 1},
    ),
    "what was given up is counted out though it is part of a group": Mutant(
        "group commit, slow threads",
        group_commit.GroupCommit,
        "_abandon",
        "if not entry.taken and not entry.abandoned:",
        "if not entry.abandoned:",
        {388: 1},
    ),
    "a keeper that sleeps is not woken": Mutant(
        "lease keeper",
        leases.LeaseKeeper,
        "hold",
        "if too_late:",
        "if False:",
        {29: 1, 134: 1, 150: 2, 166: 2, 382: 1, 624: 1, 973: 2},
    ),
    "a keeper forgets what runs": Mutant(
        "lease keeper",
        leases.Batch,
        "claims",
        "[*self._waiting, *self._running.values()]",
        "[*self._waiting]",
        {40: 1, 59: 1, 177: 1, 193: 2},
    ),
    "an inbox publishes nothing of whoever gave up waiting": Mutant(
        "loop inbox",
        loop_inbox.LoopInbox,
        "_flush",
        "[row for row in stored if row is not None]",
        "[row for (_, f, _), row in zip(group, stored) if row is not None and not f.exception()]",
        {13: 1},
    ),
    "an inbox counts bytes that nobody has": Mutant(
        "loop inbox",
        loop_inbox.LoopInbox,
        "_expire",
        "self._waiting_bytes = sum(len(new_event.delivery.body) for new_event, _, _ in self._waiting)",
        "pass",
        {15: 3, 16: 2, 17: 2, 18: 1, 19: 2, 63: 2},
    ),
    "every worker gets a token of its own": Mutant(
        "tokens",
        tokens.TokenStore,
        "_refresh",
        "if await shared.in_thread(cache.add, lock, owner, LOCKED):",
        "await shared.in_thread(cache.add, lock, owner, LOCKED)\n        if True:",
        {},
    ),
    "one caller's end is the others'": Mutant(
        "tokens", tokens.TokenStore, "get", "await asyncio.shield(task)", "await task", {8: 1}
    ),
}
