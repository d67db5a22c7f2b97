"""Keeps a repository's settings, topics, labels and collaborators as .github/settings.yml says."""

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
FILE = ".github/settings.yml"
REPO = "/repos/{owner}/{repo}"


@gh.event("push")
async def settings_were_pushed(event, gh, context):
    commits, main = event.data["commits"], event.data["repository"]["default_branch"]
    changed = {path for commit in commits for path in [*commit["added"], *commit["modified"]]}
    if FILE in changed and event.data["ref"] == f"refs/heads/{main}":
        await apply(gh, context)


@gh.event("repository.edited")
async def settings_were_edited(gh, context):
    if not context.is_bot:  # our own changes come back as events
        await apply(gh, context)


async def apply(gh, context):
    wanted = await context.config("settings.yml", default={})
    settings = dict(wanted.get("repository") or {})
    topics = settings.pop("topics", None)
    if settings:
        await gh.patch(REPO, context.repo(), data=settings)
    if topics is not None:
        names = [name.strip().lower() for name in topics.split(",")]
        await gh.put(REPO + "/topics", context.repo(), data={"names": names})
    if "labels" in wanted:
        await apply_labels(gh, context, wanted["labels"])
    if "collaborators" in wanted:
        await apply_collaborators(gh, context, wanted["collaborators"])


async def apply_labels(gh, context, labels):
    listed = gh.getiter(REPO + "/labels", context.repo())
    gone = {label["name"].lower(): label["name"] async for label in listed}
    for label in labels:
        data = {"color": label["color"].lstrip("#"), "description": label.get("description")}
        if gone.pop(label["name"].lower(), None):
            await gh.patch(REPO + "/labels/{name}", context.repo(name=label["name"]), data=data)
        else:
            await gh.post(REPO + "/labels", context.repo(), data={"name": label["name"], **data})
    for name in gone.values():
        await gh.delete(REPO + "/labels/{name}", context.repo(name=name))


async def apply_collaborators(gh, context, people):
    wanted = {person["username"].lower(): person["permission"] for person in people}
    one = REPO + "/collaborators/{username}"
    async for person in gh.getiter(REPO + "/collaborators", context.repo()):
        if person["login"].lower() not in wanted:
            await gh.delete(one, context.repo(username=person["login"]))
    for username, permission in wanted.items():
        await gh.put(one, context.repo(username=username), data={"permission": permission})
