"""What each event that apps get often says, in GitHub's shape and order: a function of a `World` per event."""

from __future__ import annotations

from collections.abc import Callable

from .check_shapes import check_run, check_suite, status, workflow_job, workflow_run
from .objects import Object, World


def envelope(w: World) -> Object:
    """Return what stands at the end of every payload."""
    return {
        "repository": w.repository(),
        **({"organization": w.organization()} if w.in_organization else {}),
        "sender": w.sender,
        "installation": {
            "id": w.installation,
            "node_id": w.legacy_node("023:IntegrationInstallation", w.installation),
        },
    }


def issue(w: World, on_pull_request: bool = False) -> Object:
    url = f"{w.url}/issues/{w.number}"
    page = f"{w.html_url}/{'pull' if on_pull_request else 'issues'}/{w.number}"
    assignees = [w.account() for _ in range(w.chance.choice((0, 0, 1)))]
    pull: Object = {}
    if on_pull_request:
        links = {
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": None,
        }
        pull = {"draft": False, "pull_request": {"url": f"{w.url}/pulls/{w.number}", **links}}
    return {
        "url": url,
        "repository_url": w.url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": w.id(),
        "node_id": w.node("PR" if on_pull_request else "I", 9),
        "number": w.number,
        "title": w.words(4, 10).capitalize(),
        "user": w.author,
        "labels": w.labels(),
        "state": "open",
        "locked": False,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": w.milestone() if w.chance.random() < 0.1 else None,
        "comments": w.chance.randrange(30),
        "created_at": w.time(),
        "updated_at": w.time(),
        "closed_at": None,
        "author_association": w.association(),
        "type": None,
        "active_lock_reason": None,
        **pull,
        "sub_issues_summary": {"total": 0, "completed": 0, "percent_completed": 0},
        "issue_dependencies_summary": {
            "blocked_by": 0,
            "total_blocked_by": 0,
            "blocking": 0,
            "total_blocking": 0,
        },
        "body": w.words(10, 160),
        "reactions": w.reactions(url),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }


def issue_comment(w: World) -> Object:
    on_pull_request = w.chance.random() < 0.4
    number = w.id()
    page = f"{w.html_url}/{'pull' if on_pull_request else 'issues'}/{w.number}#issuecomment-{number}"
    url = f"{w.url}/issues/comments/{number}"
    return {
        "action": "created",
        "issue": issue(w, on_pull_request),
        "comment": {
            "url": url,
            "html_url": page,
            "issue_url": f"{w.url}/issues/{w.number}",
            "id": number,
            "node_id": w.node("IC", 12),
            "user": w.sender,
            "created_at": (now := w.time()),
            "updated_at": now,
            "body": w.words(4, 120),
            "author_association": w.association(),
            "reactions": w.reactions(url),
            "performed_via_github_app": None,
        },
    }


def issues(w: World) -> Object:
    action = w.chance.choice(("opened", "closed", "edited", "labeled", "assigned"))
    made: Object = {"action": action, "issue": issue(w)}
    if action == "labeled":
        made["label"] = w.label()
    return made


def pull(w: World, whole: bool = True) -> Object:
    """Return a pull request; not ``whole`` as it stands beside reviews, without what takes time to count."""
    url, page = f"{w.url}/pulls/{w.number}", f"{w.html_url}/pull/{w.number}"
    comments, statuses = f"{w.url}/issues/{w.number}/comments", f"{w.url}/statuses/{w.head}"
    here = {"user": w.owner, "repo": w.repository_of_branch()}
    base = w.repository()["default_branch"]
    reviewers = [w.account() for _ in range(w.chance.choice((0, 0, 1, 2)))]
    counts = {
        "merged": False,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": None,
        "comments": w.chance.randrange(9),
        "review_comments": w.chance.randrange(9),
        "maintainer_can_modify": False,
        "commits": w.chance.randrange(1, 20),
        "additions": w.chance.randrange(900),
        "deletions": w.chance.randrange(300),
        "changed_files": w.chance.randrange(1, 40),
    }
    return {
        "url": url,
        "id": w.id(),
        "node_id": w.node("PR", 9),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": f"{w.url}/issues/{w.number}",
        "number": w.number,
        "state": "open",
        "locked": False,
        "title": w.words(4, 10).capitalize(),
        "user": w.author,
        "body": w.words(10, 160),
        "created_at": w.time(),
        "updated_at": w.time(),
        "closed_at": None,
        "merged_at": None,
        "merge_commit_sha": w.chance.choice([None, w.sha()]),
        "assignee": None,
        "assignees": [],
        "requested_reviewers": reviewers,
        "requested_teams": [],
        "labels": w.labels(),
        "milestone": None,
        "draft": w.chance.random() < 0.1,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{w.url}/pulls/comments{{/number}}",
        "comments_url": comments,
        "statuses_url": statuses,
        "head": {"label": f"{w.owner['login']}:{w.branch}", "ref": w.branch, "sha": w.head, **here},
        "base": {"label": f"{w.owner['login']}:{base}", "ref": base, "sha": w.base, **here},
        "_links": {
            "self": {"href": url},
            "html": {"href": page},
            "issue": {"href": f"{w.url}/issues/{w.number}"},
            "comments": {"href": comments},
            "review_comments": {"href": f"{url}/comments"},
            "review_comment": {"href": f"{w.url}/pulls/comments{{/number}}"},
            "commits": {"href": f"{url}/commits"},
            "statuses": {"href": statuses},
        },
        "author_association": w.association(),
        "auto_merge": None,
        "active_lock_reason": None,
        **(counts if whole else {}),
    }


def pull_request(w: World) -> Object:
    action = w.chance.choice(("opened", "synchronize", "synchronize", "edited", "labeled"))
    more: Object = {"before": w.sha(), "after": w.head} if action == "synchronize" else {}
    if action == "labeled":
        more = {"label": w.label()}
    return {"action": action, "number": w.number, "pull_request": pull(w), **more}


def pull_request_review(w: World) -> Object:
    number = w.id()
    page, url = f"{w.html_url}/pull/{w.number}#pullrequestreview-{number}", f"{w.url}/pulls/{w.number}"
    return {
        "action": "submitted",
        "review": {
            "id": number,
            "node_id": w.node("PRR", 12),
            "user": w.sender,
            "body": w.chance.choice([None, w.words(2, 60)]),
            "commit_id": w.head,
            "submitted_at": w.time(),
            "state": w.chance.choice(("approved", "commented", "changes_requested")),
            "html_url": page,
            "pull_request_url": url,
            "author_association": w.association(),
            "_links": {"html": {"href": page}, "pull_request": {"href": url}},
            "updated_at": w.time(),
        },
        "pull_request": pull(w, whole=False),
    }


def pull_request_review_comment(w: World) -> Object:
    number, line = w.id(), w.chance.randrange(1, 600)
    url, page = f"{w.url}/pulls/comments/{number}", f"{w.html_url}/pull/{w.number}#discussion_r{number}"
    of = f"{w.url}/pulls/{w.number}"
    return {
        "action": "created",
        "comment": {
            "url": url,
            "pull_request_review_id": w.id(),
            "id": number,
            "node_id": w.node("PRRC", 12),
            "diff_hunk": f"@@ -{line},7 +{line},9 @@ def {w.words(1, 2)}:\n+    " + w.words(4, 40),
            "path": f"src/{w.chance.choice(('app', 'core', 'lib'))}/{w.words(1, 2)}.py",
            "commit_id": w.head,
            "original_commit_id": w.head,
            "user": w.sender,
            "body": w.words(4, 80),
            "created_at": w.time(),
            "updated_at": w.time(),
            "html_url": page,
            "pull_request_url": of,
            "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": of}},
            "reactions": w.reactions(url),
            "start_line": None,
            "original_start_line": None,
            "start_side": None,
            "line": line,
            "original_line": line,
            "side": "RIGHT",
            "author_association": w.association(),
            "original_position": 7,
            "position": 7,
            "subject_type": "line",
        },
        "pull_request": pull(w, whole=False),
    }


def push(w: World) -> Object:
    commits = [_pushed(w) for _ in range(w.chance.choice((1, 1, 1, 2, 3)))]
    after = commits[-1]["id"]
    return {
        "ref": f"refs/heads/{w.branch}",
        "before": w.base,
        "after": after,
        **envelope_of_push(w),
        "created": False,
        "deleted": False,
        "forced": w.chance.random() < 0.2,
        "base_ref": None,
        "compare": f"{w.html_url}/compare/{w.base[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": commits[-1],
    }


def _pushed(w: World) -> Object:
    commit = {"id": w.sha(), "tree_id": w.sha(), "distinct": True, **w.commit()}
    commit |= {"id": (made := w.sha()), "url": f"{w.html_url}/commit/{made}"}
    who = w.person(username=w.author["login"])
    files = [f"{w.words(1, 2)}/{w.words(1, 2)}.py" for _ in range(w.chance.randrange(1, 6))]
    return {
        **commit,
        "author": who,
        "committer": who,
        "added": files[4:],
        "removed": [],
        "modified": files[:4],
    }


def envelope_of_push(w: World) -> Object:
    """Return the end of other payloads as pushes have it: in their middle, with times in seconds."""
    repository = w.repository()
    owner = {"name": w.owner["login"], "email": None, **w.owner}
    repository |= {"owner": owner, "url": w.html_url, "stargazers": repository["stargazers_count"]}
    repository |= {"created_at": w.chance.randrange(1_400_000_000, 1_780_000_000), "master_branch": "main"}
    repository["pushed_at"] = w.chance.randrange(1_700_000_000, 1_780_000_000)
    pusher = {"name": w.sender["login"], "email": f"{w.sender['login']}@users.noreply.github.com"}
    return {
        "repository": repository,
        "pusher": pusher,
        **{k: v for k, v in envelope(w).items() if k != "repository"},
    }


def branch(w: World) -> Object:
    about = {"master_branch": "main", "description": w.repository()["description"], "pusher_type": "user"}
    return {"ref": w.branch, "ref_type": "branch", **about}


def release(w: World) -> Object:
    number, tag = w.id(), f"v{w.chance.randrange(9)}.{w.chance.randrange(30)}.{w.chance.randrange(9)}"
    url = f"{w.url}/releases/{number}"
    return {
        "action": "published",
        "release": {
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": f"https://uploads.github.com/repos/{w.path}/releases/{number}/assets{{?name,label}}",
            "html_url": f"{w.html_url}/releases/tag/{tag}",
            "id": number,
            "author": w.sender,
            "node_id": w.node("RE", 9),
            "tag_name": tag,
            "target_commitish": w.repository()["default_branch"],
            "name": tag,
            "draft": False,
            "immutable": False,
            "prerelease": False,
            "created_at": w.time(),
            "updated_at": w.time(),
            "published_at": w.time(),
            "assets": [],
            "tarball_url": f"{w.url}/tarball/{tag}",
            "zipball_url": f"{w.url}/zipball/{tag}",
            "body": w.words(20, 200),
        },
    }


def star(w: World) -> Object:
    return {"action": "created", "starred_at": w.time()}


def label(w: World) -> Object:
    return {"action": "created", "label": w.label()}


SHAPES: dict[str, Callable[[World], Object]] = {
    "check_run": check_run,
    "check_suite": check_suite,
    "create": branch,
    "delete": branch,
    "issue_comment": issue_comment,
    "issues": issues,
    "label": label,
    "pull_request": pull_request,
    "pull_request_review": pull_request_review,
    "pull_request_review_comment": pull_request_review_comment,
    "push": push,
    "release": release,
    "star": star,
    "status": status,
    "workflow_job": workflow_job,
    "workflow_run": workflow_run,
}


def payload(event: str, w: World) -> Object:
    """Return the payload of one delivery of an event in `SHAPES`."""
    made = SHAPES[event](w)
    return made if event == "push" else {**made, **envelope(w)}
