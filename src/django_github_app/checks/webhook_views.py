"""System checks of a project's own webhook views: nothing that a subclass sets is silently ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from .prefix import PREFIX

if TYPE_CHECKING:
    from django_github_app.views import BaseWebhookView

__all__ = ["check_webhook_views", "get_webhook_views"]

_NOT_CALLED = {
    "get_event": (
        "A delivery is stored as its exact bytes and decoded by the worker. Override get_delivery() to look at a "
        "request or to refuse it (raise a Rejection), or write a post() of your own that calls get_event()."
    ),
    "get_github_api": (
        "Workers make the client. Set github_api_class to a subclass whose __init__ does what get_github_api() does, "
        "or write a post() of your own that calls it."
    ),
}


def get_webhook_views() -> list[type[BaseWebhookView[Any]]]:
    """Return the classes of the webhook views that the project's URLs name."""
    from django_github_app.views import webhook_views  # with its models: not before apps are ready

    return webhook_views() if getattr(settings, "ROOT_URLCONF", None) else []


def check_webhook_views(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """E021, E022. Both view classes may be mapped: django-github-app's E001 is no mistake here."""
    from django_github_app.views import BaseWebhookView

    found: list[CheckMessage] = []
    for view_class in get_webhook_views():
        if not _has_our_post(view_class):
            continue
        for name, hint in _NOT_CALLED.items():
            if getattr(view_class, name) is not getattr(BaseWebhookView, name):
                found.append(
                    Error(
                        f"{view_class.__name__}.{name}() is never called: its post() is django_github_app's.",
                        hint=hint,
                        obj=view_class,
                        id=f"{PREFIX}.E021",
                    )
                )
    return [*found, *_ambiguous()]


def _has_our_post(view_class: type[Any]) -> bool:
    from django_github_app.views import AsyncWebhookView, SyncWebhookView

    post = next((vars(c)["post"] for c in view_class.__mro__ if "post" in vars(c)), None)
    return post in (vars(SyncWebhookView)["post"], vars(AsyncWebhookView)["post"])


def _ambiguous() -> list[CheckMessage]:
    from django_github_app.views import mapped_views

    by_type: dict[str, list[BaseWebhookView[Any]]] = {}
    for view in mapped_views() if getattr(settings, "ROOT_URLCONF", None) else ():
        if _has_our_post(type(view)):
            by_type.setdefault(view.worker_type, []).append(view)
    found: list[CheckMessage] = []
    for worker_type, views in by_type.items():
        for name, what in (
            ("github_api_class", {view.github_api_class for view in views}),
            ("router", {getattr(type(view), "router") for view in views}),  # noqa: B009 - the property itself
        ):
            if len(what) > 1:
                names = ", ".join(sorted({type(view).__name__ for view in views}))
                found.append(
                    Error(
                        f"The {worker_type} views {names} have different values of {name}, and a worker cannot tell "
                        "which of them received an event.",
                        hint=f"Give them the same {name}, or make one of them a view of the other worker type.",
                        obj=views[0].__class__,
                        id=f"{PREFIX}.E022",
                    )
                )
    return found
