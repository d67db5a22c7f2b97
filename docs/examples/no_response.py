"""Closes issues whose author does not answer a question. Configured by .github/no-response.yml."""

import datetime as dt

import msgspec

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"


class Config(msgspec.Struct, rename="camel"):
    days_until_close: int = 14
    response_required_label: str = "more-information-needed"
    close_comment: str = "Closed because the author has not answered. It is opened again by an answer."


@gh.schedule("hourly", name="no-response")
async def close_unanswered(gh, context):
    config = await context.config("no-response.yml", Config)
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=config.days_until_close)
    query = f'repo:{context.repo} is:issue is:open label:"{config.response_required_label}"'
    async for issue in gh.getiter(
        "/search/issues{?q,sort,order}", {"q": query, "sort": "updated", "order": "asc"}
    ):
        where = context.repo(issue_number=issue["number"])
        if await asked_at(gh, where, config.response_required_label) > before:
            continue
        await gh.post(ISSUE + "/comments", where, data={"body": config.close_comment})
        await gh.patch(ISSUE, where, data={"state": "closed", "state_reason": "not_planned"})


async def asked_at(gh, where, label):
    """Return when an issue was labelled last."""
    asked = dt.datetime.now(dt.UTC)
    async for happened in gh.getiter(ISSUE + "/events{?per_page}", {**where, "per_page": "100"}):
        if happened["event"] == "labeled" and happened["label"]["name"] == label:
            asked = dt.datetime.fromisoformat(happened["created_at"])
    return asked


@gh.event("issue_comment.created")
async def author_answered(event, gh, context):
    config = await context.config("no-response.yml", Config)
    issue, label = event.data["issue"], config.response_required_label
    asked = label in [one["name"] for one in issue["labels"]]
    if not asked or context.sender != issue["user"]["login"]:
        return
    await gh.delete(ISSUE + "/labels/{name}", context.issue(name=label))
    if issue["state"] == "closed" and "pull_request" not in issue:
        await gh.patch(ISSUE, context.issue(), data={"state": "open"})
