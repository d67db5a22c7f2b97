"""Comments in by HTTP, reactions and replies out to GitHub."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import click
import pytest
from django.db import connection
from django.utils import timezone

from django_github_app.errors import UserError
from django_github_app.execution import batches, runtimes
from django_github_app.execution import event as event_runs
from django_github_app.maintenance import publishing, sweep
from django_github_app.models import CommandClaim, EventLog, EventStatus, Taken
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk, runs

BOTH = pytest.mark.parametrize("worker_type", ["sync", "async"])


@pytest.fixture
def worker_type() -> str:
    """Where the worker types could differ, a test is parametrized with both."""
    return "async"


@pytest.fixture
def deployed(gh: GitHubRouter) -> list[Any]:
    """The arguments of each run of an asynchronous command ``deploy`` that people with write access may use."""
    seen: list[Any] = []

    @gh.command("deploy", aliases=["ship"], permission="write", help="Deploy the site.")
    @click.argument("environment", type=click.Choice(["prod", "test"]))
    @click.option("--count", type=int, default=1)
    async def deploy(context: Any, environment: str, count: int) -> None:
        seen.append((environment, count))
        await context.reply(f"Deployed {environment}.")

    return seen


@BOTH
def test_a_command_is_acknowledged_run_and_answered(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy prod --count 2")
    assert deployed == [("prod", 2)]
    assert desk.reactions == ["eyes", "rocket"]
    assert desk.said == ["Deployed prod."]
    assert row.status == EventStatus.DONE
    run = row.runs.get()
    assert (run.kind, run.command, run.arguments, run.actor) == (
        "command",
        "deploy",
        "prod --count 2",
        "octocat",
    )
    assert runs(row) == [("deploy", "succeeded")]


@BOTH
def test_a_synchronous_callback_gets_a_context_that_answers_without_await(
    desk: Desk, gh: GitHubRouter
) -> None:
    @gh.command("label")
    def label(event: Any, gh: Any, cmd_args: str, context: Any, *args: Any, **kwargs: Any) -> None:
        gh.post(f"{context.issue_url}/labels", data={"labels": list(context.args)})
        context.react("heart")
        context.reply(f"{context['sender']} said {cmd_args!r} on {context.repo}#{context.number}")

    desk.type('@bot label bug "good first issue"')
    assert desk.issue.labels == ["bug", "good first issue"]
    assert desk.said == ["octocat said 'bug \"good first issue\"' on octo/widgets#1"]
    assert desk.reactions == ["eyes", "heart", "rocket"]


def test_the_context_has_its_fields_as_keys_and_as_attributes(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[dict[str, Any]] = []

    @gh.command("look")
    async def look(context: Any) -> None:
        assert all(getattr(context, key) == context[key] for key in context)
        seen.append({key: context[key] for key in context if key not in ("reply", "react", "log")})

    row = desk.type("hello\n\n- @bot look here\n")
    assert seen == [
        {
            "scope": "issue",
            "number": 1,
            "repo": "octo/widgets",
            "comment_id": desk.comment.id,
            "sender": "octocat",
            "is_bot": False,
            "issue_url": f"{desk.github.url}/repos/octo/widgets/issues/1",
            "comment_url": f"{desk.github.url}/repos/octo/widgets/issues/comments/{desk.comment.id}",
            "html_url": f"{desk.github.url}/octo/widgets/comments/{desk.comment.id}",
            "installation": desk.installation.id,
            "event_id": row.pk,
            "delivery": "delivery-1",
            "command": "look",
            "cmd_args": "here",
            "args": ("here",),
            "line": 3,
            "column": 3,
        }
    ]


@BOTH
def test_arguments_that_cannot_be_read_are_answered_with_the_place_and_the_usage(
    desk: Desk, deployed: list[Any]
) -> None:
    row = desk.type("@bot deploy prod --count two")
    assert deployed == []
    assert desk.reactions == ["confused"]
    assert desk.said == [
        "@octocat: I cannot read this command.\n"
        "\n"
        "```text\n"
        "@bot deploy prod --count two\n"
        "                         ^^^\n"
        "Invalid value for '--count': 'two' is not a valid integer.\n"
        "```\n"
        "\n"
        "Usage: `@bot deploy {prod|test} [--count INTEGER]`"
    ]
    assert runs(row) == [("deploy", "rejected")]
    assert row.status == EventStatus.DONE


def test_an_unknown_command_is_answered_once_with_what_is_like_it(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot depoly prod\n@bot shpi")
    assert desk.reactions == ["confused"]
    assert desk.said == [
        "@octocat: I know no command `depoly`. Did you mean `@bot deploy`? `@bot help` lists what you can use here."
    ]
    assert runs(row) == [("depoly", "rejected")]


def test_prose_that_mentions_the_app_is_not_answered(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot thank you for that, great!\n\nI told @bot deploy prod already.")
    assert (row.status, desk.said, desk.reactions) == (EventStatus.IGNORED, [], [])


@BOTH
def test_who_may_not_use_a_command_hears_why(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy prod", role="triage")
    assert deployed == []
    assert desk.reactions == ["-1"]
    assert desk.said == ["@octocat: `@bot deploy` needs write access to this repository; you have triage."]
    assert runs(row) == [("deploy", "rejected")]


def test_permission_is_asked_once_for_several_commands(desk: Desk, deployed: list[Any]) -> None:
    desk.type("@bot deploy prod\n@bot deploy test")
    assert deployed == [("prod", 1), ("test", 1)]
    asked = desk.github.requests_to("/repos/octo/widgets/collaborators/octocat/permission")
    assert len(asked) == 1


def test_the_editor_of_a_comment_needs_the_permission_not_its_author(desk: Desk, deployed: list[Any]) -> None:
    desk.repo.roles["mallory"] = "read"
    desk.type("Nothing yet", by="octocat", role="admin")
    desk.edit("Nothing yet\n@bot deploy prod", by="mallory")
    assert deployed == []
    assert desk.said == ["@mallory: `@bot deploy` needs write access to this repository; you have read."]


def test_what_a_maintainer_edits_into_a_strangers_comment_needs_the_strangers_rights_too(
    desk: Desk, deployed: list[Any]
) -> None:
    desk.repo.roles["maintainer"] = "admin"
    desk.type("`@bot deploy prod`", by="stranger", role="read")
    desk.edit("@bot deploy prod", by="maintainer")
    assert deployed == []
    assert desk.said == [
        "@maintainer: `@bot deploy` needs write access to this repository, of you and of `stranger`, "
        "whose comment you edited; `stranger` has read."
    ]


def test_a_transferred_issue_gives_its_author_no_ones_rights(desk: Desk, deployed: list[Any]) -> None:
    desk.repo.roles["maintainer"] = "admin"
    issue = desk.repo.issue(2, body="@bot deploy prod", by="stranger")
    payload = {
        "action": "opened",
        "issue": issue.json(),
        "changes": {"old_issue": {"id": 1}, "old_repository": {"id": 2}},
        "repository": desk.payload_repository(),
        "sender": desk.github.world.user("maintainer").json(),
    }
    row = desk.receive("issues", payload, delivery="transfer")
    assert (row.status, deployed, issue.emoji, issue.comments) == (EventStatus.IGNORED, [], [], [])


@pytest.mark.parametrize("login", ["dependabot[bot]", "bot[bot]"])
def test_a_bot_triggers_nothing(desk: Desk, deployed: list[Any], login: str) -> None:
    row = desk.type("@bot deploy prod\n@bot help\n@bot depoly", by=login, role="admin")
    assert (deployed, desk.reactions) == ([], [])
    assert [c.user.login for c in desk.issue.comments] == [login]
    assert row.status == EventStatus.IGNORED


def test_a_bot_that_is_allowed_triggers_but_the_app_itself_must_be_named(
    desk: Desk, gh: GitHubRouter
) -> None:
    seen: list[str] = []

    @gh.command("merge", allow_bots=True)
    async def merge(context: Any) -> None:
        seen.append(f"merge {context.sender}")

    @gh.command("again", allow_bots=["bot[bot]"])
    async def again(context: Any) -> None:
        seen.append(f"again {context.sender}")

    desk.type("@bot merge\n@bot again", by="dependabot[bot]", delivery="a")
    desk.type("@bot merge\n@bot again", by="bot[bot]", delivery="b")
    assert seen == ["merge dependabot[bot]", "again bot[bot]"]


def test_of_an_edited_comment_only_what_was_added_runs(desk: Desk, deployed: list[Any]) -> None:
    desk.type("@bot deploy prod")
    desk.edit("Please:\n\n@bot deploy prod\n@bot deploy test", delivery="edit-1")
    assert deployed == [("prod", 1), ("test", 1)]
    desk.edit("Thanks\n\n@bot deploy prod\n@bot deploy test", delivery="edit-2")
    assert deployed == [("prod", 1), ("test", 1)]


def test_hiding_a_comment_runs_nothing(desk: Desk, deployed: list[Any]) -> None:
    desk.type("@bot deploy prod")
    payload = desk.payload(action="edited", changes={})
    row = desk.receive("issue_comment", payload, delivery="hidden")
    assert (deployed, row.status) == ([("prod", 1)], EventStatus.IGNORED)


def test_the_same_delivery_twice_runs_once(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy prod")
    assert desk.redeliver().pk == row.pk
    desk.process(row)
    assert deployed == [("prod", 1)]
    assert desk.said == ["Deployed prod."]


@BOTH
def test_another_delivery_of_the_same_comment_does_not_run_it_again(desk: Desk, deployed: list[Any]) -> None:
    desk.type("@bot deploy prod")
    row = desk.receive("issue_comment", desk.payload(), delivery="delivery-of-another-hook")
    assert deployed == [("prod", 1)]
    assert desk.said == ["Deployed prod."]
    assert runs(row) == [("deploy", "rejected")]
    assert row.runs.get().error == "CommandRejected: another delivery of this comment has run it"


@BOTH
def test_two_commands_in_one_comment_run_in_their_order(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("Now:\n\n1. @bot deploy prod\n2. **@bot ship test**\n\n> @bot deploy prod --count 9")
    assert deployed == [("prod", 1), ("test", 1)]
    assert desk.said == ["Deployed prod.", "Deployed test."]
    assert desk.reactions == ["eyes", "rocket"]
    assert runs(row) == [("deploy", "succeeded"), ("deploy", "succeeded")]


def test_one_commands_mistake_does_not_stop_the_next(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy nowhere\n@bot deploy test")
    assert deployed == [("test", 1)]
    assert runs(row) == [("deploy", "rejected"), ("deploy", "succeeded")]


@BOTH
def test_a_user_error_is_posted_and_not_tried_again(desk: Desk, gh: GitHubRouter) -> None:
    @gh.command("merge")
    async def merge() -> None:
        raise UserError("The checks are still running.")

    row = desk.type("@bot merge")
    assert desk.said == ["@octocat: The checks are still running."]
    assert desk.reactions == ["eyes", "confused"]
    assert (runs(row), row.status) == ([("merge", "rejected")], EventStatus.DONE)


@BOTH
def test_an_error_is_tried_again_and_reported_in_one_neutral_line_when_it_stays(
    desk: Desk, gh: GitHubRouter, configure: Callable[..., None]
) -> None:
    configure(MAX_ATTEMPTS=2, RETRY_BACKOFF=0)
    tries: list[int] = []

    @gh.command("merge")
    async def merge() -> None:
        tries.append(1)
        raise RuntimeError("password is hunter2")

    row = desk.type("@bot merge")
    assert (desk.said, row.status) == ([], EventStatus.RETRYING)
    desk.process(row)
    assert len(tries) == 2
    assert desk.said == [
        "@octocat: `@bot merge` failed because of an error in the app, not of yours. Those who run it find it in "
        "their log under delivery delivery-1."
    ]
    assert desk.reactions == ["eyes", "confused"]
    assert (runs(row), row.status) == ([("merge", "dead")], EventStatus.DEAD)


@BOTH
def test_a_command_that_was_cut_short_runs_again_and_says_nothing_twice(
    desk: Desk, gh: GitHubRouter, configure: Callable[..., None]
) -> None:
    configure(RETRY_BACKOFF=0)
    tries: list[int] = []

    @gh.command("merge")
    async def merge(context: Any) -> None:
        tries.append(1)
        await context.reply("Merging.")
        if len(tries) == 1:
            raise ConnectionError
        await context.reply("Merged.")

    row = desk.type("@bot merge")
    assert desk.said == ["Merging."]
    desk.receive("issue_comment", desk.payload(), delivery="another")
    assert len(tries) == 1
    desk.process(row)
    assert len(tries) == 2
    assert desk.said == ["Merging.", "Merged."]
    assert desk.reactions == ["eyes", "rocket"]
    assert runs(row) == [("merge", "succeeded")]


@pytest.mark.parametrize("worker_type", ["sync"])
def test_a_command_whose_worker_was_killed_runs_again_when_its_lease_is_over(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    class Killed(BaseException):
        pass

    # As a process that is gone: it records nothing and hands nothing back.
    for room in (runtimes, event_runs):
        monkeypatch.setattr(room, "ends_the_process", lambda error: isinstance(error, Killed))
    monkeypatch.setattr(batches, "_hand_back", lambda claimed, done=0: None)

    @gh.command("merge")
    def merge(context: Any) -> None:
        tries.append(1)
        context.reply("Merging.")
        if len(tries) == 1:
            raise Killed

    with pytest.raises(Killed):
        desk.type("@bot merge")
    row = EventLog.objects.get()
    claim = CommandClaim.objects.get()
    assert (row.status, claim.outcome) == (EventStatus.PROCESSING, None)
    assert claim.acknowledged_at is not None
    EventLog.objects.update(lease_expires_at=timezone.now() - dt.timedelta(seconds=1))
    sweep.sweep()
    desk.process(row)
    assert len(tries) == 2
    assert desk.said == ["Merging."]
    assert desk.reactions == ["eyes", "rocket"]
    assert runs(row) == [("merge", "succeeded")]


def test_of_two_deliveries_at_the_same_moment_one_gets_the_command(desk: Desk, deployed: list[Any]) -> None:
    first = desk.type("@bot deploy prod", process=False)
    second = desk.receive("issue_comment", desk.payload(), delivery="another", process=False)
    claimed: list[Taken] = []
    together = threading.Barrier(2)

    def take(event_id: int) -> None:
        together.wait(10)
        try:
            claimed.append(CommandClaim.objects.take("key", event_id, command="@bot deploy", actor="octocat"))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[row.pk]) for row in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(claimed, key=lambda taken: taken.value) == [Taken.NEW, Taken.ELSEWHERE]


@BOTH
def test_a_rate_limit_postpones_a_command_before_it_starts(desk: Desk, deployed: list[Any]) -> None:
    desk.github.secondary_limit(60)
    row = desk.type("@bot deploy prod")
    assert (deployed, desk.said, desk.reactions) == ([], [], [])
    assert runs(row) == [("deploy", "retrying")]
    assert row.status == EventStatus.RETRYING


def test_an_outcome_that_the_ledger_missed_is_not_run_again(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy prod")
    # A worker that dies between the command's outcome and the ledger's leaves exactly this.
    row.runs.all().delete()
    type(row).objects.filter(pk=row.pk).update(status=EventStatus.PENDING, finished_at=None)
    desk.process(row)
    assert deployed == [("prod", 1)]
    assert row.status == EventStatus.DONE


def test_a_replay_runs_it_again_because_somebody_asks(desk: Desk, deployed: list[Any]) -> None:
    row = desk.type("@bot deploy prod")
    assert publishing.replay([row.pk]) == [row.pk]
    desk.process(row)
    assert deployed == [("prod", 1), ("prod", 1)]


def test_a_command_is_refused_where_it_does_not_belong(desk: Desk, gh: GitHubRouter) -> None:
    @gh.command("backport", scope="pr")
    async def backport() -> None:
        raise AssertionError

    desk.type("@bot backport")
    assert desk.said == ["@octocat: `@bot backport` works on pull requests only."]


def test_a_cooldown_holds_a_command_back_in_the_same_conversation(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[str] = []

    @gh.command("bench", cooldown=600)
    async def bench(cmd_args: str) -> None:
        seen.append(cmd_args)

    desk.type("@bot bench one", delivery="one")
    desk.type("@bot bench two", delivery="two")
    assert seen == ["one"]
    assert desk.said == ["@octocat: `@bot bench` was used here less than 10 minutes ago."]


def test_help_lists_what_this_person_may_use_here(desk: Desk, gh: GitHubRouter) -> None:
    @gh.command("deploy", permission="write", help="Deploy the site.")
    async def deploy() -> None: ...

    @gh.command("backport", scope="pr", help="Backport this.")
    async def backport() -> None: ...

    @gh.command("label", help="Add labels.\n\nAny number of them.")
    @click.argument("names", nargs=-1, required=True)
    async def label() -> None: ...

    @gh.command("secret", hidden=True, permission="admin")
    async def secret() -> None: ...

    desk.type("@bot help", role="read", delivery="1")
    desk.type("@bot help", by="hubot", role="write", delivery="2")
    desk.type("@bot help label", by="hubot", delivery="3")
    for number, name in enumerate(("deploy", "secret", "backport"), 4):
        desk.type(f"@bot help {name}", role="read", delivery=str(number))
    rows = [
        "| `@bot help [COMMAND]` | List the commands that you can use here, or describe one. |\n"
        "| `@bot label NAMES...` | Add labels. |\n"
        "\n"
        "`@bot help COMMAND` tells more about one of them."
    ]
    head = "| Command | What it does |\n|---|---|\n"
    assert desk.said == [
        head + rows[0],
        head + "| `@bot deploy` | Deploy the site. |\n" + rows[0],
        "**Usage:** `@bot label NAMES...`\n\nAdd labels.\n\nAny number of them.\n\n- `NAMES` (required)\n\n"
        "Works on issues and pull requests.",
        "@octocat: `@bot deploy` needs write access to this repository; you have read.",
        "@octocat: I know no command `secret`. `@bot help` lists what you can use here.",
        "@octocat: `@bot backport` works on pull requests only.",
    ]


def test_help_of_a_command_can_be_asked_of_the_command(desk: Desk, deployed: list[Any]) -> None:
    desk.type("@bot deploy --help")
    assert deployed == []
    assert desk.said == [
        "**Usage:** `@bot deploy {prod|test} [--count INTEGER]`\n\nDeploy the site.\n\n"
        "- `ENVIRONMENT` (one of `prod`, `test`; required)\n- `--count` `INTEGER`\n\n"
        "Works on issues and pull requests; needs write access to this repository; also called `ship`."
    ]


def test_feedback_can_be_changed_and_switched_off(
    desk: Desk, deployed: list[Any], configure: Callable[..., None]
) -> None:
    configure(COMMAND_REACTIONS={"taken": None, "done": "+1"})
    desk.type("@bot deploy prod", delivery="1")
    assert desk.reactions == ["+1"]
    configure(COMMAND_REACTIONS=None, COMMAND_REPLIES=False)
    desk.type("@bot deploy nowhere", delivery="2")
    assert desk.reactions == []
    assert desk.said == ["Deployed prod."]


def test_a_conversation_that_cannot_be_answered_does_not_stop_the_command(
    desk: Desk, gh: GitHubRouter
) -> None:
    seen: list[int] = []

    @gh.command("merge")
    async def merge() -> None:
        seen.append(1)

    desk.github.fail_next(99, status=403, path=".*reactions.*")
    row = desk.type("@bot merge")
    assert seen == [1]
    assert runs(row) == [("merge", "succeeded")]


@BOTH
def test_a_permission_can_be_a_rule_or_a_team(desk: Desk, gh: GitHubRouter) -> None:
    seen: list[str] = []

    def is_author(context: Any, event: Any) -> bool | str:
        return context.sender == event.data["issue"]["user"]["login"] or "Only the author may do that."

    @gh.command("close", permission=is_author)
    async def close(context: Any) -> None:
        seen.append(context.sender)

    @gh.command("release", permission="@Octo/Releasers")
    async def release() -> None:
        seen.append("released")

    desk.github.teams["octo/releasers"] = {"octocat": "active", "hubot": "pending"}
    desk.type("@bot close\n@bot release", by="octocat", delivery="1")
    desk.type("@bot close", by="hubot", delivery="2")
    desk.type("@bot release", by="hubot", delivery="3")
    assert seen == ["octocat", "released"]
    assert desk.said == [
        "@hubot: Only the author may do that.",
        "@hubot: `@bot release` needs membership of Octo/Releasers.",
    ]


def test_a_prefix_is_a_second_way_and_its_unknown_commands_are_left_to_others(
    desk: Desk, deployed: list[Any], configure: Callable[..., None]
) -> None:
    configure(COMMAND_PREFIX="/")
    desk.type("/deploy prod\n/lgtm\n/depoly\n/deploy nowhere")
    assert deployed == [("prod", 1)]
    assert len(desk.said) == 2
    assert "/deploy nowhere\n        ^^^^^^^\n" in desk.said[1]


def test_secrets_in_arguments_are_masked_in_the_ledger(desk: Desk, gh: GitHubRouter) -> None:
    @gh.command("login")
    async def login(cmd_args: str) -> None:
        assert cmd_args == "--token abc password=def user=me"

    @gh.command("store")
    @click.option("--key", hide_input=True, type=int)
    async def store() -> None: ...

    row = desk.type("@bot login --token abc password=def user=me\n@bot store --key abc")
    first, second = row.runs.order_by("position")
    assert first.arguments == "--token *** password=*** user=me"
    assert (second.arguments, second.error) == ("--key ***", "CommandRejected: usage error")


def test_old_claims_are_forgotten(desk: Desk, deployed: list[Any], configure: Callable[..., None]) -> None:
    from django_github_app.execution.commands import answer_overdue

    desk.type("@bot deploy prod")
    assert answer_overdue() == {"told": 0, "forgotten": 0}
    configure(COMMAND_MEMORY_DAYS=0)
    assert answer_overdue() == {"told": 0, "forgotten": 1}
    assert not CommandClaim.objects.exists()


@BOTH
def test_a_long_comment_is_read_beside_the_event_loop(desk: Desk, gh: GitHubRouter) -> None:
    threads: list[str] = []

    def note(comment: Any) -> bool:
        threads.append(threading.current_thread().name)
        return False

    @gh.event("issue_comment", comment=note)
    async def never() -> None: ...

    desk.type("short", delivery="1")
    desk.type("long " * 1_000, delivery="2")
    own = threading.current_thread().name
    expected = [own, own] if desk.worker_type == "sync" else ["github-loop", "github-callback"]
    assert [name.rsplit("_", 1)[0] for name in threads] == expected
