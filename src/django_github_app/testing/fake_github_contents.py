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
    repo.commit(sha).message = f"Change {path}"
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
def contents(context: Context) -> Any:
    repo, path, ref = _repo_of(context), context.params["path"], context.request.query.get("ref")
    content = content_at(repo, path, ref)
    if content is None:
        below = f"{path.strip('/')}/"
        names = sorted({one.path for one in repo.history if one.path.startswith(below)})
        found = [(name, there) for name in names if (there := content_at(repo, name, ref)) is not None]
        if not found:
            raise ApiError(404, "Not Found")
        entries: dict[str, dict[str, Any]] = {}
        for name, there in found:
            first, slash, _ = name.removeprefix(below).partition("/")
            kind = "dir" if slash else "file"
            entries.setdefault(first, _entry(repo, f"{below}{first}", b"" if slash else there, kind))
        return list(entries.values())
    encoded = base64.encodebytes(content).decode()
    return {**_entry(repo, path, content, "file"), "encoding": "base64", "content": encoded}


def _entry(repo: FakeRepo, path: str, content: bytes, kind: str) -> dict[str, Any]:
    url, sha = f"{repo.url}/contents/{path}", blob_sha(content)
    page = f"{repo.html_url}/{'blob' if kind == 'file' else 'tree'}/main/{path}"
    git = f"{repo.url}/git/{'blobs' if kind == 'file' else 'trees'}/{sha}"
    return {
        "type": kind,
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": f"{repo.html_url}/raw/main/{path}" if kind == "file" else None,
        "_links": {"self": url, "git": git, "html": page},
    }


@routes.add("PUT", "/repos/{owner}/{repo}/contents/{path:path}")
def write_content(context: Context) -> Reply:
    _, encoded = context.need("message", "content")
    present = _known(context)
    content = base64.b64decode(encoded)
    reply = _committed(context, content)
    reply["content"] = _entry(_repo_of(context), context.params["path"], content, "file")
    return Reply(201 if present is None else 200, reply)


@routes.add("DELETE", "/repos/{owner}/{repo}/contents/{path:path}")
def delete_content(context: Context) -> dict[str, Any]:
    if _known(context) is None:
        raise ApiError(404, "Not Found")
    return _committed(context, None)


def _known(context: Context) -> bytes | None:
    """Return the file as it is; who changes it must know that version."""
    path = context.params["path"]
    present = content_at(_repo_of(context), path, None)
    if present is not None and context.data.get("sha") != blob_sha(present):
        raise ApiError(
            409 if context.data.get("sha") else 422, f"{path} does not match {context.data.get('sha')}"
        )
    return present


def _committed(context: Context, content: bytes | None) -> dict[str, Any]:
    repo = _repo_of(context)
    commit = repo.commit(commit_file(repo, context.params["path"], content).sha)
    commit.message = context.data.get("message") or commit.message
    shown = commit.json()
    links = {name: shown[name] for name in ("sha", "node_id", "url", "html_url", "parents")}
    return {"content": None, "commit": {**shown["commit"], **links}}


@routes.add("GET", "/repos/{owner}/{repo}/commits")
def commits(context: Context) -> Reply:
    path, repo = context.request.query.get("path"), _repo_of(context)
    found = [one for one in reversed(repo.history) if path in (None, one.path)]
    return context.page([repo.commit(one.sha).json() for one in found])


def _repo_of(context: Context) -> FakeRepo:
    return context.fake.repos[f"{context.params['owner']}/{context.params['repo']}".lower()]
