"""A mapping against a schema: a dataclass, a msgspec Struct, a TypedDict, or a pydantic model. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .yaml_text import Path

__all__ = ["Mismatch", "as_schema"]

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")


class Mismatch(ValueError):
    """A value is not what the schema says; ``path`` leads to it."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.path = path


def as_schema(data: Any, schema: Any) -> Any:
    """Return ``data`` as an instance of ``schema``; None as schema takes any mapping. Raises Mismatch."""
    if not isinstance(data, dict):
        raise Mismatch("The file has to be a mapping of names to values.")
    if schema is None:
        return data
    if hasattr(schema, "model_validate"):
        return _pydantic(data, schema)
    try:
        return msgspec.convert(data, schema)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise Mismatch(message, _path(where.rstrip("`"))) from None


def _path(text: str) -> Path:
    """Return ``("labels", 0)`` of ``$.labels[0]``; what msgspec does not say exactly ends it."""
    steps: list[str | int] = []
    for match in _STEP.finditer(text):
        if match[1] is None and match[2] is None:
            break
        steps.append(match[1] if match[1] is not None else int(match[2]))
    return tuple(steps)


def _pydantic(data: Any, schema: Any) -> Any:
    try:
        return schema.model_validate(data)
    except ValueError as error:
        details = getattr(error, "errors", None)
        if details is None:
            raise Mismatch(str(error)) from None
        first = details()[0]
        raise Mismatch(str(first["msg"]), tuple(first["loc"])) from None
