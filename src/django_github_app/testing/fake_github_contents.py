"""Files of the fake GitHub's repositories: contents of the default branch, and the commits that changed them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .fake_github_server import ApiError, Context, Reply, Routes

if TYPE_CHECKING:
    from .fake_github_state import FakeRepo

routes = Routes()


@dataclass(frozen=True)
class FileCommit:
    """A commit to the default branch that changed one file; None took it away."""

    sha: str
    path: str
    content: bytes | None


def commit_file(repo: FakeRepo, path: str, content: str | bytes | None) -> FileCommit:
    """Commit a file to the default branch, as if somebody had pushed it; no webhook is sent."""
    data = content.encode() if isinstance(content, str) else content
    sha = hashlib.sha1(f"{repo.full_name} {len(repo.history)} {path}".encode() + (data or b"")).hexdigest()  # noqa: S324
    commit = FileCommit(sha, path, data)
    repo.history.append(commit)
    repo.commit(sha)
    return commit


def content_at(repo: FakeRepo, path: str, ref: str | None) -> bytes | None:
    """Return a file as it is, or as it was after a commit."""
    found: bytes | None = None
    for commit in repo.history:
        if commit.path == path:
            found = commit.content
        if commit.sha == ref:
            break
    return found


def blob_sha(content: bytes) -> str:
    """Return git's id of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


@routes.add("GET", "/repos/{owner}/{repo}/contents/{path:path}")
def contents(context: Context) -> dict[str, Any]:
    repo, path = _repo_of(context), context.params["path"]
    content = content_at(repo, path, context.request.query.get("ref"))
    if content is None:
        raise ApiError(404, "Not Found")
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(content).decode(),
        "sha": blob_sha(content),
        "url": f"{repo.url}/contents/{path}",
    }


@routes.add("GET", "/repos/{owner}/{repo}/commits")
def commits(context: Context) -> Reply:
    path = context.request.query.get("path")
    found = [one for one in reversed(_repo_of(context).history) if path in (None, one.path)]
    return context.page([{"sha": one.sha, "commit": {"message": f"Change {one.path}"}} for one in found])


def _repo_of(context: Context) -> FakeRepo:
    return context.fake.repos[f"{context.params['owner']}/{context.params['repo']}".lower()]
