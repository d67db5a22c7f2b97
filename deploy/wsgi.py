"""WSGI entrance, for servers without ASGI. ``/github/async/`` works here too, with a new loop per request."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

application = get_wsgi_application()
