"""WSGI entrance, for servers without ASGI: webhooks go straight to the inbox, everything else to Django."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

django = get_wsgi_application()

# After Django is set up: it reads models.
from django_github_app.wsgi import mount  # noqa: E402

application = mount(django, {"/github/async/": "async", "/github/sync/": "sync"})
