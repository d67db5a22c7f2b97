"""What a repository's configuration says: its own file, those that it extends, or else its owner's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_github_app.errors import ConfigurationInvalid
from django_github_app.github import cache as shared

from . import reporting
from .files import File, earlier_files, file_at
from .merging import EXTENDS, MAX_FILES, Address, extended, merged
from .schemas import Mismatch, as_schema
from .yaml_text import Parsed, YAMLInvalid, parse

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

__all__ = ["MISSING", "read"]

logger = logging.getLogger(__name__)

FOLDER = ".github"
MOST_VERSIONS = 10
"""Earlier versions of a broken file among which the last good one is looked for."""
LONG = 4_000
"""Characters beyond which a file is read beside the event loop."""
GOOD_KEPT = 30 * 86400
MISSING: Any = object()

# Digests of what this process knows to be kept as the last good one: it is not written again for each event.
_known_good: set[str] = set()


class Broken(Exception):
    """A file cannot be read, or does not say what the schema asks for."""

    def __init__(self, address: Address, file: File, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.address = address
        self.file = file
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class _Source:
    """One file that was read."""

    address: Address
    file: File
    parsed: Parsed


async def read(api: AsyncGitHubAPI, repo: str, name: str, schema: Any = None, default: Any = MISSING) -> Any:
    """Return the configuration ``name`` of a repository as ``schema``, ``default`` if nobody has such a file.

    A broken file is reported where it was changed, once, and the last good one is returned; without one it is as if
    there were none. Without a ``default`` that is ``schema()``; of a schema that needs values that raises
    `ConfigurationInvalid`.
    """
    try:
        sources = await _sources(api, repo, name)
        if not sources:
            return _default(name, schema, default)
        value = _as_schema(sources, schema)
    except Broken as broken:
        await reporting.report(api, broken)
        return await _last_good(api, repo, name, schema, default, broken)
    await _remember(api, repo, name, schema, sources)
    return value


def _default(name: str, schema: Any, default: Any) -> Any:
    if default is not MISSING:
        return default
    try:
        return {} if schema is None else schema()
    except (TypeError, ValueError) as error:
        raise ConfigurationInvalid(
            f"there is no {name} that can be used, no default, and {getattr(schema, '__name__', schema)} needs values"
        ) from error


# Finding and merging


async def _sources(
    api: AsyncGitHubAPI, repo: str, name: str, instead: tuple[Address, File] | None = None
) -> list[_Source]:
    """Return the files of a configuration, the nearest first. ``instead``: another version of one of them."""
    path = f"{FOLDER}/{name}"
    address: Address | None = Address(repo, path)
    first = await _source(api, Address(repo, path), instead)
    if first is None:
        address = Address(f"{repo.partition('/')[0]}/.github", path)
        first = await _source(api, address, instead)
    found: list[_Source] = []
    seen: set[str] = set()
    source = first
    while source is not None and len(found) < MAX_FILES:
        found.append(source)
        seen.add(source.address.key)
        data = source.parsed.data
        if not isinstance(data, dict) or EXTENDS not in data:
            break
        address = extended(data[EXTENDS], source.address)
        if address is None:
            raise _broken(source, "It has to name a repository, as in owner/repo:path.", (EXTENDS,))
        if address.key in seen:
            break  # a circle: all of it has been read
        source = await _source(api, address, instead)
        if source is None:
            raise _broken(found[-1], f"There is no {address.path} in {address.repo}.", (EXTENDS,))
    return found


async def _source(
    api: AsyncGitHubAPI, address: Address, instead: tuple[Address, File] | None
) -> _Source | None:
    if instead is not None and instead[0] == address:
        file: File | None = instead[1]
    else:
        file = await file_at(api, address)
    if file is None:
        return None
    try:
        parsed = parse(file.text) if len(file.text) <= LONG else await asyncio.to_thread(parse, file.text)
    except YAMLInvalid as error:
        raise Broken(address, file, str(error), error.line, error.column) from None
    return _Source(address, file, parsed)


def _broken(source: _Source, message: str, path: Sequence[str | int]) -> Broken:
    line, column = source.parsed.place_of(tuple(path))
    return Broken(source.address, source.file, message, line, column)


def _as_schema(sources: list[_Source], schema: Any) -> Any:
    data: Any = {}
    for source in reversed(sources):
        if not isinstance(source.parsed.data, dict):
            raise _broken(source, "The file has to be a mapping of names to values.", ())
        data = merged(source.parsed.data, data)
    data = {name: value for name, value in data.items() if name != EXTENDS}
    try:
        return as_schema(data, schema)
    except Mismatch as error:
        raise _broken(_origin_of(error.path, sources), str(error), error.path) from None


def _origin_of(path: Sequence[str | int], sources: list[_Source]) -> _Source:
    """Return the nearest file that says something at a path, or at the one above it."""
    for length in range(len(path), 0, -1):
        for source in sources:
            if tuple(path[:length]) in source.parsed.places:
                return source
    return sources[0]


# The last good one


def _good_key(api: AsyncGitHubAPI, repo: str, name: str, schema: Any) -> str:
    title = f"{getattr(schema, '__module__', '')}.{getattr(schema, '__qualname__', schema)}"
    parts = shared.digest(repo.casefold(), name, title)
    return shared.key(api.base_url, "config-good", api.installation_id, parts)


async def _remember(api: AsyncGitHubAPI, repo: str, name: str, schema: Any, sources: list[_Source]) -> None:
    key = _good_key(api, repo, name, schema)
    digest = shared.digest(key, *(source.file.sha for source in sources))
    if digest in _known_good:
        return
    good = [(one.address.repo, one.address.path, one.file.text, one.file.sha) for one in sources]
    await shared.in_thread(shared.backend().set, key, good, GOOD_KEPT)
    if len(_known_good) > 10_000:
        _known_good.clear()
    _known_good.add(digest)


async def _last_good(
    api: AsyncGitHubAPI, repo: str, name: str, schema: Any, default: Any, broken: Broken
) -> Any:
    """Return what the configuration said before it broke: as it is kept, or as the file's history has it."""
    key = _good_key(api, repo, name, schema)
    good: list[tuple[str, str, str, str]] | None = await shared.in_thread(shared.backend().get, key)
    if good is not None:
        return _as_schema(
            [_Source(Address(where, path), File(text, sha), parse(text)) for where, path, text, sha in good],
            schema,
        )
    for _, file in (await earlier_files(api, broken.address, MOST_VERSIONS))[1:]:
        if file is None:
            break  # it had been taken away: what was before that is not in force
        try:
            sources = await _sources(api, repo, name, (broken.address, file))
            value = _as_schema(sources, schema)
        except Broken:
            continue
        await _remember(api, repo, name, schema, sources)
        return value
    return _default(name, schema, default)
