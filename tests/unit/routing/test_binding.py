"""What a callback is called with: the names of its parameters decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import pytest

from django_github_app.routing.binding import bind, is_async, name_of

EVENT, GH, CONTEXT = object(), object(), object()
ALL = {"context": CONTEXT, "cmd_args": "main"}


def call(callback: Callable[..., Any], **kwargs: Any) -> Any:
    positional, keywords = bind(callback, EVENT, GH, kwargs)
    return callback(*positional, **keywords)


def of_django_github_app(event: Any, gh: Any, *args: Any, **kwargs: Any) -> Any:
    return event, gh, args, kwargs


CALLBACKS: list[tuple[str, Callable[..., Any], Any]] = [
    ("both", lambda event, gh: (event, gh), (EVENT, GH)),
    ("the other way round", lambda gh, event: (event, gh), (EVENT, GH)),
    ("the event", lambda event: event, EVENT),
    ("the client", lambda gh: gh, GH),
    ("the context", lambda context: context, CONTEXT),
    ("nothing", lambda: "called", "called"),
    ("names of its own", lambda payload, client: (payload, client), (EVENT, GH)),
    ("a name of its own before the client", lambda hook, gh: (hook, gh), (EVENT, GH)),
    ("a name of its own after the event", lambda event, api: (event, api), (EVENT, GH)),
    ("a name of its own and the context", lambda e, context: (e, context), (EVENT, CONTEXT)),
    ("the context first", lambda context, e, g: (context, e, g), (CONTEXT, EVENT, GH)),
    ("the arguments of its command", lambda event, cmd_args: (event, cmd_args), (EVENT, "main")),
    ("a default", lambda event, dry_run=True: (event, dry_run), (EVENT, True)),
    ("a default before the client", lambda event, dry_run=True, gh=None: (event, dry_run, gh), (EVENT, True, GH)),
    ("a default for the context", lambda context=None: context, CONTEXT),
    ("keyword only", lambda *, gh, context: (gh, context), (GH, CONTEXT)),
    ("keyword only with a default", lambda event, *, flag=1: (event, flag), (EVENT, 1)),
    ("a name of its own, the event by keyword", lambda x, *, event: (x, event), (GH, EVENT)),
    ("positional only", lambda event, gh, /: (event, gh), (EVENT, GH)),
    ("positional only with a default", lambda x=1, gh=2, /: (x, gh), (1, 2)),
    ("*args", lambda *args: args, (EVENT, GH)),
    ("the event, *args", lambda event, *args: (event, args), (EVENT, (GH,))),
    ("the context, *args", lambda context, *args: (context, args), (CONTEXT, (EVENT, GH))),
    ("*args, the client by keyword", lambda *args, gh: (args, gh), ((EVENT,), GH)),
    ("a default, *args", lambda event, flag=1, *args: (event, flag, args), (EVENT, 1, ())),
    ("**kwargs", lambda **kwargs: kwargs, {"event": EVENT, "gh": GH, **ALL}),
    ("the event, **kwargs", lambda event, **kw: (event, kw), (EVENT, {"gh": GH, **ALL})),
    ("the event by keyword, **kwargs", lambda *, event, **kw: (event, kw), (EVENT, {"gh": GH, **ALL})),
    ("*args, **kwargs", lambda *args, **kwargs: (args, kwargs), ((EVENT, GH), ALL)),
    ("as for django-github-app", of_django_github_app, (EVENT, GH, (), ALL)),
    ("a context among *args, **kwargs", lambda event, gh, context, *args, **kw: (context, args, kw),
     (CONTEXT, (), {"cmd_args": "main"})),
]  # fmt: skip


@pytest.mark.parametrize(("callback", "expected"), [c[1:] for c in CALLBACKS], ids=[c[0] for c in CALLBACKS])
def test_a_callback_gets_what_it_names(callback: Callable[..., Any], expected: Any) -> None:
    assert call(callback, **ALL) == expected
    assert call(callback, **ALL) == expected  # from the cache


def test_the_same_callback_is_bound_anew_when_other_things_are_offered() -> None:
    def callback(event: object, context: object = None) -> tuple[object, object]:
        return event, context

    assert call(callback) == (EVENT, None)
    assert call(callback, context=CONTEXT) == (EVENT, CONTEXT)
    assert call(callback, cmd_args="x") == (EVENT, None)


def test_a_parameter_that_nobody_can_fill_is_an_error_that_names_it() -> None:
    with pytest.raises(TypeError, match="colour"):
        call(lambda event, gh, colour: None)


class Handlers:
    def method(self, event: object, context: object = None) -> Any:
        return event, context

    def __call__(self, gh: object) -> Any:
        return gh

    @staticmethod
    def static(gh: object, event: object) -> Any:
        return gh, event

    @classmethod
    def of_class(cls, event: object) -> Any:
        return event


class Coroutine:
    async def __call__(self, event: object) -> Any:
        return event


async def coroutine(event: object) -> Any:
    return event


def test_methods_objects_and_partials_are_callbacks_too() -> None:
    handlers = Handlers()
    assert call(handlers.method, context=CONTEXT) == (EVENT, CONTEXT)
    assert call(handlers) is GH
    assert call(Handlers.static) == (GH, EVENT)
    assert call(handlers.of_class) is EVENT
    assert call(partial(handlers.method, context="fixed")) == (EVENT, "fixed")
    assert call(partial(of_django_github_app, EVENT)) == (EVENT, GH, (), {})


def test_a_wrapped_callback_is_bound_by_the_parameters_of_what_it_wraps() -> None:
    def inner(gh: object) -> object:
        return gh

    @wraps(inner)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    assert call(wrapper, **ALL) is GH


def test_what_cannot_be_inspected_or_cached_is_called_the_old_way() -> None:
    class Unhashable(list[int]):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return args, kwargs

    assert call(Unhashable(), **ALL) == ((EVENT, GH), ALL)
    assert bind(min, EVENT, GH, {"key": id}) == ([EVENT, GH], {"key": id})


def test_a_callback_is_named_by_its_module_and_qualified_name() -> None:
    here = __name__
    assert name_of(of_django_github_app) == f"{here}.of_django_github_app"
    assert name_of(Handlers().method) == f"{here}.Handlers.method"
    assert name_of(Handlers()) == f"{here}.Handlers"
    assert name_of(partial(partial(of_django_github_app, 1), 2)) == f"{here}.of_django_github_app"
    assert name_of(min) == "builtins.min"


def test_decorators_do_not_change_the_name() -> None:
    def decorate(callback: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(callback)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return callback(*args, **kwargs)

        return wrapper

    assert name_of(decorate(decorate(of_django_github_app))) == f"{__name__}.of_django_github_app"


def test_of_a_long_name_the_end_is_kept() -> None:
    def callback() -> None: ...

    callback.__qualname__ = "x" * 300 + ".the_end"
    assert len(name_of(callback)) == 255
    assert name_of(callback).endswith(".the_end")


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (coroutine, True),
        (Coroutine(), True),
        (partial(coroutine), True),
        (of_django_github_app, False),
        (Handlers(), False),
        (min, False),
    ],
    # An object's repr has its address, which is another one in each test worker.
    ids=["function", "object", "partial", "plain function", "plain object", "builtin"],
)
def test_what_returns_a_coroutine_is_asynchronous(callback: Callable[..., Any], expected: bool) -> None:
    assert is_async(callback) is expected
