"""YAML of strangers: read within bounds, with the place of every value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import yaml

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_NODES", "Parsed", "Path", "Place", "YAMLInvalid", "parse"]

MAX_CHARACTERS: Final = 64 * 1024
MAX_NODES: Final = 10_000
"""Values in a file, each alias counted as what it stands for: ten lines of aliases can stand for a billion."""
MAX_DEPTH: Final = 50

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""
Place = tuple[int, int]
"""Line and column, 1-based."""


class YAMLInvalid(ValueError):
    """A text is no YAML, or more than is read. ``line`` and ``column`` are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text says, and where each value of it stands."""

    data: Any
    places: Mapping[Path, Place] = field(repr=False)

    def place_of(self, path: Path) -> Place:
        """Return the place of a value, or of the nearest one above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return self.places.get((), (1, 1))


@lru_cache(maxsize=256)
def parse(text: str) -> Parsed:
    """Return what a text says; an empty one says an empty mapping. Raises YAMLInvalid."""
    if len(text) > MAX_CHARACTERS:
        raise YAMLInvalid(f"The file has more than {MAX_CHARACTERS} characters.")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return Parsed({}, {})
        _check_size(node, {}, 0)
        places: dict[Path, Place] = {}
        return Parsed(_build(loader, node, (), places), places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.problem, error.context) if part)
        raise YAMLInvalid(message, *_place(mark)) from None
    except yaml.YAMLError as error:  # a character that YAML does not have
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise YAMLInvalid(getattr(error, "reason", None) or "cannot be read", line) from None
    except RecursionError:
        raise YAMLInvalid("The file is nested too deeply.") from None
    except (ValueError, OverflowError) as error:  # a date that does not exist, a number of too many digits
        raise YAMLInvalid(str(error)) from None


def _place(mark: yaml.Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refuse(message: str, node: yaml.Node) -> YAMLInvalid:
    return YAMLInvalid(message, *_place(node.start_mark))


def _check_size(node: yaml.Node, sizes: dict[int, int], depth: int) -> int:
    """Return how many values a node stands for: in linear time, whatever aliases make of it."""
    known = sizes.get(id(node))
    if known == 0:
        raise _refuse("An alias stands for something that contains it.", node)
    if known is not None:
        return known
    if depth > MAX_DEPTH:
        raise _refuse(f"The file is nested more than {MAX_DEPTH} deep.", node)
    sizes[id(node)] = 0
    size = 1 + sum(_check_size(child, sizes, depth + 1) for child in _children(node))
    if size > MAX_NODES:
        raise _refuse(
            f"The file has more than {MAX_NODES} values, aliases counted as what they stand for.", node
        )
    sizes[id(node)] = size
    return size


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


def _build(loader: yaml.SafeLoader, node: yaml.Node, path: Path, places: dict[Path, Place]) -> Any:
    places.setdefault(path, _place(node.start_mark))
    if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTIONS:
        raise _refuse(f"could not determine a constructor for the tag {node.tag!r}", node)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, child, (*path, index), places) for index, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    loader.flatten_mapping(node)  # ``<<: *defaults``
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str | int | bool):
            raise _refuse("A key has to be a text.", key_node)
        # YAML 1.1 reads ``on:`` as true; what people mean is the word.
        name = str(key_node.value) if isinstance(key, bool | int) else key
        places[(*path, name)] = _place(key_node.start_mark)
        found[name] = _build(loader, value_node, (*path, name), places)
    return found
