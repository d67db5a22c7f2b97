"""What has to be in a wheel and an sdist, and what must not."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

PACKAGE = "django_github_app"
# Of the source tree everything belongs into the wheel but this.
NOT_SHIPPED = ("*.pyc", "*/__pycache__/*")
# One of each kind that a build back end likes to lose, because it is no Python.
IN_THE_WHEEL = (
    f"{PACKAGE}/py.typed",
    f"{PACKAGE}/templates/admin/*.html",
    f"{PACKAGE}/static/{PACKAGE}/*.css",
    f"{PACKAGE}/static/{PACKAGE}/*.js",
    f"{PACKAGE}/bodies/dictionaries/*.zstdict",
    f"{PACKAGE}/migrations/0001_initial.py",
    f"{PACKAGE}/management/commands/github.py",
    "*.dist-info/licenses/LICENSE",
    "*.dist-info/entry_points.txt",
)
IN_THE_SDIST = ("src/*", "docs/*.md", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO")
NOWHERE = (
    "tests/*",
    "deploy/*",
    "worker/*",
    "benchmarks/*",
    "release/*",
    "*.pem",
    "*.env",
    ".env",
    "*.sqlite3",
)


def names_of_wheel(wheel: Path) -> list[str]:
    """Return the paths in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return [one.filename for one in archive.infolist() if not one.is_dir()]


def names_of_sdist(sdist: Path) -> list[str]:
    """Return the paths in an sdist, without the folder of its name and version."""
    with tarfile.open(sdist) as archive:
        return [one.name.partition("/")[2] for one in archive.getmembers() if one.isfile()]


def complaints(wheel: Path, sdist: Path, source: Path) -> Iterator[str]:
    """Yield what is wrong with the two, one sentence each; ``source`` is the ``src`` folder they were made of."""
    in_wheel, in_sdist = names_of_wheel(wheel), names_of_sdist(sdist)
    yield from _missing(wheel, in_wheel, IN_THE_WHEEL)
    yield from _missing(sdist, in_sdist, IN_THE_SDIST)
    for archive, names in ((wheel, in_wheel), (sdist, in_sdist)):
        for name in names:
            if any(fnmatch(name, pattern) for pattern in (*NOWHERE, *NOT_SHIPPED)):
                yield f"{archive.name} has {name}, which is not for users"
    roots = {name.partition("/")[0] for name in in_wheel}
    if others := sorted(root for root in roots if root != PACKAGE and not root.endswith(".dist-info")):
        yield f"{wheel.name} would install more than {PACKAGE}: {', '.join(others)}"
    shipped = {name for name in in_wheel if name.startswith(f"{PACKAGE}/")}
    if lost := sorted(_files(source) - shipped):
        yield f"{wheel.name} lacks files of the source: {', '.join(lost)}"


def _missing(archive: Path, names: list[str], patterns: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in names):
            yield f"{archive.name} has nothing like {pattern}"


def _files(source: Path) -> set[str]:
    found = (path.relative_to(source).as_posix() for path in (source / PACKAGE).rglob("*") if path.is_file())
    return {name for name in found if not any(fnmatch(name, pattern) for pattern in NOT_SHIPPED)}
