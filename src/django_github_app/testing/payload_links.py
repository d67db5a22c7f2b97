"""The addresses in GitHub's objects, as templates below an account or a repository. Pure."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

__all__ = ["account", "repository_links"]

_OF_ACCOUNT: Final = (
    ("followers_url", "followers"),
    ("following_url", "following{/other_user}"),
    ("gists_url", "gists{/gist_id}"),
    ("starred_url", "starred{/owner}{/repo}"),
    ("subscriptions_url", "subscriptions"),
    ("organizations_url", "orgs"),
    ("repos_url", "repos"),
    ("events_url", "events{/privacy}"),
    ("received_events_url", "received_events"),
)
_OF_REPOSITORY: Final = (
    ("forks_url", "forks"),
    ("keys_url", "keys{/key_id}"),
    ("collaborators_url", "collaborators{/collaborator}"),
    ("teams_url", "teams"),
    ("hooks_url", "hooks"),
    ("issue_events_url", "issues/events{/number}"),
    ("events_url", "events"),
    ("assignees_url", "assignees{/user}"),
    ("branches_url", "branches{/branch}"),
    ("tags_url", "tags"),
    ("blobs_url", "git/blobs{/sha}"),
    ("git_tags_url", "git/tags{/sha}"),
    ("git_refs_url", "git/refs{/sha}"),
    ("trees_url", "git/trees{/sha}"),
    ("statuses_url", "statuses/{sha}"),
    ("languages_url", "languages"),
    ("stargazers_url", "stargazers"),
    ("contributors_url", "contributors"),
    ("subscribers_url", "subscribers"),
    ("subscription_url", "subscription"),
    ("commits_url", "commits{/sha}"),
    ("git_commits_url", "git/commits{/sha}"),
    ("comments_url", "comments{/number}"),
    ("issue_comment_url", "issues/comments{/number}"),
    ("contents_url", "contents/{+path}"),
    ("compare_url", "compare/{base}...{head}"),
    ("merges_url", "merges"),
    ("archive_url", "{archive_format}{/ref}"),
    ("downloads_url", "downloads"),
    ("issues_url", "issues{/number}"),
    ("pulls_url", "pulls{/number}"),
    ("milestones_url", "milestones{/number}"),
    ("notifications_url", "notifications{?since,all,participating}"),
    ("labels_url", "labels{/name}"),
    ("releases_url", "releases{/id}"),
    ("deployments_url", "deployments"),
)


def account(api: str, html: str, login: str, number: int, node_id: str, kind: str) -> dict[str, Any]:
    """Return an account as GitHub shows it in other objects. ``kind``: User, Organization, Bot."""
    url = f"{api}/users/{quote(login)}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{html}/{login}" if kind != "Bot" else f"{html}/apps/{login.removesuffix('[bot]')}",
        **{name: f"{url}/{path}" for name, path in _OF_ACCOUNT},
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def repository_links(api: str, html: str, full_name: str) -> dict[str, Any]:
    """Return the addresses of a repository."""
    url, page = f"{api}/repos/{full_name}", f"{html}/{full_name}"
    return {
        "html_url": page,
        "url": url,
        **{name: f"{url}/{path}" for name, path in _OF_REPOSITORY},
        "git_url": f"git://{page.partition('://')[2]}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
    }
