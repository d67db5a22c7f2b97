"""A callback gets what it names, and a context is made for those that name it alone."""

from __future__ import annotations

from typing import Any

from django_github_app.routing.binding import bind


def never(callback: Any, event: Any) -> Any:
    raise AssertionError("a context was made")


def test_no_context_is_made_for_a_callback_that_does_not_name_it() -> None:
    def plain(event: Any, gh: Any) -> None: ...
    def rest(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None: ...
    def naming(context: Any) -> None: ...
    def keyword(event: Any, *, context: Any) -> None: ...

    def made(callback: Any, event: Any) -> Any:
        return ("context of", callback.__name__, event)

    assert bind(plain, 1, 2, {}, never) == ([1, 2], {})
    assert bind(rest, 1, 2, {}, never) == ([1, 2], {})
    assert bind(naming, 1, 2, {}, made) == ([("context of", "naming", 1)], {})
    assert bind(keyword, 1, 2, {}, made) == ([1], {"context": ("context of", "keyword", 1)})


def test_a_context_that_is_there_already_is_handed_on_even_to_the_rest() -> None:
    def naming(context: Any) -> None: ...
    def rest(event: Any, **kwargs: Any) -> None: ...

    assert bind(naming, 1, 2, {"context": 3}, never) == ([3], {})
    assert bind(rest, 1, 2, {"context": 3}, never) == ([1], {"context": 3, "gh": 2})


def test_a_callback_without_a_signature_gets_event_and_client() -> None:
    assert bind(print, 1, 2, {}, never)[0][:1] == [1]
    assert bind(max, 1, 2, {}, never) == ([1, 2], {})
