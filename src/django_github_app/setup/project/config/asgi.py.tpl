"""ASGI entrance: webhooks go straight to the inbox, everything else to Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def entrance():
    """Return the application."""
    django = get_asgi_application()
    # Not before Django is set up: it reads models.
    from django_github_app.asgi import mount

    return mount(django, {"/github/async/": "async"})


application = entrance()
