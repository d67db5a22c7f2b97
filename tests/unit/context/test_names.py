"""A repository's name is a text, and the arguments of an address."""

from __future__ import annotations

import json

import pytest

from django_github_app.context import RepositoryName


def test_a_name_is_a_text_with_two_parts() -> None:
    repo = RepositoryName("octo-org/widgets")
    assert repo == "octo-org/widgets"
    assert json.dumps({"repo": repo}) == '{"repo": "octo-org/widgets"}'
    assert (repo.owner, repo.name) == ("octo-org", "widgets")
    assert repo(ref="main") == {"owner": "octo-org", "repo": "widgets", "ref": "main"}


def test_without_a_repository_it_is_empty_and_cannot_be_called() -> None:
    assert not RepositoryName("")
    with pytest.raises(ValueError, match="names no repository"):
        RepositoryName("")()
