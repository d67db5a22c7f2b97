"""System checks: mistakes in the configuration that would otherwise show up at night.

| id | what |
|---|---|
| E002 | the webhook secret is empty: every delivery is refused; with ``--deploy`` only |
| E003 | ``HANDLERS`` or another setting has an unusable value |
| E004 | the database is neither PostgreSQL (through psycopg 3) nor SQLite |
| E005 | a retention setting has an unusable value |
| E006 | Celery may not create the queues that events are sent to |
| E007 | beat's scheduler is that of an app that is not installed |
| E008 | the serializer of messages cannot carry ours, or workers refuse it |
| E009 | ``CACHE`` names a cache that does not exist |
| W001 | no app id or client id: nobody can be authenticated |
| W002 | no private key |
| W003 | a queue that events are sent to is consumed by no known worker type |
| W004 | Celery's visibility timeout is shorter than a task may run |
| W005 | SQLite with workers |
| W006 | Celery runs tasks eagerly outside of tests |
| W007 | the cache is not shared between processes |
| W008 | late acknowledgement is off: a killed worker loses its message |
| W009 | archives go where the site may serve files from |
| E010 | events are to be archived, but no store was named that keeps them |
| E011 | the budget of bytes in flight is smaller than one body may be |
| W010 | two commands have the same name and scope: the second is never called |
| W011 | the project's task routes name our tasks |
| W012 | beat runs without our schedules |
| W013 | the webhook secret is empty (outside of ``--deploy``) |
| W014 | the private key cannot be read |
| W015 | a webhook secret has blanks, quotes or line ends at its ends or in it |
| W016 | ``GITHUB_APP`` has a key that is no setting |
| W017 | archives are kept on the worker's own disk |
| W018 | ``API_URL`` is not the address of an API |
| W019 | webhook views are mapped under ASGI, and Django would read their bodies before they can be refused |
| W040 | ``ALARMS`` has a key that is no threshold, or a value that is none |
| W042 | a handler is registered for an event or an action that GitHub does not send |
| W043 | handlers are for a worker type whose webhook view is not mapped |
| W044 | a handler may run longer than Celery lets the task that it runs in |
| W045 | a stopping worker is cut off before it has handed its long handlers back |
| E021 | a webhook view overrides what is not called: it says what to override instead |
| E040 | metrics or traces are switched on, and what they need is not installed |
| E022 | two views of one worker type set different clients or routers |

E001 of django-github-app (both view classes mapped) is no mistake here.
"""

from __future__ import annotations

from django.core import checks

from .commands import check_commands
from .credentials import check_credentials, check_credentials_for_deployment
from .edge import check_edge
from .long_handlers import check_long_handlers
from .observing import check_observing
from .retention import check_retention
from .services import check_cache, check_celery, check_database
from .settings import check_settings
from .uncalled import check_handlers
from .webhook_views import check_webhook_views, get_webhook_views

__all__ = [
    "check_cache",
    "check_celery",
    "check_commands",
    "check_credentials",
    "check_database",
    "check_edge",
    "check_handlers",
    "check_long_handlers",
    "check_observing",
    "check_retention",
    "check_settings",
    "check_webhook_views",
    "get_webhook_views",
    "register",
]


def register() -> None:
    """Register the checks with Django."""
    checks.register(check_credentials, checks.Tags.security)
    checks.register(check_credentials_for_deployment, checks.Tags.security, deploy=True)
    checks.register(check_settings)
    checks.register(check_database)
    checks.register(check_celery)
    checks.register(check_cache, checks.Tags.caches)
    checks.register(check_retention)
    checks.register(check_observing)
    checks.register(check_commands)
    checks.register(check_edge)
    checks.register(check_handlers)
    checks.register(check_long_handlers)
    checks.register(check_webhook_views, checks.Tags.urls)
