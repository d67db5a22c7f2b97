"""Folding: the links that GitHub puts into every account and repository of a body, said once.

Half of a webhook's bytes are links that differ from each other only in the account or repository they start with, and
zstd spends five bytes on each. `fold` leaves of such a run of links its beginning and a mark; `unfold` is its exact
inverse. A run is folded only if it is byte for byte the one expected: a body that looks different, because GitHub
changed it, or it comes from GitHub Enterprise Server or not from GitHub at all, is stored longer, never altered.

The runs belong to the stored form for ever, as dictionaries do: other runs need other marks.
"""

from __future__ import annotations

import sys
from functools import lru_cache

_MOST = 300  # bytes of a login, or of a repository's address


def _links(start: str, pairs: str) -> bytes:
    links = (f'"{key}_url":"{start}{path}"' for key, path in (pair.split("=") for pair in pairs.split()))
    return ",".join(links).encode()


# NUL stands for the login.
_BEFORE_LOGIN = b'?v=4","gravatar_id":"","url":"https://api.github.com/users/'
_ACCOUNT = b'%b\0","html_url":"https://github.com/\0",%b' % (
    _BEFORE_LOGIN,
    _links(
        "https://api.github.com/users/\0",
        "followers=/followers following=/following{/other_user} gists=/gists{/gist_id}"
        " starred=/starred{/owner}{/repo} subscriptions=/subscriptions organizations=/orgs repos=/repos"
        " events=/events{/privacy} received_events=/received_events",
    ),
)
# NUL stands for the repository's address in the API.
_REPOSITORY = _links(
    "\0",
    "forks=/forks keys=/keys{/key_id} collaborators=/collaborators{/collaborator} teams=/teams hooks=/hooks"
    " issue_events=/issues/events{/number} events=/events assignees=/assignees{/user} branches=/branches{/branch}"
    " tags=/tags blobs=/git/blobs{/sha} git_tags=/git/tags{/sha} git_refs=/git/refs{/sha} trees=/git/trees{/sha}"
    " statuses=/statuses/{sha} languages=/languages stargazers=/stargazers contributors=/contributors"
    " subscribers=/subscribers subscription=/subscription commits=/commits{/sha} git_commits=/git/commits{/sha}"
    " comments=/comments{/number} issue_comment=/issues/comments{/number} contents=/contents/{+path}"
    " compare=/compare/{base}...{head} merges=/merges archive=/{archive_format}{/ref} downloads=/downloads"
    " issues=/issues{/number} pulls=/pulls{/number} milestones=/milestones{/number}"
    " notifications=/notifications{?since,all,participating} labels=/labels{/name} releases=/releases{/id}"
    " deployments=/deployments",
)
_SINCE = b"?since,all,participating}"
_AFTER_ADDRESS = b"/notifications{"
_UNTIL_SINCE = _REPOSITORY[: _REPOSITORY.index(_SINCE)]
_ADDRESSES = _UNTIL_SINCE.count(b"\0")

# A folded run is NUL, its mark, what stands for NUL in the run, and a quotation mark.
_RUNS = {1: _ACCOUNT, 2: _REPOSITORY}


# What text that only looks like the middle of a run has: a login or address from it could be as long as the text.
_NONE = (b"", b"")


# The same accounts and repositories come again and again, within a body and from one to the next.
@lru_cache(maxsize=2048)
def _account(login: bytes) -> tuple[bytes, bytes]:
    return _ACCOUNT.replace(b"\0", login), b'\0\1%b"' % login


@lru_cache(maxsize=512)
def _repository(address: bytes) -> tuple[bytes, bytes]:
    return _REPOSITORY.replace(b"\0", address), b'\0\2%b"' % address


def fold(body: bytes) -> bytes:
    """Return the shorter form of ``body``, or itself: if nothing repeats, or it has a NUL, which JSON never has."""
    if b"\0" in body:
        return body
    find, startswith = body.find, body.startswith
    parts: list[bytes] = []
    done = 0
    # Each run has one question mark, and little else in a body has: looking for one byte costs nearly nothing.
    at = find(b"?")
    while at >= 0:
        begin = at
        if startswith(_BEFORE_LOGIN, at):
            login = at + len(_BEFORE_LOGIN)
            quote = find(b'"', login, login + _MOST)
            run, token = _account(body[login:quote]) if quote >= 0 else _NONE
        elif startswith(_SINCE, at):
            end = at - len(_AFTER_ADDRESS)
            quote = body.rfind(b'"', max(0, end - _MOST), end)
            value = body[quote + 1 : end] if quote >= 0 else b""
            begin = at - len(_UNTIL_SINCE) - _ADDRESSES * (len(value) - 1)
            run, token = _repository(value) if quote >= 0 else _NONE
        else:
            at = find(b"?", at + 1)
            continue
        # Whatever is found, the search goes on behind this question mark: it ends after as many steps as there are.
        if run and begin >= done and startswith(run, begin):
            parts += (body[done:begin], token)
            done = begin + len(run)
            at = find(b"?", max(at + 1, done))
        else:
            at = find(b"?", at + 1)
    if not parts:
        return body
    parts.append(body[done:])
    return b"".join(parts)


def unfold(folded: bytes, *, most: int = sys.maxsize) -> bytes:
    """Return the body that was given to `fold`.

    Raises ValueError for what `fold` does not return, OverflowError for a body of more than ``most`` bytes.
    """
    first, *others = folded.split(b"\0")
    parts = [first]
    size = len(first)
    for part in others:
        value, quote, rest = part[1:].partition(b'"')
        run = _RUNS.get(part[0]) if quote and len(value) <= _MOST else None
        if run is None:
            raise ValueError("this is not a folded body")
        written_out = run.replace(b"\0", value)
        size += len(written_out) + len(rest)
        if size > most:
            raise OverflowError(f"a folded body has more than {most} bytes")
        parts += (written_out, rest)
    return b"".join(parts)
