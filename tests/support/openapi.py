"""GitHub's OpenAPI description, from npm, and whether an answer or a payload is what it says.

Kept in .local/npm once fetched: 29 MB. Both are MIT: ``@octokit/openapi``, ``@octokit/openapi-webhooks``.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from django_github_app.testing import fake_github_versions
from django_github_app.testing.fake_github_server import RecordedRequest, Reply
from tests.support.source import ROOT
from tests.support.webhook_schema import OPENAPI as WEBHOOKS
from tests.support.webhook_schema import fetch, payloads

API = "@octokit/openapi@23.0.2"
VERSIONS = ("2022-11-28", "2026-03-10")
FILE = "generated/api.github.com.json"
CACHE = ROOT / ".local" / "npm"
BASE = "urn:github"

Schema = dict[str, Any]


def document(package: str) -> Schema:
    """Return the description of github.com in a package; skips the test where npm cannot fetch it."""
    kept = CACHE / (re.sub(r"\W+", "-", package).strip("-") + ".json")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _fetch(package, kept)
    found: Schema = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _fetch(package: str, into: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip(f"{package} comes from npm, which is not installed")
    folder = into.with_suffix(".new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        fetched = fetch(package, folder) / FILE
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm cannot fetch {package}: {(error.stderr or '')[-200:]}")
    else:
        fetched.rename(into)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# The description of a version: the older one, with the changes of a newer one that stand beside what they change


def versioned(described: Any, version: str) -> Any:
    """Return a description, or a part of one, as of a version of the API."""
    if isinstance(described, list):
        return [versioned(one, version) for one in described]
    if not isinstance(described, dict):
        return described
    changes = described.get("x-github-breaking-changes") or ()
    made: Any = {name: value for name, value in described.items() if name != "x-github-breaking-changes"}
    for change in changes:
        if change["version"] <= version:
            patch = change["patch"]
            made = _operated(made, patch) if isinstance(patch, list) else _merged(made, patch)
    return {name: versioned(value, version) for name, value in made.items()}


def _merged(target: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = _merged(made.get(name), value)
    return made


def _operated(target: Any, operations: list[Schema]) -> Any:
    """Apply a JSON Patch."""
    made = json.loads(json.dumps(target))
    for operation in operations:
        *path, last = [
            part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]
        ]
        holder = made
        for part in path:
            holder = holder[int(part)] if isinstance(holder, list) else holder.get(part, {})
        place: Any = last
        if isinstance(holder, list):
            place = len(holder) if last == "-" else int(last)
        match operation["op"]:
            case "remove":
                # A patch may name what another edition alone has.
                if (place in holder) if isinstance(holder, dict) else (place < len(holder)):
                    del holder[place]
            case "add" if isinstance(holder, list):
                holder.insert(place, operation["value"])
            case "add" | "replace":
                holder[place] = operation["value"]
            case other:
                raise ValueError(other)
    return made


def _with_null(schema: Any) -> Any:
    """Say ``nullable`` as JSON Schema does."""
    if isinstance(schema, list):
        return [_with_null(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _with_null(value) for name, value in schema.items() if name not in ("example", "examples")}
    if schema.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


class Description:
    """What GitHub says of itself, as of one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        made: Schema = _with_null(versioned(document(API), version))
        self.paths: Schema = made["paths"]
        self.registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(made))
        self.patterns = [(_pattern(path), path) for path in sorted(self.paths, key=_specific)]

    def errors(self, method: str, path: str, status: int, data: Any) -> Iterator[str]:
        """Yield what is wrong with an answer; nothing for what is not described."""
        found = self.find(method, path)
        if found is None:
            if not re.fullmatch(
                r"/repositories/\d+(/.*)?", path
            ):  # where GitHub's redirects lead; described nowhere
                yield f"{method} {path}: GitHub has no such endpoint"
            return
        template, operation = found
        described = operation["responses"].get(str(status))
        if described is None:
            if status < 400:
                yield f"{method} {template}: GitHub does not answer {status}"
            return
        if "$ref" in described:
            described = self._followed(described["$ref"])
        schema = (described.get("content") or {}).get("application/json", {}).get("schema")
        if schema is None:
            if data is not None and status < 400:
                yield f"{method} {template} {status}: GitHub's answer is empty"
            return
        for error in Draft202012Validator(_absolute(schema), registry=self.registry).iter_errors(data):
            if (method, template) == ("GET", "/app/installations") and error.json_path.endswith(".account"):
                continue  # said to be both a user and an enterprise, which nothing is
            closest = best_match([error]) or error
            yield f"{method} {template} {status} {closest.json_path}: {closest.message[:300]}"

    def find(self, method: str, path: str) -> tuple[str, Schema] | None:
        """Return the template and the description of an endpoint."""
        for pattern, template in self.patterns:
            if pattern.fullmatch(unquote(path)) and method.lower() in self.paths[template]:
                return template, self.paths[template][method.lower()]
        return None

    def _followed(self, reference: str) -> Schema:
        found: Schema = self.registry.resolver(BASE).lookup(BASE + reference).contents
        return found


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: BASE + value if name == "$ref" and isinstance(value, str) else _absolute(value)
        for name, value in schema.items()
    }


def _pattern(path: str) -> re.Pattern[str]:
    # The path of a file and the name of a branch have slashes in them.
    wide = re.sub(r"((?:/contents|/git/ref|/branches)/)\\\{\w+\\\}$", r"\1.+", re.escape(path))
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", wide))


def _specific(path: str) -> tuple[int, str]:
    return path.count("{"), path


@cache
def description(version: str) -> Description:
    """Return GitHub's description as of a version, made once for each process."""
    return Description(version)


@cache
def webhook_schemas() -> tuple[Registry[Any], dict[str, list[Schema]]]:
    """Return the schemas of payloads: event → those of its actions."""
    made: Schema = document(WEBHOOKS)
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(_with_null(made)))
    found: dict[str, list[Schema]] = {}
    for event, _, schema in payloads(made):
        found.setdefault(event, []).append(_absolute(_with_null(schema)))
    return registry, found


def payload_errors(event: str, payload: Any) -> list[str]:
    """Return what is wrong with a payload; nothing if one of the event's descriptions fits."""
    registry, found = webhook_schemas()
    closest: list[str] | None = None
    for schema in found.get(event, ()):
        errors = [
            f"{event} {payload.get('action', '')} {error.json_path}: {error.message[:200]}"
            for error in Draft202012Validator(schema, registry=registry).iter_errors(payload)
        ]
        if closest is None or len(errors) < len(closest):
            closest = errors
    return closest or []


def watch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every answer of the fake GitHub compared with the description; return where what is wrong is added."""
    wrong: list[str] = []
    as_of = fake_github_versions.as_of

    def compared(version: str, request: RecordedRequest, reply: Reply) -> Reply:
        made = as_of(version, request, reply)
        path = request.path.removeprefix("/api/v3")
        if not path.endswith("/graphql") and not path.startswith(("/settings/", "/organizations/")):
            wrong.extend(description(version).errors(request.method, path, made.status, made.data))
        return made

    monkeypatch.setattr(fake_github_versions, "as_of", compared)
    return wrong
