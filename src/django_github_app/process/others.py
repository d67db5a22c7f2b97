"""Whether another process of this machine can work."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["can_work"]

# Stopped by a signal or a debugger, ended and not waited for, dead: the letters of /proc and of ps.
_CANNOT = "TtZXx"


def can_work(pid: int) -> bool:
    """Return whether a process exists and is neither stopped nor a zombie."""
    try:
        # After the name, which may hold anything, brackets too.
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        state = "" if Path("/proc/self/stat").exists() else _asked(pid)
    return bool(state) and state[0] not in _CANNOT


def _asked(pid: int) -> str:
    """Ask `ps`, as every system without Linux's /proc has it."""
    command = ["ps", "-o", "state=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
