"""Welcomes people to their first issue, pull request and merge. Configured by .github/config.yml."""

import msgspec

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


class Config(msgspec.Struct):
    issue: str = msgspec.field(default="", name="newIssueWelcomeComment")
    pull: str = msgspec.field(default="", name="newPRWelcomeComment")
    merged: str = msgspec.field(default="", name="firstPRMergeComment")


@gh.event("issues.opened")
async def first_issue(gh, context):
    config = await context.config("config.yml", Config)
    if config.issue and await is_first(gh, context, context.sender, "is:issue"):
        await context.reply(config.issue)


@gh.event("pull_request.opened")
async def first_pull_request(gh, context):
    config = await context.config("config.yml", Config)
    if config.pull and await is_first(gh, context, context.sender, "is:pr"):
        await context.reply(config.pull)


@gh.event("pull_request.closed", pull_request__merged=True)
async def first_merge(event, gh, context):
    config = await context.config("config.yml", Config)
    author = event.data["pull_request"]["user"]["login"]
    if config.merged and await is_first(gh, context, author, "is:pr is:merged"):
        await context.reply(config.merged)


async def is_first(gh, context, author, kind):
    """Return whether the event's own is the only one of its kind that somebody has in the repository."""
    if context.is_bot:
        return False
    query = f"repo:{context.repo} author:{author} {kind}"
    found = await gh.getitem("/search/issues{?q,per_page}", {"q": query, "per_page": "2"})
    return all(item["number"] == context.number for item in found["items"])
