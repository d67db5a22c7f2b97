"""Writes the types of webhook payloads out of GitHub's OpenAPI description: a part of ``make webhooks``.

One stub for each event in `django_github_app.webhooks`, `_common.pyi` for what several of them share, and
``__init__.pyi``, which names all. Each shape of object is written once, whatever description it stands under; of
enumerations only that of ``action`` stays, so that shapes that differ in nothing else are one.
"""

from __future__ import annotations

import json
import keyword
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.webhook_schema import Schema, payloads, resolve

PRIMITIVES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
WIDTH = 110
TYPING = {"Any", "Literal", "NotRequired", "TypeAlias", "TypedDict"}
# Keywords, and what the annotations below such a field would no longer mean.
NO_FIELDS = {*keyword.kwlist, *PRIMITIVES.values(), "list", "dict", *TYPING}
_WORD = re.compile(r"[A-Za-z0-9]+")

HEAD = """# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).
"""


def camel(*names: str) -> str:
    """Return names as one in CamelCase: ``issues``, ``opened`` → ``IssuesOpened``."""
    words = [word for name in names for word in _WORD.findall(name)]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"_{joined}"


@dataclass
class Shape:
    """An object's fields: name → type and whether it is always there. Types name shapes as ``{key}``."""

    fields: dict[str, tuple[str, bool]]
    titles: Counter[str] = field(default_factory=Counter)
    events: set[str] = field(default_factory=set)
    name: str = ""


class Types:
    """The shapes of all payloads."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}
        self.document: Schema = {}
        self.event = ""
        self.payloads: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        """Event → action → expressions."""

    def read(self, document: Schema) -> None:
        """Add the payloads of one of GitHub's editions, those of actions that are not there yet."""
        self.document = document
        known = {event: set(actions) for event, actions in self.payloads.items()}
        for event, _, schema in payloads(document):
            self.event = event
            whole = resolve(document, schema)
            for one in whole.get("oneOf") or [whole]:
                self._read_payload(event, resolve(document, one), known.get(event, set()))

    def _read_payload(self, event: str, schema: Schema, known: set[str]) -> None:
        action = resolve(self.document, schema.get("properties", {}).get("action", {}))
        values = action.get("enum") or ([action["const"]] if "const" in action else [""])
        for value in values:
            if value in known:
                continue
            narrowed = {**schema, "properties": {**schema.get("properties", {})}}
            if value:
                narrowed["properties"]["action"] = {"literal": value}
            made = self.type_of(narrowed, camel(event, value))
            if made not in self.payloads[event][value]:
                self.payloads[event][value].append(made)

    def type_of(self, schema: Any, title: str) -> str:
        """Return a type expression for a schema."""
        if not isinstance(schema, Mapping):
            return "Any"
        schema = resolve(self.document, dict(schema))
        if "literal" in schema:
            return f"Literal[{json.dumps(schema['literal'])}]"
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                return _union(self.type_of(one, title) for one in schema[key])
        if schema.get("allOf"):
            return self.type_of(self._merged(schema), title)
        kinds = schema.get("type") or ("object" if schema.get("properties") else [])
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if not kinds and schema.get("enum"):
            kinds = sorted({_kind_of(value) for value in schema["enum"]})
        if schema.get("nullable") and "null" not in kinds:
            kinds.append("null")
        return _union(self._one(kind, schema, title) for kind in kinds) if kinds else "Any"

    def _one(self, kind: str, schema: Schema, title: str) -> str:
        if kind == "array":
            return f"list[{self.type_of(schema.get('items'), title.removesuffix('s'))}]"
        if kind != "object":
            return PRIMITIVES[kind]
        fields = schema.get("properties") or {}
        if not fields:
            more = schema.get("additionalProperties")
            return (
                f"dict[str, {self.type_of(more, title)}]"
                if isinstance(more, Mapping) and more
                else "dict[str, Any]"
            )
        required = set(schema.get("required") or ())
        made = {name: (self.type_of(one, camel(name)), name in required) for name, one in fields.items()}
        key = json.dumps(made, sort_keys=True)
        shape = self.shapes.setdefault(key, Shape(made))
        shape.titles[camel(schema.get("title") or title)] += 1
        shape.events.add(self.event)
        return f"{{{list(self.shapes).index(key)}}}"

    def _merged(self, schema: Schema) -> Schema:
        merged: Schema = {"properties": {}, "required": [], "title": schema.get("title")}
        for part in [*schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}]:
            resolved = resolve(self.document, part)
            resolved = self._merged(resolved) if resolved.get("allOf") else resolved
            merged["properties"] |= resolved.get("properties") or {}
            merged["required"] += resolved.get("required") or []
            merged["type"] = resolved.get("type") or merged.get("type", "object")
            merged["title"] = merged["title"] or resolved.get("title")
        return merged


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value), "string")


def _union(types: Iterable[str]) -> str:
    parts = list(dict.fromkeys(part for one in types for part in one.split(" | ")))
    if "Any" in parts:
        return "Any"
    return " | ".join([part for part in parts if part != "None"] + ["None"] * ("None" in parts))


_REFERENCE = re.compile(r"\{(\d+)\}")


class Writer:
    """Writes the stubs."""

    def __init__(self, types: Types, known: Mapping[str, Iterable[str]]) -> None:
        self.types = types
        self.shapes = list(types.shapes.values())
        self.known = known
        self.home: dict[int, str] = {}
        self.payloads = {camel(event, *more) for event, actions in known.items() for more in _names(actions)}
        self.names: dict[str, set[str]] = defaultdict(set)
        self.tops: dict[int, str] = {}
        """Shapes that are a payload, under its name."""
        self._tops()
        # What is shared first: no stub has a name of its own that it imports, too.
        for number, shape in sorted(enumerate(self.shapes), key=lambda one: len(one[1].events) == 1):
            self._settle(number, shape)

    def _tops(self) -> None:
        """Name what is a payload by itself after its event and action."""
        for event in self.known:
            for action, made in self.types.payloads.get(event, {}).items():
                found = _REFERENCE.fullmatch(made[0]) if len(made) == 1 else None
                alone = found and self.shapes[int(found[1])].events == {event}
                if found and alone and (action or not self.known[event]):
                    self.tops.setdefault(int(found[1]), camel(event, action))

    def _settle(self, number: int, shape: Shape) -> None:
        if number in self.tops:
            self.home[number], shape.name = next(iter(shape.events)), self.tops[number]
            return
        home = self.home[number] = next(iter(shape.events)) if len(shape.events) == 1 else "_common"
        wanted = shape.titles.most_common(1)[0][0]
        taken = self.payloads | self.names["_common"] | self.names[home] | TYPING
        # An object may be called as an event is: that is not its payload.
        wanted = f"{wanted}Object" if wanted in self.payloads else wanted
        name = next(name for n in range(1, 1000) if (name := f"{wanted}{n if n > 1 else ''}") not in taken)
        self.names[home].add(name)
        shape.name = name

    def files(self) -> dict[str, str]:
        """Return the stubs: name → text."""
        made = {"_common.pyi": self._module("_common", [])}
        for event, actions in self.known.items():
            made[f"{event}.pyi"] = self._module(event, self._payloads(event, list(actions)))
        return {**made, "__init__.pyi": self._index()}

    def _payloads(self, event: str, actions: list[str]) -> list[tuple[str, str]]:
        found = self.types.payloads.get(event, {})
        without = found.get("", [])
        tops = []
        for action in actions:
            made = found.get(action) or without
            tops.append((camel(event, action), _union(made) if made else "dict[str, Any]"))
        union = " | ".join(name for name, _ in tops) or (_union(without) if without else "dict[str, Any]")
        return [*tops, (camel(event), union)]

    def _module(self, home: str, tops: list[tuple[str, str]]) -> str:
        imported = set()
        numbers = [number for number, where in self.home.items() if where == home]
        body = [self._typed_dict(self.shapes[number]) for number in numbers]
        aliases = [
            f"{name}: TypeAlias = {self._named(made)}" for name, made in tops if self._named(made) != name
        ]
        body += ["\n".join(aliases)] if aliases else []
        text = "\n\n".join(body)
        mentioned = "".join([*map(self._raw, numbers), *(made for _, made in tops)])
        for number in map(int, _REFERENCE.findall(mentioned)):
            if self.home[number] != home:
                imported.add(self.shapes[number].name)
        used = [name for name in sorted(TYPING) if re.search(rf"\b{name}\b", text)]
        lines = [HEAD, f"from typing import {', '.join(used)}\n"] if used else [HEAD]
        if imported:
            lines.append(f"from ._common import (\n{_filled(sorted(imported))},\n)\n")
        return "\n".join([*lines, text]).rstrip() + "\n"

    def _raw(self, number: int) -> str:
        return " ".join(made for made, _ in self.shapes[number].fields.values())

    def _named(self, made: str) -> str:
        return _REFERENCE.sub(lambda found: self.shapes[int(found[1])].name, made)

    def _typed_dict(self, shape: Shape) -> str:
        fields = {
            name: self._named(made) if always else f"NotRequired[{self._named(made)}]"
            for name, (made, always) in shape.fields.items()
        }
        if all(name.isidentifier() and name not in NO_FIELDS for name in fields):
            lines = [f"    {name}: {made}" for name, made in fields.items()]
            return "\n".join([f"class {shape.name}(TypedDict):", *lines])
        lines = [f"        {json.dumps(name)}: {made}," for name, made in fields.items()]
        return "\n".join(
            [f"{shape.name} = TypedDict(", f'    "{shape.name}",', "    {", *lines, "    },", ")"]
        )

    def _index(self) -> str:
        lines = [HEAD, INDEX]
        for event, actions in self.known.items():
            listed = _filled(
                [f"{name} as {name}" for name in (camel(event, *more) for more in _names(actions))]
            )
            lines.append(f"from .{event} import (\n{listed},\n)")
        return "\n".join(lines) + "\n"


def _names(actions: Iterable[str]) -> list[tuple[str, ...]]:
    """Return what follows an event in the names of its payloads: nothing, and each action."""
    return [(), *((action,) for action in actions)]


def _filled(names: list[str]) -> str:
    indent = "    "
    return textwrap.fill(", ".join(names), WIDTH, initial_indent=indent, subsequent_indent=indent)


INDEX = """from typing import Any, Generic, TypeVar

from gidgethub import sansio

P = TypeVar("P")

class Event(sansio.Event, Generic[P]):
    data: P

class Payload(dict[str, Any]): ...

def names() -> dict[str, type[Payload]]: ...

"""


def stubs(openapi: Path, known: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return every stub out of the folder of GitHub's descriptions: name → text."""
    types = Types()
    editions = sorted(
        openapi.glob("generated/*.json"), key=lambda path: (EDITIONS.get(path.stem, 2), path.stem)
    )
    for path in editions:
        types.read(json.loads(path.read_text(encoding="utf-8")))
    return Writer(types, {event: list(actions) for event, actions in known.items()}).files()


EDITIONS = {"api.github.com": 0, "ghec": 1}
"""What github.com says counts; the others say what it does not have."""
