"""The webhook views behind real servers: under ASGI with the bounds that such a site needs, and under WSGI."""

from __future__ import annotations

from deploy.asgi import django as asgi_django
from deploy.wsgi import django as wsgi_django
from django_github_app.asgi import bounded

views_asgi = bounded(asgi_django)
views_wsgi = wsgi_django
