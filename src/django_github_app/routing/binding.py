"""A matched callback, ready to be called: what routing hands to processing. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from inspect import Parameter, iscoroutinefunction, signature, unwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, get_type_hints

from django_github_app.flow import Flow

from .limits import Limits
from .payload_models import Reader, reader_of

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI

Kind = Literal["event", "mention", "command"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One callback to be called for one event, with its place in the ledger."""

    kind: Kind
    handler: str
    """Ledger key: ``module.qualname`` of the callback."""
    callback: Callable[..., Any]
    position: int = 0
    """Offset of the mention or command in the comment; 0 for an event."""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    command: str | None = None
    arguments: str | None = None
    actor: str | None = None
    limits: Limits | None = None
    """None: those of the settings."""
    error: Exception | None = None
    """What was raised while it was found out whether the event is for this callback: it is not called."""
    flow: Flow | None = None
    """What it may run beside, and what a newer event does to it."""


class Runtime(Protocol):
    """What a callback's surroundings offer, the same on both worker types."""

    @property
    def gh(self) -> AsyncGitHubAPI | SyncGitHubAPI:
        """The client that the callbacks of this worker type are written for."""

    @property
    def api(self) -> AsyncGitHubAPI:
        """The client for our own calls: always with `wait`."""

    event_id: int
    delivery: str | None
    attempt: int
    """1-based."""

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Wait for something that needs the event loop: a call of `api`."""
        ...

    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a synchronous or asynchronous callback where it belongs, within its time limit."""
        ...


def name_of(callback: Callable[..., Any]) -> str:
    """Return ``module.qualname``, cut to the ledger's 255 characters."""
    target = unwrap(callback)
    while isinstance(target, partial):
        target = unwrap(target.func)
    module = getattr(target, "__module__", None) or "unknown"
    qualname = getattr(target, "__qualname__", None) or type(target).__qualname__
    return f"{module}.{qualname}"[-255:]


def is_async(callback: Callable[..., Any]) -> bool:
    """Say whether calling it returns a coroutine: a coroutine function, or an object whose call is one."""
    try:
        return _is_async(callback)
    except TypeError:  # unhashable
        return _is_async.__wrapped__(callback)


@lru_cache(maxsize=4096)
def _is_async(callback: Callable[..., Any]) -> bool:
    return iscoroutinefunction(callback) or iscoroutinefunction(getattr(callback, "__call__", None))  # noqa: B004


@dataclass(frozen=True, slots=True)
class _Plan:
    positional: tuple[str, ...]
    keywords: frozenset[str]
    context: bool
    """Whether it is called with a ``context``."""
    models: tuple[tuple[str, Reader], ...] = ()
    """Parameters that are annotated with a model of the payload, and what makes one."""


CONTEXT = "context"
_OF_AN_EVENT = frozenset({"event", "gh", CONTEXT})


@lru_cache(maxsize=4096)
def _plan(callback: Callable[..., Any], offered: frozenset[str], if_named: frozenset[str]) -> _Plan:
    parameters = list(signature(callback).parameters.values())
    models = tuple(_models(callback, parameters, offered))
    offered |= {name for name, _ in models}
    variable = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    named = {p.name for p in parameters if p.kind not in variable}
    # Names decide; a parameter with a name of its own takes the place of the event, then of the client.
    unnamed = [name for name in ("event", "gh") if name not in named]
    places = [p for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    positional = []
    for parameter in places:
        if parameter.name in offered:
            positional.append(parameter.name)
        elif unnamed and parameter.default is Parameter.empty:
            positional.append(unnamed.pop(0))
        else:
            break
    rest = any(p.kind is Parameter.VAR_POSITIONAL for p in parameters)
    if rest and len(positional) == len(places) and "gh" not in positional:
        # *args are what django-github-app passes: event, client.
        positional += unnamed
    keywords = {p.name for p in parameters if p.kind not in (Parameter.POSITIONAL_ONLY, *variable)} & offered
    if any(p.kind is Parameter.VAR_KEYWORD for p in parameters):
        keywords |= offered - if_named - ({"event", "gh"} if rest else set())
    return _Plan(
        tuple(positional),
        frozenset(keywords - set(positional)),
        CONTEXT in keywords or CONTEXT in positional,
        models,
    )


def _models(
    callback: Callable[..., Any], parameters: Iterable[Parameter], offered: frozenset[str]
) -> Iterator[tuple[str, Reader]]:
    """Yield the parameters that are to be given the payload, by their annotation."""
    names = getattr(unwrap(callback), "__globals__", {})
    for parameter in parameters:
        if parameter.annotation is Parameter.empty or parameter.name in offered:
            continue
        one = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
        try:
            hint = get_type_hints(one, names)[parameter.name]
        except Exception:  # noqa: BLE001, S112 - imported for type checkers only: then it is no model that anybody makes
            continue
        reader = reader_of(hint)
        if reader is not None:
            yield parameter.name, reader


def bind(
    callback: Callable[..., Any],
    event: object,
    gh: object,
    kwargs: Mapping[str, Any],
    make_context: Callable[[Callable[..., Any], Any], Any] | None = None,
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments a callback is called with: of event, client and ``kwargs`` those that it names.

    ``def f(event)`` is as good as ``def f(event, gh, *args, **kwargs)``, and ``def f(context)`` works too.
    A parameter that is annotated with a model of a payload (`routing.payload_models`) gets the payload as one.
    ``make_context(callback, event)`` is asked for the context of a callback that names it, and for no other:
    ``**kwargs`` does not.
    """
    offered: dict[str, Any] = {"event": event, "gh": gh, **kwargs}
    lazily = make_context is not None and CONTEXT not in offered
    try:
        if lazily:
            names = frozenset((*offered, CONTEXT)) if kwargs else _OF_AN_EVENT
            plan = _plan(callback, names, _IF_NAMED)
        else:
            plan = _plan(callback, frozenset(offered), _NOTHING)
    except (TypeError, ValueError):  # unhashable, or a builtin without a signature
        return [event, gh], dict(kwargs)
    if lazily and plan.context and make_context is not None:
        offered[CONTEXT] = make_context(callback, event)
    for name, read in plan.models:
        offered[name] = read(getattr(event, "data", {}))
    return [offered[name] for name in plan.positional], {name: offered[name] for name in plan.keywords}


_IF_NAMED: frozenset[str] = frozenset({CONTEXT})
_NOTHING: frozenset[str] = frozenset()
