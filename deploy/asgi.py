"""ASGI entrance: webhooks go straight to the inbox, everything else to Django."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from django.core.asgi import get_asgi_application

if TYPE_CHECKING:
    from django_github_app.asgi import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

django = cast("Application", get_asgi_application())

# After Django is set up: it reads models.
from django_github_app.asgi import mount  # noqa: E402

application = mount(django, {"/github/async/": "async", "/github/sync/": "sync"})
