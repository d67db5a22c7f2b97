"""The seams: nobody listens unless somebody was put there, and the list of samples is the one that is counted."""

from __future__ import annotations

import subprocess
import sys

from django_github_app import probes


def test_a_process_begins_with_nobody_who_listens() -> None:
    program = (
        "from django_github_app import probes\n"
        "print([n for n in ('sink', 'tracer', 'on_dead', 'after_answer', 'backlog') if getattr(probes, n)])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_each_seam_is_on_the_list() -> None:
    assert {"sink", "tracer", "on_dead", "after_answer", "backlog"} <= set(probes.__all__)
    assert all(hasattr(probes, name) for name in probes.__all__)
