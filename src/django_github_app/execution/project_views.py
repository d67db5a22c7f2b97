"""What a project's own webhook views say about the work that follows: the client's class, the router.

Events are received in one process and processed in another: a worker looks at the views that the URLs name, once. It
stores nothing with an event, and a project without views of its own pays for the look only.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.conf import settings

from django_github_app import routing
from django_github_app.conf import app_settings
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.views import BaseWebhookView, mapped_views

__all__ = ["clients", "look_once"]

logger = logging.getLogger(__name__)


class ProjectClients:
    """Client classes that views set, by worker type; usually none, which is all that the hot path asks."""

    def __init__(self) -> None:
        self.by_kind: dict[str, type[Any]] = {}

    def make(self, kind: str, installation_id: int | None) -> Any:
        """Return a client as django-github-app's views make it; None for a kind that no view sets."""
        made = self.by_kind.get(kind)
        return None if made is None else made(app_settings.SLUG, installation_id=installation_id)


clients = ProjectClients()
_looked = False
_lock = threading.Lock()


def look_once() -> None:
    """Read the views, unless this process has done so."""
    global _looked
    if _looked:
        return
    with _lock:
        if not _looked:
            look()
            _looked = True


def look() -> None:
    """Read the views that the project's URLs name."""
    clients.by_kind.clear()
    if not getattr(settings, "ROOT_URLCONF", None):
        return
    try:
        views = mapped_views()
    except Exception:
        # The site is broken, which its own process says loudly; events that are here already can be processed.
        logger.exception(
            "the URLs could not be imported: a client or router that a webhook view sets is not used"
        )
        return
    for view in views:
        worker_type = getattr(view, "worker_type", None)
        if worker_type is None:
            continue
        client_class = view.github_api_class
        if client_class not in (AsyncGitHubAPI, SyncGitHubAPI):
            clients.by_kind[worker_type] = client_class
        if type(view).router is not BaseWebhookView.router:
            routing.limit_to(worker_type, view.router)
