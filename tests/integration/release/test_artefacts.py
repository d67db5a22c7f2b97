"""The wheel and the sdist of this checkout. `make release` makes the same, and the bill of materials."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from release import artefacts, contents
from release.artefacts import ROOT, Artefacts

DAY = "1767225600"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", DAY)
        return artefacts.build(tmp_path_factory.mktemp("release"))


def test_both_hold_everything_that_users_need_and_nothing_else(made: Artefacts) -> None:
    assert list(contents.complaints(made.wheel, made.sdist, ROOT / "src")) == []


def test_what_a_build_loses_or_lets_in_is_noticed(made: Artefacts, tmp_path: Path) -> None:
    broken = tmp_path / made.wheel.name
    with zipfile.ZipFile(made.wheel) as whole, zipfile.ZipFile(broken, "w") as other:
        for name in whole.namelist():
            if not name.endswith((".zstdict", "py.typed")):
                other.writestr(name, whole.read(name))
        other.writestr("tests/test_mistake.py", "")
    found = " / ".join(contents.complaints(broken, made.sdist, ROOT / "src"))
    for sentence in ("nothing like django_github_app/py.typed", "*.zstdict", "not for users", "more than"):
        assert sentence in found


def test_the_same_source_gives_the_same_bytes(
    made: Artefacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DAY)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert artefacts.build(tmp_path).digests() == made.digests()
    with tarfile.open(made.sdist) as archive:
        assert {one.mtime for one in archive.getmembers()} == {int(DAY)}


def test_the_package_index_would_take_both(made: Artefacts) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", str(made.wheel), str(made.sdist)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_metadata_name_every_extra_and_the_licence(made: Artefacts) -> None:
    with zipfile.ZipFile(made.wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(name))
    assert {"beat", "postgres", "s3", "deploy"} <= set(metadata.get_all("Provides-Extra") or [])
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("MIT", ">=3.11")
