"""Labels what nobody has touched for a while, and closes what stays that way. Configured by .github/stale.yml."""

import datetime as dt

import msgspec

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"


class Config(msgspec.Struct, rename="camel"):
    days_until_stale: int = 60
    days_until_close: int = 7
    exempt_labels: tuple[str, ...] = ("pinned", "security")
    stale_label: str = "wontfix"
    mark_comment: str = "Nothing has happened here for a while. Is it still of interest?"
    unmark_comment: str = ""
    close_comment: str = ""


@gh.schedule("daily", name="stale")
async def look_for_stale(gh, context):
    config = await context.config("stale.yml", Config)
    exempt = "".join(f' -label:"{name}"' for name in config.exempt_labels)
    label = f'label:"{config.stale_label}"'
    async for issue in untouched(gh, context, config.days_until_stale, f"-{label}{exempt}"):
        where = context.repo(issue_number=issue["number"])
        await gh.post(ISSUE + "/labels", where, data={"labels": [config.stale_label]})
        await gh.post(ISSUE + "/comments", where, data={"body": config.mark_comment})
    async for issue in untouched(gh, context, config.days_until_close, f"{label}{exempt}"):
        where = context.repo(issue_number=issue["number"])
        if config.close_comment:
            await gh.post(ISSUE + "/comments", where, data={"body": config.close_comment})
        await gh.patch(ISSUE, where, data={"state": "closed"})


def untouched(gh, context, days, query):
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    query = f"repo:{context.repo} is:open updated:<{before:%Y-%m-%dT%H:%M:%SZ} {query}"
    return gh.getiter("/search/issues{?q,sort,order}", {"q": query, "sort": "updated", "order": "asc"})


@gh.event("issue_comment.created")
async def somebody_cares(event, gh, context):
    config = await context.config("stale.yml", Config)
    labels = [label["name"] for label in event.data["issue"]["labels"]]
    if context.is_bot or config.stale_label not in labels:
        return
    await gh.delete(ISSUE + "/labels/{name}", context.issue(name=config.stale_label))
    if config.unmark_comment:
        await context.reply(config.unmark_comment)
