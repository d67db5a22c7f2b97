"""``manage.py github train-dictionary``: a dictionary of a project's own events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result

from django_github_app.bodies import frames
from django_github_app.cli import github
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, catch_exceptions=False)


class TestTrainDictionary:
    pytestmark = pytest.mark.django_db

    def test_a_dictionary_is_trained_on_stored_events_and_can_be_used(self, tmp_path: Path) -> None:
        for number in range(80):
            store("issues", number=number + 1, title=f"Title {number}", repository=f"octo/widgets{number}")
        path = tmp_path / "own.zstdict"
        result = run("train-dictionary", str(path), "--size", "8")
        assert result.exit_code == 0, result.output
        assert "of 72 events" in result.output
        assert "8 other events" in result.output
        frames.use_dictionaries([path])
        try:
            row = store("issues", number=7)
            number = zstandard.ZstdCompressionDict(path.read_bytes()).dict_id()
            assert zstandard.get_frame_parameters(bytes(row.body or b"")).dict_id == number > 2_000_000
            assert row.payload["issue"]["number"] == 7
        finally:
            frames.use_dictionaries([])

    def test_it_neither_overwrites_a_dictionary_nor_makes_one_of_too_few_events(self, tmp_path: Path) -> None:
        path = tmp_path / "own.zstdict"
        result = run("train-dictionary", str(path))
        assert (result.exit_code, path.exists()) == (1, False)
        assert "50 are the least" in result.output
        path.write_bytes(b"precious")
        result = run("train-dictionary", str(path))
        assert (result.exit_code, path.read_bytes()) == (1, b"precious")
