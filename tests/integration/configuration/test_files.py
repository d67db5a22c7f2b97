"""Files of default branches, kept until a push changes them."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

import gidgethub
import pytest
from django.core.cache import cache

from django_github_app.configuration import files
from django_github_app.configuration.files import File, changed_files, file_at, forget_pushed
from django_github_app.configuration.merging import Address

ADDRESS = Address("octo/widgets", ".github/bot.yml")
BASE = "https://api.github.com"


class Api:
    """Answers for one file."""

    base_url, installation_id = BASE, 7

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def getitem(self, url: str, variables: Any) -> Any:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def content(text: str, **more: Any) -> dict[str, Any]:
    encoded = base64.b64encode(text.encode()).decode()
    return {"type": "file", "encoding": "base64", "size": len(text), "sha": "abc", "content": encoded, **more}


async def read(api: Any) -> File | None:
    return await file_at(api, ADDRESS)


def push(*paths: str, ref: str = "refs/heads/main", **more: Any) -> dict[str, Any]:
    repository = {"full_name": ADDRESS.repo, "default_branch": "main"}
    return {"ref": ref, "repository": repository, "commits": [{"modified": list(paths), **more}]}


@pytest.fixture(autouse=True)
def _empty() -> Any:
    cache.clear()
    yield
    cache.clear()


async def test_a_file_and_its_absence_are_asked_for_once() -> None:
    api = Api(content("\ufeffdays: 7"))
    assert [await read(api), await read(api)] == [File("days: 7", "abc")] * 2
    cache.clear()
    gone = Api(gidgethub.BadRequest(HTTPStatus.NOT_FOUND))
    assert [await read(gone), await read(gone)] == [None, None]
    assert (api.asked, gone.asked) == (1, 1)


async def test_a_push_that_changes_it_has_it_asked_for_again_and_another_does_not() -> None:
    api = Api(content("one"), content("two"))
    await read(api)
    assert forget_pushed(BASE, 7, push("README.md", "other.yml")) == 0
    assert (await read(api)) == File("one", "abc")
    assert forget_pushed(BASE, 7, push(ADDRESS.path)) == 1
    assert (await read(api)) == File("two", "abc")


async def test_an_older_version_is_better_than_none_while_github_is_away() -> None:
    away = gidgethub.GitHubBroken(HTTPStatus.BAD_GATEWAY)
    with pytest.raises(gidgethub.GitHubBroken):
        await read(Api(away))
    await read(Api(content("one")))
    forget_pushed(BASE, 7, push(ADDRESS.path))
    assert (await read(Api(away))) == File("one", "abc")


async def test_a_push_while_it_is_asked_for_is_not_overlooked() -> None:
    class Slow(Api):
        async def getitem(self, url: str, variables: Any) -> Any:
            forget_pushed(BASE, 7, push(ADDRESS.path))
            return await super().getitem(url, variables)

    api = Slow(content("old"))
    await read(api)
    assert (await read(Api(content("new")))) == File("new", "abc")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([{"type": "file"}], None),
        ({"type": "dir"}, None),
        (content("x", encoding="none"), File(" " * files.MAX_BYTES, "abc")),
        (content("x", size=files.MAX_BYTES + 1), File(" " * files.MAX_BYTES, "abc")),
    ],
)
async def test_directories_are_not_there_and_what_is_too_large_is_not_decoded(
    answer: Any, found: Any
) -> None:
    assert await read(Api(answer)) == found


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        (push("a.yml", "b.py", added=["c.json"], removed=["d.yaml"]), {"a.yml", "c.json", "d.yaml"}),
        (push("a.yml", ref="refs/heads/other"), set()),
        ({}, set()),
        ({"ref": "x", "repository": {}, "commits": None}, set()),
        ({**push(), "commits": [None, {"modified": [7]}]}, set()),
    ],
)
def test_only_what_may_be_configuration_on_the_default_branch_counts(data: Any, paths: set[str]) -> None:
    assert changed_files(data) == paths
