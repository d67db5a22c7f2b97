"""Writes docs/settings.md out of docstrings in `conf` and `checks`: ``python -m tests.support.settings_page``."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

INTRODUCTION = """\
# Settings

All of them are keys of one dictionary, `GITHUB_APP`, in the project's settings. They are read when they are used, so
`override_settings` works. This page is made from the docstrings in `src/django_github_app/conf.py`.
"""

WHAT = {
    "APP_ID": "Id of the GitHub App.",
    "CLIENT_ID": "Client id of the GitHub App; used for its JWT where it is set, as GitHub recommends.",
    "NAME": "Name of the GitHub App. People mention its slug: `My App` is `@my-app`.",
    "WEBHOOK_TYPE": "Has no effect; the view class decides. Accepted so that old settings load.",
    "MAX_BODY_BYTES": "Larger requests are answered 413. Django's own limits do not apply to webhooks.",
    "RETRY_BACKOFF_MAX": "The longest wait between two tries, in seconds.",
    "CONTENT_PER_HOUR": "The same, per hour.",
    "API_URL": "Of GitHub's REST API. GitHub Enterprise Server: `https://HOST/api/v3`; ghe.com: `https://api.NAME.ghe.com`.",
    "API_TIMEOUT": "Seconds that one request to GitHub may take.",
}

CHECKS = """\
## System checks

`manage.py check` and `manage.py github doctor` find what cannot be right before the first delivery does. The ids
begin with `django_github_app.`; `SILENCED_SYSTEM_CHECKS` silences one.
"""


def page() -> str:
    """Return the text of the page."""
    from django_github_app import conf

    source = inspect.getsource(conf)
    (body,) = [
        node.body
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == "AppSettings"
    ]
    lines = source.splitlines()
    parts = [INTRODUCTION]
    for index, node in enumerate(body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
            continue
        before = lines[node.lineno - 2].strip()
        if before.startswith("# "):
            parts.append(f"## {before.removeprefix('# ')}\n")
        name = node.target.id
        parts.append(f"### `{name}`\n")
        parts.append(f"`{ast.unparse(node.annotation)}`, default `{ast.unparse(node.value)}`\n")
        following = body[index + 1] if index + 1 < len(body) else None
        text = WHAT.get(name, "")
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            text = inspect.cleandoc(str(following.value.value)).replace("``", "`")
        assert text, f"{name} has no docstring in conf.py"
        parts.append(textwrap.fill(" ".join(text.split()), 118, break_on_hyphens=False) + "\n")
    return "\n".join([*parts, CHECKS, _table_of_checks(), ""])


def _table_of_checks() -> str:
    from django_github_app import checks

    rows = [line.replace("``", "`") for line in str(checks.__doc__).splitlines() if line.startswith("|")]
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
