"""A short form of `make upgrade`: one web and one asynchronous worker of each version, one way.

Which versions those are, and what is promised, is in docs/upgrading.md.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from .other import NoHistoryError, newest_migration, unpack, version_before
from .run import Size, run


@pytest.fixture
def ref() -> str:
    try:
        return version_before()
    except NoHistoryError as error:
        pytest.skip(f"no version before this one: {error}; fetch the whole history and its tags")


def test_the_version_before_has_an_older_schema(ref: str, tmp_path: Path) -> None:
    tree = unpack(ref, tmp_path / "before")
    assert (tree / "Procfile").is_file()
    assert newest_migration(tree) <= newest_migration(Path(__file__).parents[2])


@pytest.mark.skipif(os.environ.get("HOSTS") != "all", reason="a whole site: HOSTS=all, or `make upgrade`")
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_rolling_upgrade_answers_no_delivery_with_an_error_and_loses_none(ref: str) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"SEED={seed}")
    report = run(Size(seed, ref, seconds=1.5, rate=20, kinds=("web", "worker_async"), webs=1, back=False))
    print(report)
    assert report.kept, str(report)
