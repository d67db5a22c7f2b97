"""Models of payloads that a parameter may be annotated with, and how a payload becomes one. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import UnionType
from typing import Any, Union, get_args, get_origin, is_typeddict

import msgspec

from django_github_app.errors import PermanentError
from django_github_app.webhooks import Payload

__all__ = ["Reader", "reader_of"]

Reader = Callable[[Any], Any]
"""Makes a model of a payload. Raises PermanentError for one that does not fit."""


def reader_of(hint: Any) -> Reader | None:
    """Return what makes the model that an annotation names; None where it names none.

    Of `webhooks`, and of a TypedDict, it is the payload itself; a model of pydantic (githubkit's are) or of msgspec
    is made of it; of a union of models the first that fits.
    """
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    readers = [_reader_of_one(one) for one in members]
    if not readers or None in readers:
        return None
    return partial(_read, hint, [reader for reader in readers if reader is not None])


def _reader_of_one(hint: Any) -> Reader | None:
    if is_typeddict(hint) or (isinstance(hint, type) and issubclass(hint, Payload)):
        return _as_it_is
    if isinstance(hint, type) and hasattr(hint, "__pydantic_fields__"):
        validate: Reader = hint.model_validate  # type: ignore[attr-defined]  # pydantic is the project's
        return validate
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return partial(msgspec.convert, type=hint)
    return None


def _as_it_is(payload: Any) -> Any:
    return payload


def _read(hint: Any, readers: list[Reader], payload: Any) -> Any:
    why: Exception | None = None
    for read in readers:
        try:
            return read(payload)
        except (ValueError, msgspec.MsgspecError) as error:  # msgspec's is no ValueError before 0.20
            why = error
    raise PermanentError(f"the payload is no {getattr(hint, '__name__', hint)}: {why}") from why
