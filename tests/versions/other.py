"""The version before this one: its tree out of git's history."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.site import ROOT

MIGRATIONS = "src/django_github_app/migrations"


class NoHistoryError(RuntimeError):
    """Git does not know the other version: a shallow clone, or no clone at all."""


def git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise NoHistoryError(f"git {' '.join(arguments)}: {said.strip()}") from None
    return done.stdout.strip()


def version_before() -> str:
    """Return the last version's tag; until there is one, the commit before the newest migration was added."""
    tags = git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    at_head = git("tag", "--list", "v*", "--points-at", "HEAD").split()
    for tag in tags:
        if tag not in at_head:
            return tag
    newest = max(path.name for path in (ROOT / MIGRATIONS).glob("0*.py"))
    added = git("log", "--format=%H", "--diff-filter=A", "--", f"{MIGRATIONS}/{newest}").split()
    if not added:
        raise NoHistoryError(f"{newest} is not committed, or the clone is shallow")
    return git("rev-parse", "--short", f"{added[-1]}^")


def unpack(ref: str, folder: Path) -> Path:
    """Write the tree of a commit into a folder and return it."""
    git("rev-parse", "--verify", f"{ref}^{{commit}}")
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git("archive", "--output", str(archive), ref)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    archive.unlink()
    return folder


def newest_migration(tree: Path) -> str:
    return max(path.stem for path in (tree / MIGRATIONS).glob("0*.py"))
