"""Writes what GitHub publishes about its webhooks into the package: ``make webhooks``.

Needs npm. Sources, all MIT: ``@octokit/openapi-webhooks`` (GitHub's OpenAPI description of github.com, Enterprise
Cloud and the supported Enterprise Servers) and ``@octokit/webhooks`` (whose list has actions that it lacks).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.source import PACKAGE

OPENAPI = "@octokit/openapi-webhooks@12.1.0"
NAMES = "@octokit/webhooks@14.2.0"
EVENTS = PACKAGE / "deliveries" / "known_events.py"
TYPES = PACKAGE / "webhooks"

Schema = dict[str, Any]
# Their actions are what whoever sends them calls them.
FREE = frozenset({"repository_dispatch"})
# An example of @octokit/webhooks, not an action.
NOT_ACTIONS = frozenset({"sample.collected"})


def fetch(package: str, into: Path) -> Path:
    """Return the folder of an npm package's files."""
    done = subprocess.run(
        ["npm", "pack", "--silent", package], cwd=into, capture_output=True, text=True, check=True
    )
    archive = into / done.stdout.strip().splitlines()[-1]
    folder = into / archive.stem
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"


def resolve(document: Schema, schema: Schema) -> Schema:
    """Follow a reference within a document."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def payloads(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yield each webhook: its event, the key of its operation, the schema of its body."""
    for key, webhook in document["webhooks"].items():
        post = webhook["post"]
        # Not the example of X-GitHub-Event: that is "issues" nearly everywhere.
        event = post["operationId"].partition("/")[0].replace("-", "_")
        yield event, key, post["requestBody"]["content"]["application/json"]["schema"]


def actions_of(document: Schema, schema: Schema) -> set[str]:
    """Return the values that ``action`` has in a body."""
    schema = resolve(document, schema)
    found = set()
    for alternative in schema.get("oneOf", ()):
        found |= actions_of(document, alternative)
    action = resolve(document, schema.get("properties", {}).get("action", {}))
    return found | set(action.get("enum", ())) | ({action["const"]} if "const" in action else set())


def known_events(folder: Path, names: Path) -> dict[str, list[str]]:
    """Return every event and its actions, of all of GitHub's editions."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("generated/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for event, _, schema in payloads(document):
            found.setdefault(event, set()).update(actions_of(document, schema))
    listed = (names / "dist-src/generated/webhook-names.js").read_text(encoding="utf-8")
    for name in re.findall(r'"([a-z_0-9.]+)"', listed):
        event, _, action = name.partition(".")
        found.setdefault(event, set()).update({action} - {""})
    return {event: sorted(actions - NOT_ACTIONS) for event, actions in sorted(found.items())}


def module_of(known: dict[str, list[str]]) -> str:
    """Return the text of `deliveries.known_events`."""
    rows = "\n".join(
        textwrap.fill(" ".join((event, *actions)), 110, subsequent_indent="    ", break_on_hyphens=False)
        for event, actions in known.items()
    )
    return f'''"""Every event of GitHub's webhooks and its actions. Written by ``make webhooks``; do not edit.

From {OPENAPI} (MIT License, Copyright (c) 2020 Octokit contributors) and
{NAMES} (MIT License, Copyright (c) GitHub 2025):
all of github.com, Enterprise Cloud and Enterprise Server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ANY_ACTION", "EVENTS"]

ANY_ACTION: Final = frozenset({{{", ".join(json.dumps(name) for name in sorted(FREE))}}})
"""Events whose actions are what whoever sends them calls them."""

# An event, then its actions; a line that is indented goes on with the one above.
_TABLE = """\\
{rows}
"""

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {{
    event: tuple(actions)
    for event, *actions in map(str.split, _TABLE.replace("\\n    ", " ").splitlines())
}}
"""Event → its actions; none for an event without."""
'''


def main() -> int:
    """Fetch the sources and write the modules."""
    from tests.support import webhook_types

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        openapi = fetch(OPENAPI, folder)
        known = known_events(openapi, fetch(NAMES, folder))
        stubs = webhook_types.stubs(openapi, known)
    EVENTS.write_text(module_of(known), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", str(EVENTS)], check=True)
    for old in TYPES.glob("*.pyi"):
        old.unlink()
    for stub, text in stubs.items():
        (TYPES / stub).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
