"""Data of checkpoints: JSON of bounded size, and a clear answer to what is neither."""

from __future__ import annotations

import pytest

from django_github_app.context import runs
from django_github_app.errors import CheckpointTooLarge


def test_data_is_json() -> None:
    assert runs.encoded({"step": 3, "name": "é"}) == '{"step":3,"name":"\\u00e9"}'
    with pytest.raises(TypeError):
        runs.encoded(object())
    with pytest.raises(ValueError, match="JSON"):
        runs.encoded(float("nan"))


def test_what_does_not_fit_is_refused_with_what_to_do() -> None:
    assert runs.encoded("x" * (runs.MOST_BYTES - 2))
    with pytest.raises(CheckpointTooLarge, match=r"65,537 bytes.*65,536.*table or store of yours"):
        runs.encoded("x" * (runs.MOST_BYTES - 1))


def test_a_context_of_no_worker_says_so() -> None:
    with pytest.raises(RuntimeError, match="belongs to no run"):
        runs.needed(None)
