"""Checks that titles of pull requests follow Conventional Commits. Configured by .github/semantic.yml."""

import re

import msgspec

from django_github_app.commands import quote
from django_github_app.github import acheck_run
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
TITLE = re.compile(r"(?P<type>[a-z]+)(?:\((?P<scope>[^()]+)\))?!?: \S")
EVENTS = [f"pull_request.{action}" for action in ("opened", "reopened", "edited", "synchronize")]


class Config(msgspec.Struct):
    enabled: bool = True
    types: tuple[str, ...] = (
        "feat",
        "fix",
        "docs",
        "style",
        "refactor",
        "perf",
        "test",
        "build",
        "ci",
        "chore",
        "revert",
    )
    scopes: list[str] | None = None


@gh.event(EVENTS)
async def check_title(event, gh, context):
    config = await context.config("semantic.yml", Config)
    if not config.enabled:
        return
    problem = problem_of(event.data["pull_request"]["title"], config)
    found = {"title": problem or "Ready to be squashed", "summary": problem or "The title is a good subject."}
    result = {"conclusion": "failure" if problem else "success", "output": found}
    # One check for each commit, updated when the title changes.
    await acheck_run(gh, event, "semantic title", external_id="title", status="completed", **result)


def problem_of(title, config):
    """Return what is wrong with a title, or the empty text."""
    match = TITLE.match(title)
    if match is None:
        return f"{quote(title)} is not of the form `type(scope): what changed`"
    if match["type"] not in config.types:
        return f"{quote(match['type'])} is none of the types {', '.join(config.types)}"
    if match["scope"] and config.scopes is not None and match["scope"] not in config.scopes:
        return f"{quote(match['scope'])} is none of the scopes {', '.join(config.scopes)}"
    return ""
