"""Django's ASGI application, alone (``django``) and behind our fast path (``application``)."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site.settings")
django = get_asgi_application()

from django_github_app.asgi import mount  # noqa: E402 - after Django is set up

application = mount(django, {"/fast/async/": "async", "/fast/sync/": "sync"})
