"""``manage.py github import-app`` and ``create-app``."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command()
@click.option("--type", "account_type", type=click.Choice(["org", "user"]), help="Type of the account.")
@click.option("--name", help="Organisation or user that the app is installed on.")
@click.option("--installation-id", type=int, help="Id of the installation.")
def import_app(account_type: str | None, name: str | None, installation_id: int | None) -> None:
    """Store installations of the app that were made before, with their repositories.

    Without options: all of them. Running it again brings everything up to date.
    """
    import gidgethub

    from django_github_app.errors import GitHubAppError

    if (account_type is None) != (name is None):
        raise click.UsageError("--type and --name belong together")
    try:
        if account_type is None and installation_id is None:
            _import_all()
        else:
            _import_one(account_type, name, installation_id)
    except (GitHubAppError, gidgethub.GitHubException) as error:
        raise click.ClickException(f"{type(error).__name__}: {error}") from error


def _import_all() -> None:
    from django_github_app.maintenance.reconcile import Reconciled, reconcile
    from django_github_app.process.clock import utc_now
    from django_github_app.sql.clock import database_now

    began, done = database_now(), Reconciled()
    while True:
        part = reconcile(seconds=600, older_than=began)
        done.installations = part.installations
        done.removed_installations += part.removed_installations
        done.repositories += part.repositories
        done.removed_repositories += part.removed_repositories
        if part.busy:
            time.sleep(1)  # beat's run ends within minutes
        elif part.limited_until is not None:
            # A person waits here, not a worker.
            click.echo(f"GitHub's rate limit: going on at {part.limited_until:%H:%M:%S} UTC …", err=True)
            time.sleep(max(1.0, (part.limited_until - utc_now()).total_seconds()))
        elif not part.left:
            break
    click.echo(
        f"{done.installations} installations ({done.removed_installations} removed), "
        f"{done.repositories} repositories ({done.removed_repositories} removed)"
    )


def _import_one(account_type: str | None, name: str | None, installation_id: int | None) -> None:
    from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl, SyncGitHubAPI, app_jwt
    from django_github_app.maintenance.reconcile import reconcile_repositories
    from django_github_app.models import Installation, InstallationStatus

    if account_type == "org":
        url = GitHubAPIUrl(GitHubAPIEndpoint.ORG_APP_INSTALLATION, {"org": name})
    elif account_type == "user":
        url = GitHubAPIUrl(GitHubAPIEndpoint.USER_APP_INSTALLATION, {"username": name})
    else:
        url = GitHubAPIUrl("/app/installations/{id}", {"id": str(installation_id)})
    data = SyncGitHubAPI().getitem(url.full_url, jwt=app_jwt())
    if installation_id is not None and data["id"] != installation_id:
        raise click.ClickException(f"the installation on {name} is {data['id']}, not {installation_id}")
    installation = Installation.objects.create_from_gh_data(data)
    if installation.status == InstallationStatus.ACTIVE:
        reconcile_repositories(installation)
    repositories = installation.repositories.count()
    click.echo(f"installation {installation} on {installation.account}: {repositories} repositories")


@click.command()
@click.option("--name", required=True, help="Name of the new app; people mention it.")
@click.option("--webhook-url", required=True, help="Where GitHub is to send events, such as https://…/gh/.")
@click.option("--url", help="The app's home page. By default the site of the webhook.")
@click.option("--org", help="Organisation that is to own the app. By default your own account.")
@click.option("--public", is_flag=True, help="Anybody may install it.")
@click.option("--description", default="", help="Shown to those who install it.")
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".env"),
    show_default=True,
    help="File that the app's id, key and secret are added to.",
)
@click.option("--port", type=int, default=0, help="Port of the local page. By default a free one.")
@click.option("--github-url", help="GitHub's web address. By default the one beside GITHUB_APP['API_URL'].")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
@click.option("--timeout", type=float, default=600.0, show_default=True, help="Seconds to wait for you.")
def create_app(
    name: str,
    webhook_url: str,
    url: str | None,
    org: str | None,
    public: bool,
    description: str,
    env_file: Path,
    port: int,
    github_url: str | None,
    browser: bool,
    timeout: float,
) -> None:
    """Create the app on GitHub: a form, filled in with what the registered handlers need.

    Opens a local page that leads to GitHub, where you confirm; GitHub then hands over id, key and secret,
    which are added to a .env file (readable by you only).
    """
    from django_github_app.setup import manifest

    if env_file.exists() and "GITHUB_APP_ID=" in env_file.read_text():
        raise click.ClickException(f"{env_file} has a GITHUB_APP_ID already: name another --env-file")
    wanted = manifest.build(
        name, webhook_url, url=url, public=public, description=description, needs=manifest.registered_needs()
    )
    with manifest.Exchange(wanted, github_url=github_url, org=org, port=port) as exchange:
        click.echo(f"Open {exchange.url} and confirm on GitHub …")
        if browser:
            click.launch(exchange.url)
        try:
            made = exchange.wait(timeout)
        except manifest.ManifestError as error:
            raise click.ClickException(str(error)) from error
    manifest.write_env(env_file, made, exchange.api_url)
    click.echo(f"Created {made['slug']} (id {made['id']}); wrote {env_file}")
    click.echo(f"Install it: {made['html_url']}/installations/new")
