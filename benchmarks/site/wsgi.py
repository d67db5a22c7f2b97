"""Django's WSGI application, with our fast path at a path of its own."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site.settings")
django = get_wsgi_application()

from django_github_app.wsgi import mount  # noqa: E402 - after Django is set up

application = mount(django, {"/fast/sync/": "sync"})
