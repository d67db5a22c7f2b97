"""Webhook bodies as long as GitHub's: `django_github_app.testing.payloads` with everything GitHub repeats in each.

GitHub puts the whole repository, with some forty links, and every account, with twelve, into each payload. The
same seed gives the same bodies; two seeds share no repository, account, number, hash or text, only the shape.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django_github_app.testing import payloads

SECRET = "benchmark"

# How often an app that follows code and issues gets each of these.
WEIGHTS = {
    "check_run": 14,
    "check_suite": 8,
    "create": 3,
    "delete": 2,
    "issue_comment": 14,
    "issues": 10,
    "label": 1,
    "pull_request": 14,
    "pull_request_review": 6,
    "pull_request_review_comment": 4,
    "push": 12,
    "release": 1,
    "star": 3,
    "status": 6,
    "workflow_job": 8,
    "workflow_run": 8,
}

_WORDS = [
    "the",
    "cache",
    "is",
    "stale",
    "when",
    "a",
    "worker",
    "restarts",
    "and",
    "nobody",
    "notices",
    "until",
    "requests",
    "time",
    "out",
    "please",
    "look",
    "at",
    "this",
    "branch",
    "again",
    "before",
    "we",
    "merge",
    "it",
    "because",
    "one",
    "test",
    "fails",
    "on",
    "windows",
    "only",
    "with",
    "python",
    "twelve",
    "see",
    "log",
    "thanks",
    "works",
    "for",
    "me",
    "now",
    "could",
    "you",
    "rebase",
    "add",
    "documentation",
    "for",
    "new",
    "option",
    "remove",
    "unused",
    "import",
    "fix",
    "typo",
    "release",
    "candidate",
    "performance",
    "regression",
    "memory",
    "leak",
    "index",
    "migration",
    "rollback",
    "retry",
    "queue",
    "deploy",
    "staging",
]

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_LINKS = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}
_PULL_LINKS = {
    "review_comments_url": "/comments",
    "commits_url": "/commits",
    "review_comment_url": "/comments{/number}",
}
_REACTIONS = ("total_count", "+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


@dataclass(frozen=True, slots=True)
class Sample:
    """One body with what its headers say."""

    event: str
    body: bytes
    signature: str


def samples(
    count: int, seed: int = 1, events: Sequence[str] = (), installation: int | None = None
) -> list[Sample]:
    """Return ``count`` signed bodies (of ``events``, or of a usual mixture; of one installation, or each its own)."""
    chance = random.Random(seed)
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    if events:
        names, weights = list(events), [1] * len(events)
    made = []
    for event in chance.choices(names, weights, k=count):
        body = body_of(event, chance, installation)
        made.append(Sample(event, body, payloads.sign(SECRET, body)))
    return made


def body_of(event: str, chance: random.Random, installation: int | None = None) -> bytes:
    """Return one body of an event with random values."""
    owner, repository = _name(chance), _name(chance)
    payload = payloads.build(
        event,
        number=chance.randrange(1, 9_000),
        repository=f"{owner}/{repository}",
        sender=_name(chance),
        installation=installation or chance.randrange(10_000_000, 90_000_000),
        title=_text(chance, 4, 10).capitalize(),
        body=_text(chance, 10, 160),
        comment=_text(chance, 4, 120),
        ref=f"refs/heads/{_name(chance)}",
        on_pull_request=chance.random() < 0.3,
    )
    full = _full(payload, chance, _Values(chance))
    return json.dumps(full, separators=(",", ":")).encode()


class _Values:
    """Values that stand in several places of one payload."""

    def __init__(self, chance: random.Random) -> None:
        self.moments = [_moment(chance) for _ in range(4)]
        self.hashes: dict[str, str] = {}


def _full(value: Any, chance: random.Random, values: _Values) -> Any:
    if isinstance(value, list):
        return [_full(item, chance, values) for item in value]
    if isinstance(value, str):
        if value.endswith("Z") and value.startswith("2026-01-15T"):
            return chance.choice(values.moments)
        if len(value) == 40 and set(value) <= set("0123456789abcdef"):
            if value not in values.hashes:
                values.hashes[value] = chance.randbytes(20).hex()
            return values.hashes[value]
        return value
    if not isinstance(value, dict):
        return value
    value = {key: _full(item, chance, values) for key, item in value.items()}
    if "login" in value and "avatar_url" in value:
        return _user(value)
    if "full_name" in value and "owner" in value:
        return _repository(value, chance)
    if "draft" in value and "head" in value:
        return _pull_request(value, chance)
    if "comments_url" in value and "state" in value:
        value |= {"labels_url": f"{value['url']}/labels{{/name}}", "events_url": f"{value['url']}/events"}
        value |= {"active_lock_reason": None, "closed_at": None, "timeline_url": f"{value['url']}/timeline"}
        value |= {
            "performed_via_github_app": None,
            "state_reason": None,
            "reactions": _reactions(value["url"]),
        }
    elif "author_association" in value and "html_url" in value:
        value |= {"performed_via_github_app": None, "reactions": _reactions(value["url"])}
    return value


def _user(user: dict[str, Any]) -> dict[str, Any]:
    links = {key: user["url"] + path for key, path in _USER_LINKS.items()}
    head = {key: user[key] for key in ("login", "id", "node_id", "avatar_url")}
    tail = {"type": user["type"], "user_view_type": "public", "site_admin": user["site_admin"]}
    return {**head, "gravatar_id": "", "url": user["url"], "html_url": user["html_url"], **links, **tail}


def _repository(repository: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    url, name = repository["url"], repository["full_name"]
    first = (
        "id",
        "node_id",
        "name",
        "full_name",
        "private",
        "owner",
        "html_url",
        "description",
        "fork",
        "url",
    )
    return {
        **{key: repository[key] for key in first},
        **{key: url + path for key, path in _REPOSITORY_LINKS.items()},
        **{key: repository[key] for key in ("created_at", "updated_at", "pushed_at")},
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"https://github.com/{name}.git",
        "svn_url": f"https://github.com/{name}",
        "homepage": None,
        "size": chance.randrange(90_000),
        "stargazers_count": (stars := chance.randrange(3_000)),
        "watchers_count": stars,
        "language": chance.choice(["Python", "Go", "TypeScript", "Rust", None]),
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": chance.random() < 0.5,
        "has_pages": False,
        "has_discussions": chance.random() < 0.3,
        "forks_count": (forks := chance.randrange(300)),
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": (issues := chance.randrange(500)),
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": repository["visibility"],
        "forks": forks,
        "open_issues": issues,
        "watchers": stars,
        "default_branch": repository["default_branch"],
    }


def _pull_request(pull: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    links = {key: pull["url"] + path for key, path in _PULL_LINKS.items()}
    kinds = ("html", "issue", "comments", "review_comments", "commits", "statuses")
    return {
        **pull,
        "diff_url": f"{pull['html_url']}.diff",
        "patch_url": f"{pull['html_url']}.patch",
        **links,
        "comments_url": f"{pull['issue_url']}/comments",
        "closed_at": None,
        "merged_at": None,
        "merge_commit_sha": None,
        "assignee": None,
        "milestone": None,
        "auto_merge": None,
        "active_lock_reason": None,
        "_links": {"self": {"href": pull["url"]}, **{k: {"href": f"{pull['url']}/{k}"} for k in kinds}},
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None,
        "comments": chance.randrange(9),
        "review_comments": chance.randrange(9),
        "maintainer_can_modify": False,
    }


def _reactions(url: str) -> dict[str, Any]:
    return {"url": f"{url}/reactions", **dict.fromkeys(_REACTIONS, 0)}


def _name(chance: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    syllables = (
        "".join(chance.choices(letters, k=chance.randrange(2, 5))) for _ in range(chance.randrange(2, 4))
    )
    return "-".join(syllables)


def _text(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randrange(least, most)))


def _moment(chance: random.Random) -> str:
    month, day, hour = chance.randrange(1, 13), chance.randrange(1, 29), chance.randrange(24)
    minute, second = chance.randrange(60), chance.randrange(60)
    return f"202{chance.randrange(4, 7)}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def digest(made: Sequence[Sample]) -> str:
    """Return a short name of a set of bodies, to say that two runs used the same."""
    return hashlib.blake2b(b"".join(s.body for s in made), digest_size=6).hexdigest()
