"""``context.config``: where it is read, how often GitHub is asked, what a push changes, what a broken file does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from django_github_app import configuration
from django_github_app.configuration import files, reading
from django_github_app.context import AsyncEventContext, SyncEventContext
from django_github_app.errors import ConfigurationInvalid
from django_github_app.github import AsyncGitHubAPI
from django_github_app.routing import GitHubRouter
from django_github_app.testing.fake_github_contents import commit_file
from django_github_app.testing.fake_github_state import FakeRepo
from tests.support.desk import Desk

FILE = ".github/bot.yml"


@dataclass
class Settings:
    labels: list[str] = field(default_factory=list)
    days: int = 7


@dataclass
class Strict:
    days: int


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    reading._known_good.clear()


def api_of(desk: Desk) -> AsyncGitHubAPI:
    return AsyncGitHubAPI(installation_id=desk.installation.id)


async def read(desk: Desk, schema: Any = Settings, repo: str = "octo/widgets", **options: Any) -> Any:
    return await configuration.read(api_of(desk), repo, "bot.yml", schema, **options)


def pushed(repo: FakeRepo, *paths: str, branch: str = "main") -> dict[str, Any]:
    return {
        "ref": f"refs/heads/{branch}",
        "after": "f" * 40,
        "commits": [{"id": "f" * 40, "added": [], "modified": list(paths), "removed": []}],
        "repository": repo.json(),
        "sender": {"login": "octocat", "type": "User"},
    }


def gets(desk: Desk) -> int:
    return len(desk.github.requests_to("/repos/*/*/contents/.github/bot.yml", "GET"))


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_callbacks_of_both_kinds_read_it(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[Any] = []

    @gh.event("issue_comment.created")
    async def asynchronous(context: AsyncEventContext) -> None:
        seen.append(await context.config("bot.yml", Settings))

    @gh.event("issue_comment.created")
    def synchronous(context: SyncEventContext) -> None:
        seen.append(context.config("bot.yml"))

    commit_file(desk.repo, FILE, "labels: [bug]\n")
    row = desk.type("hello")
    assert [run.error for run in row.runs.all()] == [None, None]
    assert seen == [Settings(["bug"]), {"labels": ["bug"]}]
    assert gets(desk) == 1


async def test_without_a_file_there_is_a_default(desk: Desk) -> None:
    assert await read(desk) == Settings()
    assert await read(desk, None) == {}
    assert await read(desk, Settings, default=None) is None
    with pytest.raises(ConfigurationInvalid, match=r"no bot\.yml .* no default, and Strict needs values"):
        await read(desk, Strict)
    # Its absence, and that of the owner's, is known too.
    assert len(desk.github.requests) <= 4


async def test_the_owners_repository_is_looked_into_where_there_is_none(desk: Desk) -> None:
    commit_file(desk.github.repo("octo/.github"), FILE, "days: 3\n")
    assert await read(desk) == Settings(days=3)
    commit_file(desk.repo, FILE, "labels: [own]\n")
    configuration.forget_pushed(desk.github.url, desk.installation.id, pushed(desk.repo, FILE))
    assert await read(desk) == Settings(["own"])


async def test_files_extend_others_and_circles_end(desk: Desk) -> None:
    base, other = desk.github.repo("octo/base"), desk.github.repo("octo/other")
    commit_file(desk.repo, FILE, "_extends: base\nlabels: [own]\n")
    commit_file(base, FILE, "_extends: octo/other:conf/x.yml\nlabels: [base]\nnested: {a: 1}\n")
    commit_file(other, "conf/x.yml", "_extends: widgets:.github/bot.yml\ndays: 30\nnested: {a: 2, b: 3}\n")
    assert await read(desk) == Settings(["own"], 30)
    assert await read(desk, None) == {"labels": ["own"], "days": 30, "nested": {"a": 1, "b": 3}}


async def test_a_thousand_events_in_fifty_repositories_ask_fifty_times(desk: Desk) -> None:
    names = [f"octo/repo-{number}" for number in range(50)]
    for name in names:
        commit_file(desk.github.repo(name), FILE, f"labels: [{name.partition('/')[2]}]\n")
    found = await asyncio.gather(*(read(desk, repo=names[number % 50]) for number in range(1_000)))
    assert {one.labels[0] for one in found} == {name.partition("/")[2] for name in names}
    assert gets(desk) <= 50


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_a_push_to_the_default_branch_changes_it_and_no_other_does(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[int] = []

    @gh.event("push")
    async def on_push(context: AsyncEventContext) -> None:
        seen.append((await context.config("bot.yml", Settings)).days)

    def push(number: int, *paths: str, branch: str = "main") -> None:
        desk.receive("push", pushed(desk.repo, *paths, branch=branch), delivery=f"push-{number}")

    commit_file(desk.repo, FILE, "days: 1\n")
    push(1, "README.md")
    commit_file(desk.repo, FILE, "days: 2\n")
    push(2, "README.md")
    push(3, FILE, branch="feature")
    assert seen == [1, 1, 1]
    push(4, FILE)
    push(5, "README.md")
    assert seen == [1, 1, 1, 2, 2]
    assert gets(desk) == 2


def test_a_forks_change_has_no_effect(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[int] = []

    @gh.event("pull_request")
    async def opened(context: AsyncEventContext) -> None:
        seen.append((await context.config("bot.yml", Settings)).days)

    commit_file(desk.repo, FILE, "days: 1\n")
    fork = desk.github.repo("mallory/widgets")
    commit_file(fork, FILE, "days: 999\n")
    pull = desk.repo.pull(5).pull_json()
    pull["head"] = {**pull.get("head", {}), "repo": fork.json(), "sha": "a" * 40}
    desk.receive(
        "pull_request",
        {"action": "opened", "number": 5, "pull_request": pull, "repository": desk.payload_repository(),
         "sender": {"login": "mallory", "type": "User"}},
        delivery="pr-1",
    )  # fmt: skip
    # The fork's own push says nothing about the repository that it was forked from.
    desk.receive("push", pushed(fork, FILE), delivery="push-1")
    desk.receive(
        "pull_request",
        {"action": "synchronize", "number": 5, "pull_request": pull, "repository": desk.payload_repository(),
         "sender": {"login": "mallory", "type": "User"}},
        delivery="pr-2",
    )  # fmt: skip
    assert seen == [1, 1]
    assert not [one for one in desk.github.requests if "mallory" in one.path]


async def test_a_broken_file_is_one_annotation_and_the_last_good_one_stays(desk: Desk) -> None:
    commit_file(desk.repo, FILE, "days: 1\n")
    assert (await read(desk)).days == 1
    bad = commit_file(desk.repo, FILE, "labels:\n  - bug\n  - 7\n")
    configuration.forget_pushed(desk.github.url, desk.installation.id, pushed(desk.repo, FILE))
    found = await asyncio.gather(*(read(desk) for _ in range(20)))
    assert {one.days for one in found} == {1}
    (run,) = desk.repo.commits[bad.sha].check_runs
    assert run["conclusion"] == "failure"
    (annotation,) = run["output"]["annotations"]
    assert (annotation["path"], annotation["start_line"], annotation["start_column"]) == (FILE, 3, 5)
    assert annotation["message"] == "Expected `str`, got `int`"
    # Mended, it counts again; what is written later about another mistake is another annotation.
    commit_file(desk.repo, FILE, "days: 2\n")
    configuration.forget_pushed(desk.github.url, desk.installation.id, pushed(desk.repo, FILE))
    assert (await read(desk)).days == 2


async def test_the_last_good_one_is_found_in_the_files_history(desk: Desk) -> None:
    commit_file(desk.repo, FILE, "days: 1\n")
    commit_file(desk.repo, FILE, "days: 2\n")
    commit_file(desk.repo, FILE, "days: [broken\n")
    commit_file(desk.repo, FILE, "days: many\n")
    assert (await read(desk)).days == 2
    assert (await read(desk)).days == 2
    assert (
        len(desk.github.requests_to("/repos/*/*/commits", "GET")) == 2
    )  # the report, and the history, once each


async def test_without_a_good_one_it_is_as_if_there_were_none(desk: Desk) -> None:
    commit_file(desk.repo, FILE, "- a list\n")
    assert await read(desk) == Settings()
    assert await read(desk, default=Settings(days=5)) == Settings(days=5)


async def test_without_the_right_to_write_checks_it_is_a_comment(desk: Desk) -> None:
    bad = commit_file(desk.repo, FILE, "a: 1\n  b: 2\n")
    desk.github.fail_next(5, status=403, path="check-runs", data={"message": "Resource not accessible"})
    for _ in range(3):
        await read(desk)
    (comment,) = desk.repo.commits[bad.sha].comments
    assert comment.body.startswith(
        f"{FILE} cannot be used, line 2, column 4: mapping values are not allowed here"
    )


async def test_a_mistake_in_the_file_that_is_extended_is_told_there(desk: Desk) -> None:
    base = desk.github.repo("octo/base")
    commit_file(desk.repo, FILE, "_extends: base\nlabels: [own]\n")
    bad = commit_file(base, FILE, "\ndays: soon\n")
    assert await read(desk) == Settings()
    (run,) = base.commits[bad.sha].check_runs
    assert run["output"]["annotations"][0]["start_line"] == 2


async def test_a_file_that_extends_one_that_is_not_there_is_broken(desk: Desk) -> None:
    bad = commit_file(desk.repo, FILE, "days: 1\n_extends: nowhere\n")
    assert await read(desk) == Settings()
    (run,) = desk.repo.commits[bad.sha].check_runs
    assert run["output"]["annotations"][0]["message"] == "There is no .github/bot.yml in octo/nowhere."
    assert run["output"]["annotations"][0]["start_line"] == 2


async def test_while_github_is_away_an_older_one_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_file(desk.repo, FILE, "days: 1\n")
    assert (await read(desk)).days == 1
    monkeypatch.setattr(files, "FRESH", -1.0)
    desk.github.fail_next(20, status=502, path="contents")
    assert (await read(desk)).days == 1


async def test_what_is_asked_for_while_a_push_arrives_is_not_kept(desk: Desk) -> None:
    commit_file(desk.repo, FILE, "days: 1\n")
    desk.github.fail_next(1, delay=0.5, path="contents")
    reading_it = asyncio.create_task(read(desk))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(
        configuration.forget_pushed, desk.github.url, desk.installation.id, pushed(desk.repo, FILE)
    )
    await reading_it
    commit_file(desk.repo, FILE, "days: 2\n")
    assert (await read(desk)).days == 2


async def test_another_installation_asks_for_itself(desk: Desk) -> None:
    commit_file(desk.repo, FILE, "days: 1\n")
    await read(desk)
    other = desk.github.add_installation("other")
    stranger = AsyncGitHubAPI(installation_id=other.id)
    desk.repo.private = True
    assert await configuration.read(stranger, "octo/widgets", "bot.yml", Settings) == Settings()


@pytest.mark.parametrize(
    "data",
    [{}, {"ref": "refs/heads/main", "repository": []}, {"repository": {"default_branch": "main"}, "commits": "x"},
     {"ref": "refs/heads/main", "repository": {"default_branch": "main"}, "commits": [None, {"added": [7]}]}],
)  # fmt: skip
def test_odd_pushes_change_nothing(data: dict[str, Any]) -> None:
    assert files.changed_files(data) == set()
