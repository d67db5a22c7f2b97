"""``GET /search/issues`` of the fake GitHub: the qualifiers that bots search with."""

from __future__ import annotations

import re
from collections.abc import Callable

from .fake_github_issue_routes import sort_issues
from .fake_github_issues import Issue
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_users import iso

routes = Routes()

_TERM = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))')
_IGNORED = ("in", "sort", "archived")

Test = Callable[[Issue], bool]


@routes.add("GET", "/search/issues")
def search_issues(context: Context) -> Reply:
    query = context.request.query.get("q", "")
    if not query:
        raise ApiError(422, "Validation Failed", errors=[{"field": "q", "code": "missing"}])
    tests = [_test(*match.groups()) for match in _TERM.finditer(query)]
    found = [
        issue
        for repo in context.fake.repos.values()
        if context.actor.may_see(repo)
        for issue in repo.issues.values()
        if all(test(issue) for test in tests)
    ]
    shown = [issue.json() | {"score": 1.0} for issue in sort_issues(context, found)]
    page = context.page(shown, "items")
    page.data |= {"incomplete_results": False, "search_type": "lexical"}
    return page


def _test(negated: str, qualifier: str | None, quoted: str | None, word: str | None) -> Test:
    value = quoted if quoted is not None else word or ""
    if qualifier is None:
        test = _contains(value)
    elif qualifier.lower() in _IGNORED:
        return lambda issue: True
    elif qualifier.lower() in ("created", "updated", "closed"):
        test = _dated(f"{qualifier.lower()}_at", value)
    elif qualifier.lower() in _QUALIFIERS:
        test = _QUALIFIERS[qualifier.lower()](value.lower())
    else:
        raise ApiError(501, f"The fake GitHub does not search by {qualifier}:")
    return (lambda issue: not test(issue)) if negated else test


def _contains(text: str) -> Test:
    return lambda issue: text.lower() in f"{issue.title}\n{issue.body}".lower()


def _is(value: str) -> Test:
    tests: dict[str, Test] = {
        "issue": lambda issue: not issue.is_pull,
        "pr": lambda issue: issue.is_pull,
        "open": lambda issue: issue.state == "open",
        "closed": lambda issue: issue.state == "closed",
        "merged": lambda issue: issue.merged,
        "draft": lambda issue: issue.draft,
        "locked": lambda issue: issue.locked,
        "public": lambda issue: not issue.repo.private,
        "private": lambda issue: issue.repo.private,
    }
    if value not in tests:
        raise ApiError(501, f"The fake GitHub does not search by is:{value}")
    return tests[value]


def _dated(name: str, value: str) -> Test:
    first, dots, last = value.partition("..")
    operator = (re.match(r"[<>]=?", value) or [""])[0]
    at = value.removeprefix(operator)

    def test(issue: Issue) -> bool:
        when = getattr(issue, name)
        if when is None:
            return False
        shown = iso(when)
        if dots:
            return (first == "*" or shown >= first) and (last == "*" or shown[: len(last)] <= last)
        shown = shown[: len(at)]
        compare = {"<": shown < at, "<=": shown <= at, ">": shown > at, ">=": shown >= at, "": shown == at}
        return compare[operator]

    return test


def _login(value: str) -> str:
    return f"{value.removeprefix('app/')}[bot]" if value.startswith("app/") else value


def _lower(values: list[str]) -> set[str]:
    return {value.lower() for value in values}


_QUALIFIERS: dict[str, Callable[[str], Test]] = {
    "repo": lambda value: lambda issue: issue.repo.full_name.lower() == value,
    "org": lambda value: lambda issue: issue.repo.owner.lower() == value,
    "user": lambda value: lambda issue: issue.repo.owner.lower() == value,
    "is": _is,
    "type": _is,
    "state": _is,
    "label": lambda value: (
        lambda issue: bool({one.strip('"') for one in value.split(",")} & _lower(issue.labels))
    ),
    "author": lambda value: lambda issue: issue.user.login.lower() == _login(value),
    "assignee": lambda value: lambda issue: value in _lower(issue.assignees),
    "commenter": lambda value: lambda issue: value in _lower([c.user.login for c in issue.comments]),
    "no": lambda value: lambda issue: not {"label": issue.labels, "assignee": issue.assignees}.get(value),
    "draft": lambda value: lambda issue: issue.draft == (value == "true"),
    "base": lambda value: lambda issue: issue.base_ref.lower() == value,
    "head": lambda value: lambda issue: issue.head_ref.lower() == value,
}
