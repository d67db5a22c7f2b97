"""The objects that GitHub puts into webhook bodies, whole and in its order, with made-up values.

From its documentation of the REST API and of webhook payloads. `World` is one delivery's: what stands in several
places of a body (the account, the repository, the head commit) has the same values everywhere.
"""

from __future__ import annotations

import base64
import random
from typing import Any

Object = dict[str, Any]

WORDS = (
    "the", "cache", "is", "stale", "when", "a", "worker", "restarts", "and", "nobody", "notices",
    "until", "requests", "time", "out", "please", "look", "at", "this", "branch", "again", "before",
    "we", "merge", "it", "because", "one", "test", "fails", "on", "windows", "only", "with",
    "python", "twelve", "see", "log", "thanks", "works", "for", "me", "now", "could", "you",
    "rebase", "add", "documentation", "for", "new", "option", "remove", "unused", "import", "fix",
    "typo", "release", "candidate", "performance", "regression", "memory", "leak", "index",
    "migration", "rollback", "retry", "queue", "deploy", "staging",
)  # fmt: skip

_USER = (
    ("followers", "/followers"),
    ("following", "/following{/other_user}"),
    ("gists", "/gists{/gist_id}"),
    ("starred", "/starred{/owner}{/repo}"),
    ("subscriptions", "/subscriptions"),
    ("organizations", "/orgs"),
    ("repos", "/repos"),
    ("events", "/events{/privacy}"),
    ("received_events", "/received_events"),
)
_REPOSITORY = (
    ("forks", "/forks"),
    ("keys", "/keys{/key_id}"),
    ("collaborators", "/collaborators{/collaborator}"),
    ("teams", "/teams"),
    ("hooks", "/hooks"),
    ("issue_events", "/issues/events{/number}"),
    ("events", "/events"),
    ("assignees", "/assignees{/user}"),
    ("branches", "/branches{/branch}"),
    ("tags", "/tags"),
    ("blobs", "/git/blobs{/sha}"),
    ("git_tags", "/git/tags{/sha}"),
    ("git_refs", "/git/refs{/sha}"),
    ("trees", "/git/trees{/sha}"),
    ("statuses", "/statuses/{sha}"),
    ("languages", "/languages"),
    ("stargazers", "/stargazers"),
    ("contributors", "/contributors"),
    ("subscribers", "/subscribers"),
    ("subscription", "/subscription"),
    ("commits", "/commits{/sha}"),
    ("git_commits", "/git/commits{/sha}"),
    ("comments", "/comments{/number}"),
    ("issue_comment", "/issues/comments{/number}"),
    ("contents", "/contents/{+path}"),
    ("compare", "/compare/{base}...{head}"),
    ("merges", "/merges"),
    ("archive", "/{archive_format}{/ref}"),
    ("downloads", "/downloads"),
    ("issues", "/issues{/number}"),
    ("pulls", "/pulls{/number}"),
    ("milestones", "/milestones{/number}"),
    ("notifications", "/notifications{?since,all,participating}"),
    ("labels", "/labels{/name}"),
    ("releases", "/releases{/id}"),
    ("deployments", "/deployments"),
)
_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
_ASSOCIATIONS = ("NONE", "CONTRIBUTOR", "COLLABORATOR", "MEMBER", "OWNER")
_LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("documentation", "0075ca", "Improvements or additions to documentation"),
    ("duplicate", "cfd3d7", "This issue or pull request already exists"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("good first issue", "7057ff", "Good for newcomers"),
    ("help wanted", "008672", "Extra attention is needed"),
    ("question", "d876e3", "Further information is requested"),
)
_PERMISSIONS = (
    "actions", "administration", "attestations", "checks", "contents", "deployments", "discussions", "issues",
    "merge_queues", "metadata", "models", "packages", "pages", "pull_requests", "repository_hooks",
    "repository_projects", "security_events", "statuses", "vulnerability_alerts",
)  # fmt: skip
_APP_EVENTS = (
    "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status",
    "discussion", "discussion_comment", "fork", "gollum", "issues", "issue_comment", "label", "merge_group",
    "milestone", "page_build", "public", "pull_request", "pull_request_review", "pull_request_review_comment",
    "push", "registry_package", "release", "repository", "repository_dispatch", "status", "watch",
    "workflow_dispatch", "workflow_run",
)  # fmt: skip


class World:
    """Everything one delivery is about."""

    def __init__(self, chance: random.Random, installation: int | None = None) -> None:
        self.chance = chance
        self.installation = installation or chance.randrange(10_000_000, 90_000_000)
        self.in_organization = chance.random() < 0.7
        self.owner = self.account("Organization" if self.in_organization else "User")
        self.sender = self.account("Bot" if chance.random() < 0.15 else "User")
        self.author = self.sender if chance.random() < 0.5 else self.account()
        self.name = name(chance)
        self.path = f"{self.owner['login']}/{self.name}"
        self.url = f"https://api.github.com/repos/{self.path}"
        self.html_url = f"https://github.com/{self.path}"
        self.number = chance.randrange(1, 9_000)
        self.branch = f"{chance.choice(('fix', 'feature', 'renovate', 'docs'))}/{name(chance)}"
        self.head, self.base = self.sha(), self.sha()
        self.moments = [moment(chance) for _ in range(4)]
        self._repository = self._make_repository()

    # Values

    def id(self) -> int:
        return self.chance.randrange(100_000_000, 4_000_000_000)

    def node(self, prefix: str, size: int = 9) -> str:
        return (
            f"{prefix}_{base64.urlsafe_b64encode(b'kDO' + self.chance.randbytes(size)).decode().rstrip('=')}"
        )

    def legacy_node(self, kind: str, number: int) -> str:
        return base64.b64encode(f"{kind}{number}".encode()).decode()

    def sha(self) -> str:
        return self.chance.randbytes(20).hex()

    def time(self) -> str:
        return self.chance.choice(self.moments)

    def words(self, least: int, most: int) -> str:
        return text(self.chance, least, most)

    def association(self) -> str:
        return self.chance.choice(_ASSOCIATIONS)

    # Accounts, apps, repositories

    def account(self, kind: str = "User") -> Object:
        chance = self.chance
        number = chance.randrange(1_000, 220_000_000)
        login = name(chance) + ("[bot]" if kind == "Bot" else "")
        url = f"https://api.github.com/users/{login.replace('[', '%5B').replace(']', '%5D')}"
        node = (
            self.node("U" if kind == "User" else "O", 3)
            if number > 60_000_000
            else self.legacy_node(f"0{len(kind)}:{kind}", number)
        )
        page = f"https://github.com/apps/{login[:-5]}" if kind == "Bot" else f"https://github.com/{login}"
        return {
            "login": login,
            "id": number,
            "node_id": node,
            "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
            "gravatar_id": "",
            "url": url,
            "html_url": page,
            **{f"{key}_url": url + path for key, path in _USER},
            "type": kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def person(self, **more: str) -> Object:
        login = self.author["login"]
        return {"name": login.title().replace("-", " "), "email": f"{login}@users.noreply.github.com", **more}

    def organization(self) -> Object:
        login = self.owner["login"]
        url = f"https://api.github.com/orgs/{login}"
        paths = ("repos", "events", "hooks", "issues")
        return {
            "login": login,
            "id": self.owner["id"],
            "node_id": self.owner["node_id"],
            "url": url,
            **{f"{path}_url": f"{url}/{path}" for path in paths},
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": self.owner["avatar_url"],
            "description": self.chance.choice(["", None, self.words(2, 8)]),
        }

    def app(self) -> Object:
        """Return the app of a check: for the most part it is GitHub Actions."""
        if self.chance.random() < 0.7:
            owner = self.account("Organization")
            for key, value in owner.items():
                if isinstance(value, str):
                    owner[key] = value.replace(owner["login"], "github")
            owner |= {"id": 9919, "node_id": "MDEyOk9yZ2FuaXphdGlvbjk5MTk="}
            owner["avatar_url"] = "https://avatars.githubusercontent.com/u/9919?v=4"
            head = {"id": 15368, "client_id": "Iv1.05c79e9ad1f6bdfa", "slug": "github-actions"}
            head |= {"node_id": "MDM6QXBwMTUzNjg=", "owner": owner, "name": "GitHub Actions"}
            text = "Automate your workflow from idea to production"
            dates = {"created_at": "2018-07-30T09:30:17Z", "updated_at": "2025-03-07T16:35:00Z"}
            granted = {p: "read" if p == "metadata" else "write" for p in _PERMISSIONS}
            urls = {
                "external_url": "https://help.github.com/en/actions",
                "html_url": "https://github.com/apps/github-actions",
            }
            return {
                **head,
                "description": text,
                **urls,
                **dates,
                "permissions": granted,
                "events": list(_APP_EVENTS),
            }
        slug = name(self.chance)
        return {
            "id": self.chance.randrange(1_000, 2_000_000),
            "client_id": f"Iv1.{self.chance.randbytes(8).hex()}",
            "slug": slug,
            "node_id": self.node("A", 6),
            "owner": self.account("Organization"),
            "name": slug.title(),
            "description": self.words(4, 20).capitalize(),
            "external_url": f"https://{slug}.example.com",
            "html_url": f"https://github.com/apps/{slug}",
            "created_at": moment(self.chance),
            "updated_at": moment(self.chance),
            "permissions": {
                p: self.chance.choice(["read", "write"]) for p in _PERMISSIONS if self.chance.random() < 0.4
            },
            "events": [event for event in _APP_EVENTS if self.chance.random() < 0.3],
        }

    def _make_repository(self) -> Object:
        chance = self.chance
        private = chance.random() < 0.4
        stars, forks, issues = (chance.randrange(most) for most in (3_000, 300, 500))
        return {
            **self._repository_start(private),
            "created_at": moment(chance),
            "updated_at": moment(chance),
            "pushed_at": self.time(),
            "git_url": f"git://github.com/{self.path}.git",
            "ssh_url": f"git@github.com:{self.path}.git",
            "clone_url": f"https://github.com/{self.path}.git",
            "svn_url": f"https://github.com/{self.path}",
            "homepage": chance.choice([None, "", f"https://{self.name}.example.org"]),
            "size": chance.randrange(90_000),
            "stargazers_count": stars,
            "watchers_count": stars,
            "language": chance.choice(["Python", "Go", "TypeScript", "Rust", "Java", None]),
            **{
                f"has_{what}": chance.random() < likely
                for what, likely in (
                    ("issues", 0.9), ("projects", 0.9), ("downloads", 0.95), ("wiki", 0.6), ("pages", 0.2),
                    ("discussions", 0.2),
                )
            },
            "forks_count": forks,
            "mirror_url": None,
            "archived": False,
            "disabled": False,
            "open_issues_count": issues,
            "license": None if private else _license(chance),
            "allow_forking": True,
            "is_template": False,
            "web_commit_signoff_required": False,
            "topics": [word for word in chance.sample(WORDS, 5) if chance.random() < 0.2],
            "visibility": "private" if private else "public",
            "forks": forks,
            "open_issues": issues,
            "watchers": stars,
            "default_branch": chance.choice(["main", "main", "master"]),
        }  # fmt: skip

    def _repository_start(self, private: bool) -> Object:
        return {
            "id": self.chance.randrange(1_000_000, 1_100_000_000),
            "node_id": self.node("R", 3),
            "name": self.name,
            "full_name": self.path,
            "private": private,
            "owner": self.owner,
            "html_url": self.html_url,
            "description": self.chance.choice([None, self.words(3, 12).capitalize()]),
            "fork": False,
            "url": self.url,
            **{f"{key}_url": self.url + path for key, path in _REPOSITORY},
        }

    def repository(self) -> Object:
        custom: Object = {"custom_properties": {}} if self.in_organization else {}
        return {**self._repository, **custom}

    def repository_of_branch(self) -> Object:
        """Return the repository as a pull request's head and base have it, with the rules of merging."""
        return {
            **self._repository,
            "allow_squash_merge": True,
            "allow_merge_commit": True,
            "allow_rebase_merge": True,
            "allow_auto_merge": False,
            "delete_branch_on_merge": False,
            "allow_update_branch": False,
            "use_squash_pr_title_as_default": False,
            "squash_merge_commit_message": "COMMIT_MESSAGES",
            "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
            "merge_commit_message": "PR_TITLE",
            "merge_commit_title": "MERGE_MESSAGE",
        }

    def repository_in_short(self) -> Object:
        """Return the repository as a workflow run has it: links, no counts."""
        return dict(list(self._repository.items())[: list(self._repository).index("created_at")])

    # Issues, pull requests, comments, commits

    def labels(self) -> list[Object]:
        return [self.label() for _ in range(self.chance.choice((0, 0, 1, 1, 2)))]

    def label(self) -> Object:
        called, color, about = self.chance.choice(_LABELS)
        default = self.chance.random() < 0.7
        if not default:
            called, color, about = self.chance.choice(WORDS), self.chance.randbytes(3).hex(), self.words(1, 6)
        return {
            "id": self.id(),
            "node_id": self.node("LA", 12),
            "url": f"{self.url}/labels/{called.replace(' ', '%20')}",
            "name": called,
            "color": color,
            "default": default,
            "description": about,
        }

    def milestone(self) -> Object:
        number = self.chance.randrange(1, 60)
        return {
            "url": f"{self.url}/milestones/{number}",
            "html_url": f"{self.html_url}/milestone/{number}",
            "labels_url": f"{self.url}/milestones/{number}/labels",
            "id": self.id(),
            "node_id": self.node("MI", 9),
            "number": number,
            "title": f"v{number}.0",
            "description": self.words(0, 12),
            "creator": self.account(),
            "open_issues": self.chance.randrange(40),
            "closed_issues": self.chance.randrange(90),
            "state": "open",
            "created_at": moment(self.chance),
            "updated_at": self.time(),
            "due_on": None,
            "closed_at": None,
        }

    def reactions(self, url: str) -> Object:
        return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(_REACTIONS, 0)}

    def commit(self) -> Object:
        """Return a commit in the short form of pushes' and checks' ``head_commit``."""
        when = moment(self.chance)[:-1] + self.chance.choice(("+00:00", "+02:00", "-07:00", "Z"))
        message = self.words(4, 30).capitalize()
        return {"id": self.sha(), "tree_id": self.sha(), "message": message, "timestamp": when}


def _license(chance: random.Random) -> Object | None:
    choices = (
        ("mit", "MIT License", "MIT", "MTM="),
        ("apache-2.0", "Apache License 2.0", "Apache-2.0", "Mg=="),
    )
    chosen = chance.choice((*choices, None))
    if chosen is None:
        return None
    key, called, spdx, number = chosen
    url = f"https://api.github.com/licenses/{key}"
    return {"key": key, "name": called, "spdx_id": spdx, "url": url, "node_id": f"MDc6TGljZW5zZ{number}"}


def name(chance: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    syllables = (
        "".join(chance.choices(letters, k=chance.randrange(2, 5))) for _ in range(chance.randrange(2, 4))
    )
    return "-".join(syllables)


def text(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randrange(least, most)))


def moment(chance: random.Random) -> str:
    month, day, hour = chance.randrange(1, 13), chance.randrange(1, 29), chance.randrange(24)
    minute, second = chance.randrange(60), chance.randrange(60)
    return f"202{chance.randrange(4, 7)}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
