"""Build the wheel and the sdist so that the same commit gives the same bytes, on any machine and on any day."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


class ReleaseFailed(RuntimeError):
    """A version cannot be made of this checkout. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Artefacts:
    """The two files that a version consists of."""

    wheel: Path
    sdist: Path

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file, by its name."""
        return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in (self.wheel, self.sdist)}


def source_date() -> str:
    """Return the time that files in the archives bear, in seconds since 1970: SOURCE_DATE_EPOCH, or the commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given:
        return given
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        raise ReleaseFailed("neither SOURCE_DATE_EPOCH nor a git commit says of when this source is")
    return done.stdout.strip()


def build(folder: Path) -> Artefacts:
    """Build both into an empty folder with the hatchling that is installed, and return where they are.

    Raises ReleaseFailed with what hatchling said. Nothing is downloaded, so the pinned version builds.
    """
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder.resolve())]
    env = os.environ | {"SOURCE_DATE_EPOCH": source_date(), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseFailed(done.stderr[-3000:])
    wheels, sdists = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    if (len(wheels), len(sdists)) != (1, 1):
        raise ReleaseFailed(f"{folder} should hold one wheel and one sdist: it was not empty before")
    return Artefacts(wheels[0], sdists[0])
