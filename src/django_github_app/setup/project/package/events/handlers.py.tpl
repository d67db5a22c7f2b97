"""What the bot does. `github-app add handler NAME` and `github-app add command NAME` add to this package."""

import click
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


@gh.event("issues.opened")
{{ def }} welcome(context):
    """Welcome whoever opens an issue."""
    if not context.is_bot:
        {{ await }}context.reply(f"Thanks @{context.sender}, we will have a look.")


@gh.command("hello", permission="read")
@click.option("--shout", is_flag=True, help="Say it loudly.")
{{ def }} hello(context, shout):
    """Say hello: `@{{ slug }} hello --shout`."""
    greeting = f"Hello {context.sender}!"
    {{ await }}context.reply(greeting.upper() if shout else greeting)


@gh.schedule("daily", name="triage")
{{ def }} triage(gh, context):
    """Label open issues that nobody has labelled, in each repository."""
    {{ async_for }} issue in gh.getiter("/repos/{owner}/{repo}/issues", context.repo()):
        if not issue["labels"]:
            {{ await }}gh.post(issue["url"] + "/labels", data={"labels": ["needs-triage"]})
